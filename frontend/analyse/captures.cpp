// Numbers lambdas in preorder, gives every local variable its owner, and finds captures and assignments.
//
// A function whose variable is immutable and known refers to itself without a capture: inside, the running closure is the
// variable's value (`self`).
#include "frontend/analyse/passes.hpp"

#include <algorithm>
#include <unordered_set>

namespace evjit::frontend {

namespace {

class Resolver {
public:
  explicit Resolver(AstUnit &ast) : ast_(ast) {}

  void run() {
    ast_.lambdas.clear();
    number_slots();
    enter(ast_.top);
    auto forms = top_forms(ast_);
    std::unordered_set<Node *> top(forms.begin(), forms.end());
    top_forms_ = &top;
    visit(ast_.top->body);
  }

private:
  void number_slots() {
    for (Var *v : ast_.top_vars)
      slot(v);
  }
  void slot(Var *v) {
    if (v->kind != VarKind::Top || v->slot != ~0u)
      return;
    v->slot = slots_++;
    if (v->slot >= ast_.top_vars.size())
      ast_.top_vars.push_back(v);
  }

  void enter(Lambda *l) {
    l->parent = current_;
    l->index = static_cast<uint32_t>(ast_.lambdas.size());
    l->group = group_;
    l->captures.clear();
    ast_.lambdas.push_back(l);
    current_ = l;
    for (Var *v : l->required)
      own(v);
    for (Var *v : l->optional)
      own(v);
    if (l->rest)
      own(l->rest);
  }
  void own(Var *v) {
    if (v->kind == VarKind::Local)
      v->owner = current_;
    else
      slot(v);
  }

  void function(Lambda *l) {
    Lambda *outer = current_;
    enter(l);
    if (l->body)
      visit(l->body);
    current_ = outer;
  }

  void use(Var *v) {
    if (v->kind == VarKind::Top)
      return slot(v);
    for (Lambda *l = current_; l && l != v->owner; l = l->parent) {
      if (v->known_lambda == l || std::find(l->captures.begin(), l->captures.end(), v) != l->captures.end())
        return;
      l->captures.push_back(v);
      v->captured = true;
    }
  }

  void bind(Pattern *p, bool several) {
    several = several || p->lenient || p->kind == PatternKind::Or;
    if (p->kind == PatternKind::Bind) {
      own(p->var);
      p->var->multi = p->var->multi || several || !bound_.insert(p->var).second;
    }
    for (Pattern *i : p->items)
      bind(i, several);
    if (p->rest)
      bind(p->rest, several);
  }

  void visit(Node *n) {
    bool is_form = current_ == ast_.top && top_forms_ && top_forms_->count(n);
    if (is_form)
      group_ = ++last_group_;
    switch (n->kind) {
    case NodeKind::Ref:
      use(node_as<Ref>(n).var);
      break;
    case NodeKind::Assign:
      use(node_as<Assign>(n).var);
      node_as<Assign>(n).var->assigned = true;
      break;
    case NodeKind::Define:
      bind_define(node_as<Define>(n));
      break;
    case NodeKind::Scope:
      for (Var *v : node_as<Scope>(n).vars)
        own(v);
      break;
    case NodeKind::Match:
      for (Arm &a : node_as<Match>(n).arms) {
        for (Var *v : a.vars)
          own(v);
        bind(a.pattern, false);
      }
      break;
    case NodeKind::Fn:
      function(node_as<Fn>(n).lambda);
      break;
    default:
      break;
    }
    each_child(n, [this](Node *c) { visit(c); });
    if (is_form)
      group_ = 0;
  }

  // A definition initialises variables of an enclosing scope of the same function; Top variables stay slots.
  void bind_define(Define &d) { bind(d.target, false); }

  AstUnit &ast_;
  Lambda *current_ = nullptr;
  uint32_t slots_ = 0, group_ = 0, last_group_ = 0;
  std::unordered_set<Var *> bound_;
  const std::unordered_set<Node *> *top_forms_ = nullptr;
};

} // namespace

void resolve_captures(AstUnit &ast) { Resolver(ast).run(); }

} // namespace evjit::frontend
