// Between syntax and plain data. Both directions recurse over the data; the depth is bounded by kMaxSyntaxNesting, and by the native
// stack where fibers have less. Lists are walked in a loop, so only nesting counts.
#include "gc/value/syntax.hpp"

#include "gc/errors.hpp"
#include "gc/roots/root.hpp"

namespace evjit::gc {
namespace {

bool is_rest_mark(Value key) {
  if (is(key, Type::Syntax))
    key = key.as<Syntax>()->datum;
  return is(key, Type::Symbol) && name_of(key) == "&";
}

class Stripper {
public:
  Stripper(Mutator &m, std::vector<SyntaxProblem> &problems) : m_(m), problems_(problems) {}

  Value strip(Value v) {
    if (!v.is_object())
      return v;
    if (++depth_ > kMaxSyntaxNesting + 1 || stack_is_low(m_)) { // one more: the innermost atom
      --depth_;
      return fail(SyntaxProblem::TooDeep, "data is cyclic or nested more than " + std::to_string(kMaxSyntaxNesting) + " levels deep");
    }
    Value r = compound(v);
    --depth_;
    return r;
  }

private:
  Value fail(SyntaxProblem::Kind kind, std::string message) {
    problems_.push_back({kind, at_, std::move(message)});
    return kNil;
  }

  Value compound(Value v) {
    switch (v.as()->h.type) {
    case Type::Syntax: return syntax(v);
    case Type::Pair: return list(v);
    case Type::Array: case Type::BigArray: case Type::MArray: case Type::Struct: case Type::BigStruct: case Type::MStruct:
    case Type::Set: case Type::BigSet: case Type::MSet: return collection(v);
    default: return v;
    }
  }

  Value syntax(Value s) {
    auto *o = s.as<Syntax>();
    SyntaxPlace outer = at_;
    at_ = {o->file, o->line, o->col};
    LiteralKind kind = literal_kind(s);
    Value r;
    if (kind == LiteralKind::None)
      r = o->datum.is_object() ? compound(o->datum) : o->datum; // the same level: only nested brackets count
    else if (kind == LiteralKind::MString)
      r = make_mstring(m_, string_view_of(o->datum));
    else
      r = literal(kind, o->datum);
    at_ = outer;
    return r;
  }

  // The elements, stripped, on a root of their own. False: none contained syntax (and the originals are in `out`).
  bool elements(Value array, RootVector &out) {
    bool changed = false;
    for (size_t i = 0; i < array_length(array); ++i) {
      Value e = array_ref(array, i), r = strip(e);
      changed |= !(r == e);
      out.push(r);
    }
    return changed;
  }

  Value literal(LiteralKind kind, Value array) {
    RootVector items(m_);
    elements(array, items);
    return make(kind, items);
  }

  Value make(LiteralKind kind, RootVector &items) {
    size_t n = items.size();
    switch (kind) {
    case LiteralKind::Array: return make_array(m_, items.data(), n);
    case LiteralKind::MArray: return make_marray(m_, items.data(), n);
    case LiteralKind::Struct: case LiteralKind::MStruct: return structure(kind, items);
    case LiteralKind::Set: case LiteralKind::MSet:
      for (Value &e : items) {
        e = deep_freeze(m_, e);
        if (e.is_error())
          return fail(SyntaxProblem::InvalidDatum, "a set literal contains cyclic data");
      }
      return kind == LiteralKind::Set ? make_set(m_, items.data(), n) : make_mset(m_, items.data(), n);
    case LiteralKind::Bytes: case LiteralKind::MBytes: return bytes(kind, items);
    case LiteralKind::None: case LiteralKind::MString: break;
    }
    return kNil;
  }

  Value structure(LiteralKind kind, RootVector &items) {
    size_t n = items.size();
    if (n % 2 != 0)
      return fail(SyntaxProblem::OddStruct, "struct literal: expected keys and values in turn, got an odd number of forms");
    for (size_t i = 0; i < n; i += 2)
      if (!valid_key(items[i]))
        return fail(SyntaxProblem::InvalidDatum, "struct literal: a key cannot be of type " + std::string(type_name(items[i])));
    return kind == LiteralKind::Struct ? make_struct(m_, items.data(), n / 2) : make_mstruct(m_, items.data(), n / 2);
  }

  Value bytes(LiteralKind kind, RootVector &items) {
    std::string data;
    for (Value e : items) {
      if (!is_int(e) || int_of(e) < 0 || int_of(e) > 255)
        return fail(SyntaxProblem::BadByte, "bytes literal: expected integers from 0 to 255, got " + print_literal(e));
      data += static_cast<char>(int_of(e));
    }
    return kind == LiteralKind::Bytes ? make_bytes(m_, data.data(), data.size())
                                      : make_mbytes(m_, data.data(), data.size());
  }

  Value list(Value v) {
    RootVector items(m_);
    bool changed = false;
    Value rest = v;
    for (; is_pair(rest); rest = tail(rest)) {
      Value r = strip(head(rest));
      changed |= !(r == head(rest));
      items.push(r);
    }
    Value end = strip(rest); // not () when improper
    if (!changed && end == rest)
      return v;
    for (size_t i = items.size(); i-- > 0;)
      end = cons(m_, items[i], end);
    return end;
  }

