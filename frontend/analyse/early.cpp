// Where may a variable be read before its definition ran? (03 section 3.1: that is an :uninitialized error.)
//
// Two arguments, both on the safe side:
//  1. Definite initialisation along the evaluation order of one function. `done_` holds the variables whose Define has run
//     on every way to the current point; a function literal is walked with the set that holds where the closure is made.
//     Consecutive definitions of known functions count as one step, since making closures runs no code of the program.
//  2. A function that is a top-level form `(def name (fn ...))` runs no earlier than the first form that evaluates something
//     and from which the name can be reached through references. Top-level variables defined before that form are done.
// Everything else gets Ref::checked, and its variable storage that exists from the scope's entry on (Var::early).
#include "frontend/analyse/passes.hpp"

#include <unordered_map>
#include <unordered_set>

namespace evjit::frontend {

namespace {

using Vars = std::unordered_set<Var *>;
inline constexpr size_t kNever = ~size_t{0};

// Argument 2: when the code of each top-level form can run first.
class TopOrder {
public:
  explicit TopOrder(AstUnit &ast) : forms_(top_forms(ast)), refs_(forms_.size()), first_run_(forms_.size(), kNever) {
    for (size_t i = 0; i < forms_.size(); ++i) {
      collect(forms_[i], refs_[i]);
      form_index_[forms_[i]] = i;
      if (forms_[i]->kind == NodeKind::Define)
        each_bound(node_as<Define>(forms_[i]).target, [&](Var *v) { defined_at_.emplace(v, i); });
    }
    for (size_t i = 0; i < forms_.size(); ++i)
      if (!defined_fn(forms_[i]) && forms_[i]->kind != NodeKind::Const) {
        first_run_[i] = i;
        reach(i, i);
      }
  }

  size_t index_of(Node *form) const {
    auto it = form_index_.find(form);
    return it == form_index_.end() ? kNever : it->second;
  }
  // Is `v` certainly defined whenever code inside form `form` runs in a function?
  bool defined_before(Var *v, size_t form) const {
    auto it = defined_at_.find(v);
    return form != kNever && it != defined_at_.end() && it->second < first_run_[form];
  }

private:
  void collect(Node *n, Vars &out) {
    if (n->kind == NodeKind::Ref && node_as<Ref>(n).var->kind == VarKind::Top)
      out.insert(node_as<Ref>(n).var);
    if (n->kind == NodeKind::Fn && node_as<Fn>(n).lambda->body)
      collect(node_as<Fn>(n).lambda->body, out);
    each_child(n, [&](Node *c) { collect(c, out); });
  }
  void reach(size_t from, size_t now) {
    std::vector<size_t> work{from};
    while (!work.empty()) {
      size_t i = work.back();
      work.pop_back();
      for (Var *v : refs_[i]) {
        auto it = defined_at_.find(v);
        if (it == defined_at_.end() || !defined_fn(forms_[it->second]) || first_run_[it->second] != kNever)
          continue;
        first_run_[it->second] = now;
        work.push_back(it->second);
      }
    }
  }

  std::vector<Node *> forms_;
  std::vector<Vars> refs_;
  std::vector<size_t> first_run_;
  std::unordered_map<Node *, size_t> form_index_;
  std::unordered_map<Var *, size_t> defined_at_;
};

// Argument 1.
class InitFlow {
public:
  explicit InitFlow(AstUnit &ast) : ast_(ast), order_(ast) {}

  void run() {
    for (Var *v : ast_.top_vars)
      if (v->from_eval_env)
        set(v);
    lambda_ = ast_.top;
    visit(ast_.top->body);
  }

private:
  bool is_done(Var *v) const { return done_.count(v) != 0; }
  void set(Var *v) {
    if (done_.insert(v).second)
      trail_.push_back(v);
  }
  size_t mark() const { return trail_.size(); }
  std::vector<Var *> undo(size_t mark) {
    std::vector<Var *> out(trail_.begin() + static_cast<ptrdiff_t>(mark), trail_.end());
    for (Var *v : out)
      done_.erase(v);
    trail_.resize(mark);
    return out;
  }
  void maybe(Node *n) { // visited, but perhaps not run
    if (!n)
      return;
    size_t at = mark();
    visit(n);
    undo(at);
  }
  // Two ways of which one is taken.
  void either(Node *a, Node *b) {
    size_t at = mark();
    if (a)
      visit(a);
    auto first = undo(at);
    if (b)
      visit(b);
    auto second = undo(at);
    Vars both(first.begin(), first.end());
    for (Var *v : second)
      if (both.count(v))
        set(v);
  }

  void read(Ref &r) {
    if (is_done(r.var) || r.var->known_lambda == lambda_)
      return;
    if (r.var->kind == VarKind::Top && lambda_ != ast_.top && order_.defined_before(r.var, form_))
      return;
    r.checked = true;
    r.var->early = true;
  }

