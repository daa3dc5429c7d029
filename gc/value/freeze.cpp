// freeze, thaw (shallow), deep_freeze and copy_data (deep).
//
// The deep ones rebuild only what changes: immutable data without mutable parts is returned itself. They recurse; when the
// native stack gets low they raise :stack-overflow. A cycle passes through an @array or @struct, so those in
// progress are remembered. Results under construction are held by objects on the native stack. Once kPatience collections
// have been met, what they became is remembered too: data that share much take time linear in their size.
#include "gc/value/freeze.hpp"

#include "gc/errors.hpp"
#include "gc/object/ordered.hpp"
#include "gc/object/scan.hpp"

#include <cstddef>
#include <unordered_map>
#include <unordered_set>

namespace evjit::gc {

Value freeze(Mutator &m, Value v) {
  if (v.is_object()) {
    switch (v.as()->h.type) {
    case Type::String:
    case Type::Bytes:
    case Type::Array:
    case Type::BigArray:
    case Type::Struct:
    case Type::BigStruct:
    case Type::Set:
    case Type::BigSet: return v;
    case Type::MString: return make_string(m, std::string(string_view_of(v)));
    case Type::MBytes: return make_bytes(m, bytes_view_of(v).data(), bytes_view_of(v).size());
    case Type::MArray: return make_array(m, array_length(v) ? array_items(v) : nullptr, array_length(v));
    case Type::MStruct: {
      OrderedView view = ordered_view(v);
      Value s = make_struct(m, view.items, view.n / 2);
      keep_alive(v);
      return s;
    }
    case Type::MSet: {
      OrderedView view = ordered_view(v);
      Value s = make_set(m, view.items, view.n);
      keep_alive(v);
      return s;
    }
    default: break;
    }
  }
  return type_error(m, "freeze", "collection", v, 0);
}

Value thaw(Mutator &m, Value v) {
  if (v.is_object()) {
    switch (v.as()->h.type) {
    case Type::MString:
    case Type::MBytes:
    case Type::MArray:
    case Type::MStruct:
    case Type::MSet: return v;
    case Type::String: return make_mstring(m, string_view_of(v));
    case Type::Bytes: return make_mbytes(m, bytes_view_of(v).data(), bytes_view_of(v).size());
    case Type::Array:
    case Type::BigArray: {
      Value a = make_marray(m, nullptr, array_length(v));
      copy_values(v, a.as<MArray>()->buf.as<ValueBuf>()->items);
      return a;
    }
    case Type::Struct:
    case Type::BigStruct:
    case Type::Set:
    case Type::BigSet: {
      OrderedView view = ordered_view(v);
      Value twin = is_struct(v) ? make_mstruct(m, view.items, view.n / 2) : make_mset(m, view.items, view.n);
      keep_alive(v);
      return twin;
    }
    default: break;
    }
  }
  return type_error(m, "thaw", "collection", v, 0);
}

namespace {

enum class Rebuild { Freeze, Copy };

class Rebuilder {
public:
  Rebuilder(Mutator &m, Rebuild mode) : m_(m), mode_(mode) {}
  Value value(Value v);

private:
  Value list(Value v);
  Value array(Value v);
  Value ordered(Value v);
  Value enclosed(Value v); // an @array or @struct, remembered while in progress
  Value rebuild(const Value *items, size_t n, Value keep, bool *changed);
  Value collection(Value v);
  void remember(Value v, Value r);

  static constexpr size_t kPatience = 512;