  Value collection(Value v) {
    Value array = is_struct(v) ? pairs_array(v) : is_set(v) ? set_items_array(m_, v) : v;
    RootVector items(m_);
    if (!elements(array, items))
      return v;
    switch (v.as()->h.type) {
    case Type::Array: case Type::BigArray: return make(LiteralKind::Array, items);
    case Type::MArray: return make(LiteralKind::MArray, items);
    case Type::Struct: case Type::BigStruct: return make(LiteralKind::Struct, items);
    case Type::MStruct: return make(LiteralKind::MStruct, items);
    case Type::Set: case Type::BigSet: return make(LiteralKind::Set, items);
    default: return make(LiteralKind::MSet, items);
    }
  }

  Value pairs_array(Value s) {
    Value keys = struct_keys_array(m_, s);
    RootVector kv(m_);
    for (size_t i = 0; i < array_length(keys); ++i) {
      Value k = array_items(keys)[i];
      kv.push(k);
      kv.push(struct_get(s, k));
    }
    return make_array(m_, kv.data(), kv.size());
  }

  Mutator &m_;
  std::vector<SyntaxProblem> &problems_;
  SyntaxPlace at_;
  size_t depth_ = 0;
};

class Wrapper {
public:
  Wrapper(Mutator &m, uint32_t chain, SyntaxPlace at) : m_(m), chain_(chain), at_(at) {}

  Value wrap(Value v) { // kAbsent: too deep
    if (v.is_empty_list())
      return make(v, LiteralKind::None);
    if (!v.is_object())
      return v;
    if (depth_ >= kMaxSyntaxNesting || stack_is_low(m_))
      return kAbsent;
    ++depth_;
    Value r = object(v);
    --depth_;
    return r;
  }

private:
  Value make(Value datum, LiteralKind kind) {
    Value s = make_syntax(m_, datum, chain_, at_.file, at_.line, at_.col);
    s.as()->h.aux = static_cast<uint32_t>(kind);
    return s;
  }

  Value object(Value v) {
    switch (v.as()->h.type) {
    case Type::Symbol: return make(v, LiteralKind::None);
    case Type::Pair: return list(v);
    case Type::Array: case Type::BigArray: return array(v, LiteralKind::Array);
    case Type::MArray: return array(v, LiteralKind::MArray);
    case Type::Struct: case Type::BigStruct: return structure(v, LiteralKind::Struct);
    case Type::MStruct: return structure(v, LiteralKind::MStruct);
    case Type::Set: case Type::BigSet: return array(set_items_array(m_, v), LiteralKind::Set);
    case Type::MSet: return array(set_items_array(m_, v), LiteralKind::MSet);
    case Type::Bytes: return bytes(v, LiteralKind::Bytes);
    case Type::MBytes: return bytes(v, LiteralKind::MBytes);
    case Type::MString: return make(make_string(m_, string_view_of(v)), LiteralKind::MString);
    default: return v;
    }
  }

  Value list(Value v) {
    RootVector items(m_);
    Value rest = v;
    for (; is_pair(rest); rest = tail(rest)) {
      Value e = wrap(head(rest));
      if (e == kAbsent)
        return e;
      items.push(e);
    }
    Value end = rest.is_empty_list() || is(rest, Type::Syntax) ? rest : wrap(rest);
    if (end == kAbsent)
      return end;
    for (size_t i = items.size(); i-- > 0;)
      end = cons(m_, items[i], end);
    return make(end, LiteralKind::None);
  }

  Value array(Value a, LiteralKind kind) {
    RootVector items(m_);
    for (size_t i = 0; i < array_length(a); ++i) {
      Value e = wrap(array_ref(a, i));
      if (e == kAbsent)
        return e;
      items.push(e);
    }
    return make(make_array(m_, items.data(), items.size()), kind);
  }

  Value structure(Value s, LiteralKind kind) { return array(struct_forms(m_, s), kind); }

  Value bytes(Value b, LiteralKind kind) {
    RootVector items(m_);
    for (char c : bytes_view_of(b))
      items.push(Value::fixnum(static_cast<unsigned char>(c)));
    return make(make_array(m_, items.data(), items.size()), kind);
  }

  Mutator &m_;
  uint32_t chain_;
  SyntaxPlace at_;
  size_t depth_ = 0;
};

} // namespace

Value struct_forms(Mutator &m, Value s) {
  Value keys = struct_keys_array(m, s);
  RootVector kv(m);
  for (bool mark : {false, true})
    for (size_t i = 0; i < array_length(keys); ++i) {
      Value k = array_items(keys)[i];
      if (is_rest_mark(k) != mark)
        continue;
      kv.push(k);
      kv.push(struct_get(s, k));
    }
  return make_array(m, kv.data(), kv.size());
}

Value strip_syntax(Mutator &m, Value v, std::vector<SyntaxProblem> &problems) { return Stripper(m, problems).strip(v); }

Value wrap_syntax(Mutator &m, Value datum, uint32_t chain, SyntaxPlace at) { return Wrapper(m, chain, at).wrap(datum); }

} // namespace evjit::gc
