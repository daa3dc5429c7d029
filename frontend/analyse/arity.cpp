// Argument counts of calls whose callee the text names: a literal fn, an immutable binding of one, a builtin (03 section 16).
// A call with a splice is left to run time.
#include "frontend/analyse/passes.hpp"
#include "gc/value/make.hpp"

#include <algorithm>

namespace evjit::frontend {

KnownCallee known_callee(const AstUnit &ast, Node *callee) {
  KnownCallee k;
  if (callee->kind == NodeKind::Fn) {
    k.lambda = node_as<Fn>(callee).lambda;
    k.name = k.lambda->name.empty() ? "fn" : k.lambda->name;
  } else if (callee->kind == NodeKind::Ref && node_as<Ref>(callee).var->known_lambda) {
    Var *v = node_as<Ref>(callee).var;
    k.lambda = v->assigned ? nullptr : v->known_lambda;
    k.name = v->name;
  } else if (callee->kind == NodeKind::Builtin) {
    auto &b = node_as<Builtin>(callee);
    gc::Value f = ast.constants[b.constant];
    if (gc::is_closure(f))
      k.proto = f.as<gc::Closure>()->proto;
    k.name = b.name;
  }
  return k;
}

namespace {

struct Counts {
  size_t min, max;
};

constexpr size_t kNoLimit = ~size_t{0};

Counts counts_of(const KnownCallee &k) {
  if (!k.lambda) {
    uint32_t max = k.proto->max_args();
    return {k.proto->required, max == ~0u ? kNoLimit : max};
  }
  size_t min = k.lambda->required.size();
  return {min, k.lambda->collector == gc::Collector::None ? min + k.lambda->optional.size() : kNoLimit};
}

std::string describe(Counts c) {
  if (c.min == c.max)
    return std::to_string(c.min);
  if (c.max == kNoLimit)
    return "at least " + std::to_string(c.min);
  return std::to_string(c.min) + " to " + std::to_string(c.max);
}

// Where the callee is defined, or what its parameters are called.
std::vector<Note> about_callee(const KnownCallee &k, const Call &c) {
  if (k.lambda) {
    Span at = k.lambda->span;
    bool elsewhere = at.line != 0 && (at.file != c.span.file || at.line != c.span.line);
    std::string text = k.name + " takes [" + k.lambda->params_text + "]";
    return {elsewhere ? Note{text + ", defined at {at}", at} : Note{text, {}}};
  }
  if (!k.proto->params || !*k.proto->params)
    return {};
  return {{k.name + " takes [" + k.proto->params + "]", {}}};
}

void check_call(const AstUnit &ast, Call &c, DiagSink &sink) {
  if (std::any_of(c.args.begin(), c.args.end(), [](const Arg &a) { return a.splice; }))
    return;
  KnownCallee k = known_callee(ast, c.callee);
  if (!k)
    return;
  Counts want = counts_of(k);
  size_t got = c.args.size();
  if (got >= want.min && got <= want.max)
    return;
  std::string expected = describe(want) + " argument(s)", found = std::to_string(got);
  sink.error(c.span, code::ArityMismatch, "arity error: " + k.name + " expects " + expected + ", got " + found, {},
             about_callee(k, c));
  sink.mismatch(std::move(expected), std::move(found));
}

void check(const AstUnit &ast, Node *n, DiagSink &sink) {
  if (n->kind == NodeKind::Call)
    check_call(ast, node_as<Call>(n), sink);
  each_child(n, [&](Node *c) { check(ast, c, sink); });
}

} // namespace

void check_arity(AstUnit &ast, DiagSink &sink) {
  for (Lambda *l : ast.lambdas)
    if (l->body)
      check(ast, l->body, sink);
}

} // namespace evjit::frontend
