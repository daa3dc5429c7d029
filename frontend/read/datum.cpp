// Between syntax and plain data (reader.hpp). Both directions recurse over the data; the depth is bounded by kMaxNesting, and by
// the native stack where fibers have less. Lists are walked in a loop, so only nesting counts.
#include "frontend/read/reader.hpp"

#include "gc/errors.hpp"

namespace evjit::frontend {
namespace {

class Stripper {
public:
  Stripper(gc::Mutator &m, DiagSink &sink) : m_(m), sink_(sink) {}

  gc::Value strip(gc::Value v) {
    if (!v.is_object())
      return v;
    if (++depth_ > kMaxNesting || gc::stack_is_low(m_)) {
      --depth_;
      return fail(code::TooDeep, "data is cyclic or nested more than " + std::to_string(kMaxNesting) + " levels deep");
    }
    gc::Value r = compound(v);
    --depth_;
    return r;
  }

private:
  gc::Value fail(const char *code, std::string message) {
    sink_.error(at_, code, std::move(message));
    return gc::kNil;
  }

  gc::Value compound(gc::Value v) {
    switch (v.as()->h.type) {
    case gc::Type::Syntax: return syntax(v);
    case gc::Type::Pair: return list(v);
    case gc::Type::Array: case gc::Type::MArray: case gc::Type::Struct: case gc::Type::MStruct: case gc::Type::Set:
    case gc::Type::MSet: return collection(v);
    default: return v;
    }
  }

  gc::Value syntax(gc::Value s) {
    auto *o = s.as<gc::Syntax>();
    Span outer = at_;
    at_ = {o->file, o->line, o->col};
    LiteralKind kind = literal_kind(s);
    gc::Value r;
    if (kind == LiteralKind::None)
      r = strip(o->datum);
    else if (kind == LiteralKind::MString)
      r = gc::make_mstring(m_, gc::string_view_of(o->datum));
    else
      r = literal(kind, o->datum);
    at_ = outer;
    return r;
  }

  // The elements, stripped, on a root of their own. False: none contained syntax (and the originals are in `out`).
  bool elements(gc::Value array, gc::RootVector &out) {
    bool changed = false;
    for (size_t i = 0; i < gc::array_length(array); ++i) {
      gc::Value e = gc::array_items(array)[i], r = strip(e);
      changed |= !(r == e);
      out.push(r);
    }
    return changed;
  }

  gc::Value literal(LiteralKind kind, gc::Value array) {
    gc::RootVector items(m_);
    elements(array, items);
    return make(kind, items);
  }

  gc::Value make(LiteralKind kind, gc::RootVector &items) {
    size_t n = items.size();
    switch (kind) {
    case LiteralKind::Array: return gc::make_array(m_, items.data(), n);
    case LiteralKind::MArray: return gc::make_marray(m_, items.data(), n);
    case LiteralKind::Struct: case LiteralKind::MStruct: return structure(kind, items);
    case LiteralKind::Set: case LiteralKind::MSet:
      for (gc::Value &e : items) {
        e = gc::deep_freeze(m_, e);
        if (e.is_error())
          return fail(code::InvalidDatum, "a set literal contains cyclic data");
      }
      return kind == LiteralKind::Set ? gc::make_set(m_, items.data(), n) : gc::make_mset(m_, items.data(), n);
    case LiteralKind::Bytes: case LiteralKind::MBytes: return bytes(kind, items);
    case LiteralKind::None: case LiteralKind::MString: break;
    }
    return gc::kNil;
  }

  gc::Value structure(LiteralKind kind, gc::RootVector &items) {
    size_t n = items.size();
    if (n % 2 != 0)
      return fail(code::OddStruct, "struct literal: expected keys and values in turn, got an odd number of forms");
    for (size_t i = 0; i < n; i += 2)
      if (!gc::valid_key(items[i]))
        return fail(code::InvalidDatum, "struct literal: a key cannot be of type " + std::string(gc::type_name(items[i])));
    return kind == LiteralKind::Struct ? gc::make_struct(m_, items.data(), n / 2) : gc::make_mstruct(m_, items.data(), n / 2);
  }

  gc::Value bytes(LiteralKind kind, gc::RootVector &items) {
    std::string data;
    for (gc::Value e : items) {
      if (!gc::is_int(e) || gc::int_of(e) < 0 || gc::int_of(e) > 255)
        return fail(code::BadByte, "bytes literal: expected integers from 0 to 255, got " + gc::print_literal(e));
      data += static_cast<char>(gc::int_of(e));
    }
    return kind == LiteralKind::Bytes ? gc::make_bytes(m_, data.data(), data.size())
                                      : gc::make_mbytes(m_, data.data(), data.size());
  }

  gc::Value list(gc::Value v) {
    gc::RootVector items(m_);
    bool changed = false;
    gc::Value rest = v;
    for (; gc::is_pair(rest); rest = gc::tail(rest)) {
      gc::Value r = strip(gc::head(rest));
      changed |= !(r == gc::head(rest));
      items.push(r);
    }
    gc::Value end = strip(rest); // not () when improper
    if (!changed && end == rest)
      return v;
    for (size_t i = items.size(); i-- > 0;)
      end = gc::cons(m_, items[i], end);
    return end;
  }

