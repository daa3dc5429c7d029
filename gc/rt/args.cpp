// evrt_*: getting arguments from callers to callees. Overflow arguments (the fourth on) are in Mutator::xargs, which the next call
// overwrites: whoever allocates or calls copies them first. The collector marks all of xargs, so long calls clear it
// behind them.
#include "gc/value/syntax.hpp"
#include "gc/call.hpp"
#include "gc/errors.hpp"
#include "gc/rt/evrt.hpp"
#include "gc/signals.hpp"
#include "gc/value/make.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

using namespace evjit::gc;

namespace {

constexpr size_t kInlineArgs = 32;

// All arguments of a call in one array: on the stack if they are few, else in a heap array that the stack keeps alive.
class ArgList {
public:
  ArgList(Mutator &m, size_t argc, Value a0, Value a1, Value a2) : size_(argc) {
    if (argc > kInlineArgs)
      items_ = make_array(m, nullptr, argc).as<Array>()->items;
    items_[0] = a0; // room for three is always there
    items_[1] = a1;
    items_[2] = a2;
    if (argc <= 3)
      return;
    std::copy_n(m.xargs, argc - 3, items_ + 3);
    if (argc > kInlineArgs)
      std::fill_n(m.xargs, argc - 3, kNil);
  }
  ArgList(const ArgList &) = delete;
  ArgList &operator=(const ArgList &) = delete;
  Value operator[](size_t i) const { return items_[i]; }
  const Value *data() const { return items_; }
  size_t size() const { return size_; }

private:
  Value inline_[kInlineArgs]; // not initialised: only the first size_ are read
  Value *items_ = inline_;
  size_t size_;
};

std::string name_of_proto(const FnProto &p) { return p.name ? p.name : "<fn>"; }

// "NAME: unknown key :k, expected one of :a :b"
Value unknown_key(Mutator &m, const FnProto &p, Value key) {
  std::string text = "unknown key :" + std::string(name_of(key)) + ", expected one of";
  for (size_t i = 0; i < array_length(p.named); ++i)
    text += " :" + std::string(name_of(array_items(p.named)[i]));
  return argument_error(m, name_of_proto(p), text);
}

bool is_named(const FnProto &p, Value key) {
  const Value *names = array_items(p.named);
  return std::find(names, names + array_length(p.named), key) != names + array_length(p.named);
}

// kNil if the keyword section args[from ..] is well formed, else what to return after raising.
Value check_keywords(Mutator &m, const FnProto &p, const ArgList &args, size_t from) {
  for (size_t i = from; i < args.size(); i += 2) {
    if (!is_keyword(args[i]))
      return argument_error(m, name_of_proto(p), "expected a keyword argument, got " + std::string(type_name(args[i])));
    if (i + 1 == args.size())
      return argument_error(m, name_of_proto(p), "odd number of keyword arguments: :" + std::string(name_of(args[i])) + " has no value");
    if (p.collector == Collector::Named && !is_named(p, args[i]))
      return unknown_key(m, p, args[i]);
    for (size_t j = from; j < i; j += 2)
      if (args[j] == args[i])
        return argument_error(m, name_of_proto(p), "repeated key :" + std::string(name_of(args[i])));
  }
  return kNil;
}

// How many optional parameters get an argument: before a keyword section only what is no keyword.
size_t filled_optionals(const FnProto &p, const ArgList &args) {
  size_t most = std::min<size_t>(args.size() - p.required, p.optional);
  if (p.collector != Collector::Keys && p.collector != Collector::Named)
    return most;
  size_t n = 0;
  while (n < most && !is_keyword(args[p.required + n]))
    ++n;
  return n;
}

} // namespace

