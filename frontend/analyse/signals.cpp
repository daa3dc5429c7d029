// Signal sets (08 section 6): which bits a call of each function may send. Sets only grow while the unit's functions are
// visited until nothing changes, so recursion gets the smallest solution. Unknown callees may send everything. Then the
// contracts are checked: a function accepted as silent never sends (08 section 7).
#include "frontend/analyse/passes.hpp"
#include "gc/object/scan.hpp"
#include "gc/signals.hpp"
#include "gc/value/make.hpp"

#include <algorithm>

namespace evjit::frontend {

namespace {

namespace sig = gc::sig;

// Every deniable bit and every bit of programs.
inline constexpr uint64_t kProgramBits = ~uint64_t{0} << 32;
inline constexpr uint64_t kEverything =
    sig::kError | sig::kYield | sig::kDebug | sig::kFfi | sig::kHalt | sig::kIo | sig::kExec | kProgramBits;

uint64_t bits_of_keyword(gc::Value kw) {
  auto bit = gc::is_keyword(kw) ? gc::signal_bit(gc::name_of(kw)) : std::nullopt;
  return bit ? uint64_t{1} << *bit : kEverything;
}

std::string names_of(uint64_t bits) {
  if ((bits & kEverything) == kEverything)
    return "any signal";
  std::string out;
  for (int b = 0; b < 64; ++b)
    if (((bits >> b) & 1) != 0 && !gc::signal_name(b).empty())
      out += (out.empty() ? ":" : " :") + std::string(gc::signal_name(b));
  return out.empty() ? "a signal" : out;
}

class Inference {
public:
  explicit Inference(AstUnit &ast) : ast_(ast) {}

  void run() {
    for (bool changed = true; changed;) {
      changed = false;
      for (Lambda *l : ast_.lambdas) {
        lambda_ = l;
        uint64_t bits = (l->signals | own_checks(*l) | (l->body ? of(l->body) : 0)) & ~l->muffled;
        changed |= bits != l->signals;
        l->signals = bits;
      }
    }
  }

  // Broken promises of (silence), (silent!), (attune! ...).
  void check_limits(DiagSink &sink) {
    for (Lambda *l : ast_.lambdas) {
      uint64_t extra = l->signals & ~l->allowed & ~(sig::kFuel | sig::kWait);
      if (!l->limits_signals || extra == 0)
        continue;
      std::string name = l->name.empty() ? "this function" : l->name;
      sink.error(l->limit_span, code::BadSignal, name + " may emit " + names_of(extra) + ", which its declaration excludes");
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
    if (!gc::is_immutable_set(v))
      return kEverything;
    uint64_t bits = 0;
    for (gc::Scan s(v); s.more();)
      bits |= bits_of_keyword(s.next());
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
    if (is_silent_parameter(c.callee))
      return bits;
    return bits | of(c.callee) | kEverything;
  }

  bool is_silent_parameter(Node *callee) const {
    if (callee->kind != NodeKind::Ref)
      return false;
    const auto &silent = lambda_->silent_params;
    return std::find(silent.begin(), silent.end(), node_as<Ref>(callee).var) != silent.end();
  }

  // Building these cannot fail; structs and sets check their keys, bytes their elements.
  static bool is_silent_literal(const Literal &l) {
    auto is_plain = [](CollectionKind k) {
      return k == CollectionKind::Array || k == CollectionKind::MArray || k == CollectionKind::List || k == CollectionKind::MString;
    };
    return is_plain(l.collection) || l.items.empty();
  }
  uint64_t of_literal(Literal &l) {
    bool splices = std::any_of(l.items.begin(), l.items.end(), [](const Arg &a) { return a.splice; });
    bool keys_known = l.collection == CollectionKind::Struct || l.collection == CollectionKind::MStruct;
    for (size_t i = 0; keys_known && i < l.items.size(); i += 2) {
      Node *key = l.items[i].node;
      keys_known = key->kind == NodeKind::Const && gc::is_keyword(ast_.constants[node_as<Const>(key).constant]);
    }
    return of_children(&l) | (splices || !(is_silent_literal(l) || keys_known) ? sig::kError : 0);
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
    case NodeKind::Literal:
      return of_literal(node_as<Literal>(n));
    case NodeKind::Protect:
      return of_children(n) & ~sig::kError;
    case NodeKind::Raise:
    case NodeKind::Field:
    case NodeKind::Parameterize:
      return of_children(n) | sig::kError;
    default:
      return of_children(n);
    }
  }

  AstUnit &ast_;
  const Lambda *lambda_ = nullptr;
};

} // namespace

void infer_signals(AstUnit &ast, DiagSink &sink) {
  Inference inference(ast);
  inference.run();
  inference.check_limits(sink);
}

} // namespace evjit::frontend