  void bound(Pattern *p) {
    each_bound(p, [this](Var *v) { set(v); });
  }

  void function(Lambda *l) {
    for (Var *v : l->captures)
      if (!is_done(v) && !available_as_self(v))
        v->early = true;
    Lambda *outer = lambda_;
    size_t at = mark();
    lambda_ = l;
    for (Var *v : l->required)
      set(v);
    for (Var *v : l->optional)
      set(v);
    if (l->rest)
      set(l->rest);
    if (l->body)
      visit(l->body);
    undo(at);
    lambda_ = outer;
  }
  bool available_as_self(Var *v) const { return v->known_lambda && v->known_lambda == lambda_; }

  void sequence(Seq &s) {
    for (size_t i = 0; i < s.body.size();) {
      size_t end = i;
      while (end < s.body.size() && defines_known_fn(s.body[end]))
        bound(node_as<Define>(s.body[end++]).target);
      for (; i < end; ++i)
        visit_form(s.body[i]);
      if (i < s.body.size())
        visit_form(s.body[i++]);
    }
  }
  void visit_form(Node *n) {
    size_t saved = form_;
    if (size_t i = order_.index_of(n); i != kNever)
      form_ = i;
    visit(n);
    form_ = saved;
  }

  void visit_match(Match &m) {
    visit(m.subject);
    for (Arm &a : m.arms) {
      size_t at = mark();
      bound(a.pattern);
      if (a.guard)
        visit(a.guard);
      visit(a.body);
      undo(at);
    }
  }
  void visit_first_surely(const std::vector<Node *> &parts) {
    for (size_t i = 0; i < parts.size(); ++i)
      i == 0 ? visit(parts[i]) : maybe(parts[i]);
  }

  void visit(Node *n) {
    switch (n->kind) {
    case NodeKind::Ref:
      return read(node_as<Ref>(n));
    case NodeKind::Assign: {
      auto &a = node_as<Assign>(n);
      visit(a.value);
      if (!is_done(a.var))
        a.var->early = true;
      return;
    }
    case NodeKind::Define: {
      auto &d = node_as<Define>(n);
      visit(d.value);
      return bound(d.target);
    }
    case NodeKind::If: {
      auto &i = node_as<If>(n);
      visit(i.test);
      return either(i.then, i.otherwise);
    }
    case NodeKind::Seq:
      return sequence(node_as<Seq>(n));
    case NodeKind::Fn:
      return function(node_as<Fn>(n).lambda);
    case NodeKind::Block:
      return maybe(node_as<Block>(n).body); // a break may have skipped the rest
    case NodeKind::Loop:
      visit(node_as<Loop>(n).test);
      return maybe(node_as<Loop>(n).body);
    case NodeKind::And:
      return visit_first_surely(node_as<And>(n).parts);
    case NodeKind::Or:
      return visit_first_surely(node_as<Or>(n).parts);
    case NodeKind::Try:
      return either_handler(node_as<Try>(n));
    case NodeKind::Protect:
      return maybe(node_as<Protect>(n).body);
    case NodeKind::Defer:
      return visit_defer(node_as<Defer>(n));
    case NodeKind::Match:
      return visit_match(node_as<Match>(n));
    case NodeKind::Scope:
      forget(node_as<Scope>(n));
      [[fallthrough]];
    default:
      return each_child(n, [this](Node *c) { visit(c); });
    }
  }
  // A scope entered again (a loop) has fresh variables.
  void forget(Scope &s) {
    for (Var *v : s.vars)
      if (!v->from_eval_env)
        done_.erase(v);
  }
  void either_handler(Try &t) { either(t.body, t.handler); }
  void visit_defer(Defer &d) {
    size_t at = mark();
    visit(d.body);
    auto defined = undo(at);
    visit(d.cleanup);
    for (Var *v : defined)
      set(v);
  }

  AstUnit &ast_;
  TopOrder order_;
  Lambda *lambda_ = nullptr;
  size_t form_ = kNever;
  Vars done_;
  std::vector<Var *> trail_;
};

void place(Var *v) { v->in_cell = v->captured && (v->assigned || v->early); }

void place_all(Node *n) {
  if (n->kind == NodeKind::Scope)
    for (Var *v : node_as<Scope>(n).vars)
      place(v);
  if (n->kind == NodeKind::Define)
    each_bound(node_as<Define>(n).target, place);
  if (n->kind == NodeKind::Match)
    for (Arm &a : node_as<Match>(n).arms)
      each_bound(a.pattern, place);
  each_child(n, place_all);
}

} // namespace

void find_early_reads(AstUnit &ast) {
  InitFlow(ast).run();
  for (Lambda *l : ast.lambdas) {
    for (Var *v : l->required)
      place(v);
    for (Var *v : l->optional)
      place(v);
    if (l->rest)
      place(l->rest);
    if (l->body)
      place_all(l->body);
  }
}

} // namespace evjit::frontend
