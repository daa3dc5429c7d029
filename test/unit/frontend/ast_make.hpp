// Small constructors for hand-made ASTs. Spans are left unknown.
#pragma once

#include "frontend/compiler.hpp"
#include "gc/call.hpp"
#include "gc/value/make.hpp"

namespace evjit::test {

using namespace evjit::frontend;

class AstMaker {
public:
  explicit AstMaker(gc::Mutator &m) : m_(m), ast(m) {
    ast.file = "test.lisp";
    ast.top = ast.own<Lambda>();
  }

  uint32_t constant_index(gc::Value v) {
    ast.constants.push(v);
    return static_cast<uint32_t>(ast.constants.size() - 1);
  }
  Node *constant(gc::Value v) {
    auto *n = ast.make<Const>(NodeKind::Const, {});
    n->constant = constant_index(v);
    return n;
  }
  Node *number(int64_t i) { return constant(gc::Value::fixnum(i)); }
  Var *var(std::string name, VarKind kind = VarKind::Local) {
    Var *v = ast.own<Var>();
    v->name = std::move(name);
    v->kind = kind;
    return v;
  }
  Node *ref(Var *v) {
    auto *n = ast.make<Ref>(NodeKind::Ref, {});
    n->var = v;
    return n;
  }
  Pattern *bind(Var *v) {
    Pattern *p = ast.own<Pattern>();
    p->kind = PatternKind::Bind;
    p->var = v;
    return p;
  }
  Pattern *literal(gc::Value v) {
    Pattern *p = ast.own<Pattern>();
    p->kind = PatternKind::Literal;
    p->constant = constant_index(v);
    return p;
  }
  Pattern *sequence(PatternKind kind, std::vector<Pattern *> items, Pattern *rest = nullptr) {
    Pattern *p = ast.own<Pattern>();
    p->kind = kind;
    p->items = std::move(items);
    p->rest = rest;
    return p;
  }
  Node *define(Pattern *p, Node *value) {
    auto *n = ast.make<Define>(NodeKind::Define, {});
    n->target = p;
    n->value = value;
    return n;
  }
  Node *define(Var *v, Node *value) {
    if (value->kind == NodeKind::Fn && !v->is_mutable)
      v->known_lambda = static_cast<Fn *>(value)->lambda;
    return define(bind(v), value);
  }
  Node *assign(Var *v, Node *value) {
    auto *n = ast.make<Assign>(NodeKind::Assign, {});
    n->var = v;
    n->value = value;
    return n;
  }
  Node *builtin(std::string name) {
    auto *n = ast.make<Builtin>(NodeKind::Builtin, {});
    n->constant = constant_index(gc::find_builtin(name));
    n->prim = gc::find_prim(name);
    n->name = std::move(name);
    return n;
  }
  Node *call(Node *callee, std::vector<Node *> args) {
    auto *n = ast.make<Call>(NodeKind::Call, {});
    n->callee = callee;
    for (Node *a : args)
      n->args.push_back({a, false});
    return n;
  }
  Node *op(std::string name, std::vector<Node *> args) { return call(builtin(std::move(name)), std::move(args)); }
  Node *seq(std::vector<Node *> body) {
    auto *n = ast.make<Seq>(NodeKind::Seq, {});
    n->body = std::move(body);
    return n;
  }
  Scope *scope(std::vector<Var *> vars, Node *body) {
    auto *n = ast.make<Scope>(NodeKind::Scope, {});
    n->vars = std::move(vars);
    n->body = body;
    return n;
  }
  Node *branch(Node *test, Node *then, Node *otherwise) {
    auto *n = ast.make<If>(NodeKind::If, {});
    n->test = test;
    n->then = then;
    n->otherwise = otherwise;
    return n;
  }
  Node *fn(std::string name, std::vector<Var *> params, Node *body) {
    Lambda *l = ast.own<Lambda>();
    l->name = std::move(name);
    l->required = std::move(params);
    l->body = body;
    auto *n = ast.make<Fn>(NodeKind::Fn, {});
    n->lambda = l;
    return n;
  }
  Node *try_catch(Node *body, Var *error, Node *handler) {
    auto *n = ast.make<Try>(NodeKind::Try, {});
    auto *caught = ast.make<Const>(NodeKind::Const, {});
    caught->constant = kCaughtValue;
    n->body = body;
    n->handler = scope({error}, seq({define(bind(error), caught), handler}));
    return n;
  }
  Node *loop(Node *test, Node *body) {
    auto *n = ast.make<Loop>(NodeKind::Loop, {});
    n->test = test;
    n->body = body;
    return n;
  }
  Match *match(Node *subject, std::vector<Arm> arms) {
    auto *n = ast.make<Match>(NodeKind::Match, {});
    n->subject = subject;
    n->arms = std::move(arms);
    return n;
  }

  void top(std::vector<Var *> vars, std::vector<Node *> forms) {
    ast.top_vars = vars;
    ast.top->body = scope(std::move(vars), seq(std::move(forms)));
  }

private:
  gc::Mutator &m_;

public:
  AstUnit ast;
};

} // namespace evjit::test