extern "C" {

Value evrt_bind_args(Mutator *m, Value closure, int64_t argc, Value a0, Value a1, Value a2, void *out_raw) noexcept {
  const FnProto &p = *closure.as<Closure>()->proto;
  auto n = static_cast<size_t>(argc);
  if (n < p.required || n > p.max_args())
    return arity_error(*m, &p, n);
  auto *out = static_cast<Value *>(out_raw);
  ArgList args(*m, n, a0, a1, a2);
  size_t given = p.required + filled_optionals(p, args), positional = p.required + p.optional;
  std::copy_n(args.data(), given, out);
  std::fill(out + given, out + positional, kNil);
  switch (p.collector) {
  case Collector::None: break;
  case Collector::Rest: out[positional] = make_list(*m, args.data() + given, n - given); break;
  case Collector::Keys:
  case Collector::Named:
    out[positional] = kNil; // initialised before anything is allocated: it lies on a scanned stack
    if (Value r = check_keywords(*m, p, args, given); r != kNil)
      return kError; // an answer to the error cannot take the place of the arguments
    out[positional] = make_struct(*m, args.data() + given, (n - given) / 2);
    break;
  }
  return kNil;
}

evrt_departed evrt_denied_depart(Mutator *m, void *args, int64_t argc, Value prim) noexcept {
  return {nullptr, evrt_denied(m, args, argc, prim).bits};
}

Value evrt_prim_entry(Mutator *m, Value closure, int64_t argc, Value a0, Value a1, Value a2) noexcept {
  const FnProto &p = *closure.as<Closure>()->proto;
  auto n = static_cast<size_t>(argc);
  if (n < p.required || n > p.max_args())
    return arity_error(*m, &p, n);
  if (n <= 3) {
    Value args[3] = {a0, a1, a2};
    if (__builtin_expect(m->denied, 0))
      return evrt_denied(m, args, argc, closure);
    return p.prim(*m, args, n);
  }
  ArgList args(*m, n, a0, a1, a2);
  if (__builtin_expect(m->denied, 0))
    return evrt_denied(m, const_cast<Value *>(args.data()), argc, closure);
  return p.prim(*m, args.data(), n);
}

// A primitive whose declared signals meet the capabilities withheld from the fiber (08 section 8): the signal instead of the
// call. What the fiber is resumed with is the call's value.
Value evrt_denied(Mutator *m, void *args, int64_t argc, Value prim) noexcept {
  const FnProto &p = *prim.as<Closure>()->proto;
  auto *values = static_cast<const Value *>(args);
  uint64_t met = checked_signals(p) & m->denied, bits = met & ~kBoundaryBit;
  if (!bits) {
    if (met && m->send_hook(*m, met, prim).is_error()) // asks the boundaries
      return kError;
    return p.prim(*m, values, static_cast<size_t>(argc));
  }
  Value list = make_array(*m, values, static_cast<size_t>(argc));
  Value kv[10] = {keyword("error"),  keyword("capability-denied"), keyword("denied"), signals_to_set(*m, bits), keyword("primitive"),
                  make_string(*m, p.name), keyword("func"), prim, keyword("args"), list};
  return m->send_hook(*m, bits, make_struct(*m, kv, 5));
}
void evrt_grow_xargs(Mutator *m, int64_t count) noexcept {
  auto n = static_cast<size_t>(count);
  if (n <= m->xargs_cap)
    return;
  n = std::max<size_t>(n, 2 * m->xargs_cap);
  m->xargs = static_cast<Value *>(std::realloc(static_cast<void *>(m->xargs), n * sizeof(Value)));
  std::fill(m->xargs + m->xargs_cap, m->xargs + n, kNil);
  m->xargs_cap = n;
}

int64_t evrt_spread(Mutator *m, Value array) noexcept {
  size_t n = array_length(array);
  const Value *items = array_items(array);
  for (size_t i = 0; i < 3; ++i)
    m->spread[i] = i < n ? items[i] : kNil;
  if (n > 3) {
    evrt_grow_xargs(m, static_cast<int64_t>(n - 3));
    std::copy_n(items + 3, n - 3, m->xargs);
  }
  return static_cast<int64_t>(n);
}

Value evrt_push_arg(Mutator *m, Value array, Value v) noexcept {
  marray_push(*m, array, v);
  return array;
}

Value evrt_splice(Mutator *m, Value array, Value v) noexcept {
  v = syntax_view(*m, v);
  if (is_array(v)) {
    size_t n = array_length(v);
    for (size_t i = 0; i < n; ++i)
      marray_push(*m, array, array_ref(v, i));
    return array;
  }
  if (!is_list(v))
    return type_error(*m, "splice", "list or array", v);
  if (!list_length(v))
    return type_error(*m, "splice", "proper list", v);
  for (; is_pair(v); v = tail(v))
    marray_push(*m, array, head(v));
  return array;
}
}