  gc::Value collection(gc::Value v) {
    gc::Value array = gc::is_struct(v) ? pairs_array(v) : gc::is_set(v) ? gc::set_items_array(m_, v) : v;
    gc::RootVector items(m_);
    if (!elements(array, items))
      return v;
    switch (v.as()->h.type) {
    case gc::Type::Array: return make(LiteralKind::Array, items);
    case gc::Type::MArray: return make(LiteralKind::MArray, items);
    case gc::Type::Struct: return make(LiteralKind::Struct, items);
    case gc::Type::MStruct: return make(LiteralKind::MStruct, items);
    case gc::Type::Set: return make(LiteralKind::Set, items);
    default: return make(LiteralKind::MSet, items);
    }
  }

  gc::Value pairs_array(gc::Value s) {
    gc::Value keys = gc::struct_keys_array(m_, s);
    gc::RootVector kv(m_);
    for (size_t i = 0; i < gc::array_length(keys); ++i) {
      gc::Value k = gc::array_items(keys)[i];
      kv.push(k);
      kv.push(gc::struct_get(s, k));
    }
    return gc::make_array(m_, kv.data(), kv.size());
  }

  gc::Mutator &m_;
  DiagSink &sink_;
  Span at_;
  size_t depth_ = 0;
};

class Wrapper {
public:
  Wrapper(gc::Mutator &m, uint32_t chain, Span at) : m_(m), chain_(chain), at_(at) {}

  gc::Value wrap(gc::Value v) { // kAbsent: too deep
    if (v.is_empty_list())
      return make(v, LiteralKind::None);
    if (!v.is_object())
      return v;
    if (depth_ >= kMaxNesting || gc::stack_is_low(m_))
      return gc::kAbsent;
    ++depth_;
    gc::Value r = object(v);
    --depth_;
    return r;
  }

private:
  gc::Value make(gc::Value datum, LiteralKind kind) {
    gc::Value s = gc::make_syntax(m_, datum, chain_, at_.file, at_.line, at_.col);
    s.as()->h.aux = static_cast<uint32_t>(kind);
    return s;
  }

  gc::Value object(gc::Value v) {
    switch (v.as()->h.type) {
    case gc::Type::Symbol: return make(v, LiteralKind::None);
    case gc::Type::Pair: return list(v);
    case gc::Type::Array: return array(v, LiteralKind::Array);
    case gc::Type::MArray: return array(v, LiteralKind::MArray);
    case gc::Type::Struct: return structure(v, LiteralKind::Struct);
    case gc::Type::MStruct: return structure(v, LiteralKind::MStruct);
    case gc::Type::Set: return array(gc::set_items_array(m_, v), LiteralKind::Set);
    case gc::Type::MSet: return array(gc::set_items_array(m_, v), LiteralKind::MSet);
    case gc::Type::Bytes: return bytes(v, LiteralKind::Bytes);
    case gc::Type::MBytes: return bytes(v, LiteralKind::MBytes);
    case gc::Type::MString: return make(gc::make_string(m_, gc::string_view_of(v)), LiteralKind::MString);
    default: return v;
    }
  }

  gc::Value list(gc::Value v) {
    gc::RootVector items(m_);
    gc::Value rest = v;
    for (; gc::is_pair(rest); rest = gc::tail(rest)) {
      gc::Value e = wrap(gc::head(rest));
      if (e == gc::kAbsent)
        return e;
      items.push(e);
    }
    gc::Value end = rest.is_empty_list() || gc::is(rest, gc::Type::Syntax) ? rest : wrap(rest);
    if (end == gc::kAbsent)
      return end;
    for (size_t i = items.size(); i-- > 0;)
      end = gc::cons(m_, items[i], end);
    return make(end, LiteralKind::None);
  }

  gc::Value array(gc::Value a, LiteralKind kind) {
    gc::RootVector items(m_);
    for (size_t i = 0; i < gc::array_length(a); ++i) {
      gc::Value e = wrap(gc::array_items(a)[i]);
      if (e == gc::kAbsent)
        return e;
      items.push(e);
    }
    return make(gc::make_array(m_, items.data(), items.size()), kind);
  }

  gc::Value structure(gc::Value s, LiteralKind kind) {
    gc::Value keys = gc::struct_keys_array(m_, s);
    gc::RootVector kv(m_);
    for (size_t i = 0; i < gc::array_length(keys); ++i) {
      gc::Value k = gc::array_items(keys)[i];
      kv.push(k);
      kv.push(gc::struct_get(s, k));
    }
    return array(gc::make_array(m_, kv.data(), kv.size()), kind);
  }

  gc::Value bytes(gc::Value b, LiteralKind kind) {
    gc::RootVector items(m_);
    for (char c : gc::bytes_view_of(b))
      items.push(gc::Value::fixnum(static_cast<unsigned char>(c)));
    return make(gc::make_array(m_, items.data(), items.size()), kind);
  }

  gc::Mutator &m_;
  uint32_t chain_;
  Span at_;
  size_t depth_ = 0;
};

} // namespace

gc::Value syntax_to_datum(gc::Mutator &m, gc::Value v, DiagSink &sink) { return Stripper(m, sink).strip(v); }

gc::Value datum_to_syntax(gc::Mutator &m, gc::Value datum, uint32_t chain, Span at) {
  return Wrapper(m, chain, at).wrap(datum);
}

} // namespace evjit::frontend
