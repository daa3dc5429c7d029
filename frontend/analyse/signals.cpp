// Signal sets (08 section 6): which bits a call of each function may send. Sets only grow while the unit's functions are
// visited until nothing changes, so recursion gets the smallest solution. Unknown callees may send everything.
#include "frontend/analyse/passes.hpp"
#include "gc/value/make.hpp"

#include <string_view>

namespace evjit::frontend {

namespace {

namespace sig = gc::sig;

// Every deniable bit and every bit of programs.
inline constexpr uint64_t kProgramBits = ~uint64_t{0} << 32;
inline constexpr uint64_t kEverything =
    sig::kError | sig::kYield | sig::kDebug | sig::kFfi | sig::kHalt | sig::kIo | sig::kExec | kProgramBits;

struct NamedBit {
  std::string_view name;
  uint64_t bit;
};
constexpr NamedBit kNamedBits[] = {{"error", sig::kError}, {"yield", sig::kYield}, {"debug", sig::kDebug},
                                   {"ffi", sig::kFfi},     {"halt", sig::kHalt},   {"io", sig::kIo},
                                   {"exec", sig::kExec},   {"fuel", sig::kFuel},   {"wait", sig::kWait}};

uint64_t bits_of_keyword(gc::Value kw) {
  for (const NamedBit &b : kNamedBits)
    if (gc::is_keyword(kw) && gc::name_of(kw) == b.name)
      return b.bit;
  return kProgramBits;
}

class Inference {
public:
  explicit Inference(AstUnit &ast) : ast_(ast) {}

  void run() {
    for (bool changed = true; changed;) {
      changed = false;
      for (Lambda *l : ast_.lambdas) {
        uint64_t bits = l->signals | own_checks(*l) | (l->body ? of(l->body) : 0);
        changed |= bits != l->signals;
        l->signals = bits;
      }
    }
  }

private:
  // Binding keyword arguments may raise.
  static uint64_t own_checks(const Lambda &l) {
    return l.collector == gc::Collector::Keys || l.collector == gc::Collector::Named ? sig::kError : 0;
  }

  uint64_t of_children(Node *n) {
    uint64_t bits = 0;
    each_child(n, [&](Node *c) { bits |= of(c); });
    return bits;
  }

  uint64_t of_emit(const Call &c) {
    if (c.args.empty() || c.args[0].splice || c.args[0].node->kind != NodeKind::Const)
      return kEverything;
    gc::Value v = ast_.constants[node_as<Const>(c.args[0].node).constant];
    if (gc::is_keyword(v))
      return bits_of_keyword(v);
    if (!gc::is(v, gc::Type::Set))
      return kEverything;
    uint64_t bits = 0;
    auto *s = v.as<gc::Set>();
    for (uint32_t i = 0; i < s->h.aux; ++i)
      bits |= bits_of_keyword(s->items[i]);
    return bits;
  }

  uint64_t of_call(Call &c) {
    KnownCallee k = known_callee(ast_, c.callee);
    uint64_t bits = 0;
    for (Arg &a : c.args)
      bits |= of(a.node) | (a.splice ? sig::kError : 0);
    if (k.lambda)
      return bits | k.lambda->signals;
    if (k.proto && (k.name == "emit" || k.name == "fiber/emit"))
      return bits | of_emit(c);
    if (k.proto)
      return bits | k.proto->signals;
    return bits | of(c.callee) | kEverything;
  }

  static bool is_irrefutable(const Pattern *p) { return p->kind == PatternKind::Wild || p->kind == PatternKind::Bind; }

  uint64_t of(Node *n) {
    switch (n->kind) {
    case NodeKind::Ref:
      return node_as<Ref>(n).checked ? sig::kError : 0;
    case NodeKind::Define:
      return of_children(n) | (is_irrefutable(node_as<Define>(n).target) ? 0 : sig::kError);
    case NodeKind::Call:
      return of_call(node_as<Call>(n));
    case NodeKind::Try: {
      auto &t = node_as<Try>(n);
      return ((t.body ? of(t.body) : 0) & ~sig::kError) | (t.handler ? of(t.handler) : 0);
    }
    case NodeKind::Protect:
      return of_children(n) & ~sig::kError;
    case NodeKind::Raise:
    case NodeKind::Field:
    case NodeKind::Parameterize:
    case NodeKind::Literal:
      return of_children(n) | sig::kError;
    default:
      return of_children(n);
    }
  }

  AstUnit &ast_;
};

} // namespace

void infer_signals(AstUnit &ast) { Inference(ast).run(); }

} // namespace evjit::frontend