  Mutator &m_;
  Rebuild mode_;
  size_t met_ = 0;
  std::unordered_set<uint64_t> open_;
  std::unordered_map<uint64_t, Value> known_;
  Value results_ = kNil; // an @array that keeps what known_ has made anew
};

// A copy is always fresh, so in that mode only what stays as it is can be used again.
void Rebuilder::remember(Value v, Value r) {
  if (++met_ <= kPatience || r.is_error() || (mode_ == Rebuild::Copy && r != v))
    return;
  if (r != v) {
    if (results_.is_nil())
      results_ = make_marray(m_, nullptr, 0);
    marray_push(m_, results_, r);
  }
  known_.emplace(v.bits, r);
}

Value Rebuilder::value(Value v) {
  if (!v.is_object())
    return v;
  switch (v.as()->h.type) {
  case Type::MString:
    return mode_ == Rebuild::Freeze ? freeze(m_, v) : make_mstring(m_, std::string(string_view_of(v)));
  case Type::MBytes:
    return mode_ == Rebuild::Freeze ? freeze(m_, v) : make_mbytes(m_, bytes_view_of(v).data(), bytes_view_of(v).size());
  case Type::Pair:
  case Type::Array:
  case Type::BigArray:
  case Type::Struct:
  case Type::BigStruct:
  case Type::MSet:
  case Type::MArray:
  case Type::MStruct: break;
  default: return v; // an immutable set too: what it holds was deep-frozen on the way in
  }
  if (auto known = known_.find(v.bits); known != known_.end())
    return known->second;
  if (stack_is_low(m_))
    return stack_overflow(m_);
  Value r = collection(v);
  remember(v, r);
  return r;
}

Value Rebuilder::collection(Value v) {
  switch (v.as()->h.type) {
  case Type::Pair: return list(v);
  case Type::Array:
  case Type::BigArray: return array(v);
  case Type::Struct:
  case Type::BigStruct:
  case Type::MSet: return ordered(v);
  default: return enclosed(v);
  }
}

Value Rebuilder::enclosed(Value v) {
  if (!open_.insert(v.bits).second)
    return value_error(m_, mode_ == Rebuild::Freeze ? "deep-freeze" : "quote", "value contains itself");
  Value r = is(v, Type::MArray) ? array(v) : ordered(v);
  open_.erase(v.bits);
  return r;
}

// An Array of the rebuilt items, or `keep` when none changed.
Value Rebuilder::rebuild(const Value *items, size_t n, Value keep, bool *changed) {
  Value out = kNil;
  for (size_t i = 0; i < n; ++i) {
    Value item = items[i], r = value(item);
    if (r.is_error())
      return r;
    if (r != item && out.is_nil())
      out = make_array(m_, items, n);
    if (!out.is_nil()) {
      write_barrier(m_, out.as(), r);
      out.as<Array>()->items[i] = r;
    }
  }
  *changed = !out.is_nil();
  return out.is_nil() ? keep : out;
}

Value Rebuilder::array(Value v) {
  bool changed;
  Value flat = is(v, Type::BigArray) ? flat_array(m_, v) : v;
  Value r = rebuild(array_items(flat), array_length(flat), v, &changed);
  keep_alive(flat);
  if (r.is_error() || is_immutable_array(v))
    return r;
  if (mode_ == Rebuild::Freeze)
    return changed ? r : freeze(m_, v);
  return make_marray(m_, array_items(r), array_length(r));
}

Value Rebuilder::ordered(Value v) {
  OrderedView view = ordered_view(v);
  bool changed;
  Value r = rebuild(view.items, view.n, v, &changed);
  if (r.is_error())
    return r;
  const Value *items = changed ? r.as<Array>()->items : view.items;
  bool mutable_twin = is(v, Type::MStruct) || is(v, Type::MSet);
  if (!mutable_twin && !changed)
    return v;
  if (mutable_twin && mode_ == Rebuild::Copy)
    r = is_struct(v) ? make_mstruct(m_, items, view.n / 2) : make_mset(m_, items, view.n);
  else
    r = is_struct(v) ? make_struct(m_, items, view.n / 2) : make_set(m_, items, view.n);
  keep_alive(v); // the view does not
  return r;
}

Value Rebuilder::list(Value v) {
  Value items = make_marray(m_, nullptr, 0);
  bool changed = false;
  Value rest = v;
  for (; is_pair(rest); rest = tail(rest)) {
    Value r = value(head(rest));
    if (r.is_error())
      return r;
    changed |= r != head(rest);
    marray_push(m_, items, r);
  }
  Value end = value(rest);
  if (end.is_error())
    return end;
  if (!changed && end == rest)
    return v;
  for (size_t i = array_length(items); i-- > 0;)
    end = cons(m_, array_items(items)[i], end);
  return end;
}

bool is_flat_atom(Value v) {
  if (!v.is_object())
    return true;
  Type t = v.as()->h.type;
  return t == Type::String || t == Type::Keyword || t == Type::Symbol || t == Type::Int64 || t == Type::Float;
}

} // namespace

Value deep_freeze(Mutator &m, Value v) { return is_flat_atom(v) ? v : Rebuilder(m, Rebuild::Freeze).value(v); }
Value copy_data(Mutator &m, Value v) { return is_flat_atom(v) ? v : Rebuilder(m, Rebuild::Copy).value(v); }

} // namespace evjit::gc
