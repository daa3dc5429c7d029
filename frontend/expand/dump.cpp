// print_ast: the resolved tree as text, for `evjit --dump ast` and tests. Variables are printed by name; where one name stands
// for several variables the later ones get a number (x, x.2).
#include "frontend/compiler.hpp"
#include "gc/value/make.hpp"

#include <map>

namespace evjit::frontend {

namespace {

class Printer {
public:
  explicit Printer(const AstUnit &unit) : unit_(unit) {}

  std::string run() {
    node(unit_.top->body);
    out_ += '\n';
    return std::move(out_);
  }

private:
  template <class T> static const T &as(const Node *n) { return *static_cast<const T *>(n); }

  std::string name(const Var *v) {
    if (!v)
      return "?";
    auto [it, fresh] = names_.try_emplace(v);
    if (fresh) {
      std::string base = v->name.empty() ? "%" : v->name;
      int n = ++counts_[base];
      it->second = (v->is_mutable ? "@" : "") + base + (n > 1 ? "." + std::to_string(n) : "");
    }
    return it->second;
  }

  void line() {
    out_ += '\n';
    out_.append(static_cast<size_t>(indent_) * 2, ' ');
  }
  void children(std::string_view head, std::initializer_list<const Node *> nodes) {
    out_ += '(';
    out_ += head;
    ++indent_;
    for (const Node *n : nodes)
      if (n) {
        line();
        node(n);
      }
    --indent_;
    out_ += ')';
  }
  template <class List> void many(std::string_view head, const List &nodes) {
    out_ += '(';
    out_ += head;
    ++indent_;
    for (const Node *n : nodes) {
      line();
      node(n);
    }
    --indent_;
    out_ += ')';
  }
  void args(const std::vector<Arg> &list) {
    for (const Arg &a : list) {
      line();
      out_ += a.splice ? ";" : "";
      node(a.node);
    }
  }

  void pattern(const Pattern *p) {
    switch (p->kind) {
    case PatternKind::Wild: out_ += '_'; return;
    case PatternKind::Bind: out_ += name(p->var); return;
    case PatternKind::Literal: out_ += '=' + gc::print_literal(unit_.constants[p->constant]); return;
    case PatternKind::List: return pattern_items(p, "(", ")");
    case PatternKind::Array: return pattern_items(p, p->is_mutable ? "@[" : "[", "]");
    case PatternKind::Struct: return pattern_items(p, p->is_mutable ? "@{" : "{", "}");
    case PatternKind::Set: return pattern_items(p, p->is_mutable ? "@|" : "|", "|");
    case PatternKind::Or: return pattern_items(p, "(or ", ")");
    }
  }
  void pattern_items(const Pattern *p, const char *open, const char *close) {
    out_ += open;
    for (size_t i = 0; i < p->items.size(); ++i) {
      out_ += i ? " " : "";
      if (p->kind == PatternKind::Struct)
        out_ += gc::print_literal(unit_.constants[p->keys[i]]) + " ";
      pattern(p->items[i]);
    }
    if (p->rest) {
      out_ += p->improper ? " . " : " & ";
      pattern(p->rest);
    }
    out_ += close;
  }

  void lambda(const Lambda *l) {
    out_ += "(fn " + (l->name.empty() ? "" : l->name + " ") + "[";
    std::string sep;
    auto add = [&](const std::string &s) {
      out_ += sep + s;
      sep = " ";
    };
    for (const Var *v : l->required)
      add(name(v));
    if (!l->optional.empty())
      add("&opt");
    for (const Var *v : l->optional)
      add(name(v));
    if (l->collector != gc::Collector::None)
      add(l->collector == gc::Collector::Rest ? "&" : l->collector == gc::Collector::Keys ? "&keys" : "&named");
    if (l->rest)
      add(name(l->rest));
    out_ += ']';
    ++indent_;
    line();
    node(l->body);
    --indent_;
    out_ += ')';
  }

  void scope(const Scope &s) {
    std::string head = "scope [";
    for (size_t i = 0; i < s.vars.size(); ++i)
      head += (i ? " " : "") + name(s.vars[i]);
    children(head + "]", {s.body});
  }

  void match(const Match &m) {
    out_ += "(match";
    ++indent_;
    line();
    node(m.subject);
    for (const Arm &a : m.arms) {
      line();
      pattern(a.pattern);
      if (a.guard) {
        out_ += " when ";
        node(a.guard);
      }
      out_ += " => ";
      node(a.body);
    }
    --indent_;
    out_ += ')';
  }

  void node(const Node *n) {
    switch (n->kind) {
    case NodeKind::Const: {
      auto &c = as<Const>(n);
      if (c.constant == kCaughtValue)
        out_ += "<caught>";
      else
        out_ += (c.fresh_copy ? "copy:" : "") + gc::print_literal(unit_.constants[c.constant]);
      return;
    }
    case NodeKind::Ref: out_ += name(as<Ref>(n).var); return;
    case NodeKind::Builtin: out_ += "#" + as<Builtin>(n).name; return;
    case NodeKind::Assign: return children("assign " + name(as<Assign>(n).var), {as<Assign>(n).value});
    case NodeKind::Define:
      out_ += "(def ";
      pattern(as<Define>(n).target);
      ++indent_;
      line();
      node(as<Define>(n).value);
      --indent_;
      out_ += ')';
      return;
    case NodeKind::If: return children("if", {as<If>(n).test, as<If>(n).then, as<If>(n).otherwise});
    case NodeKind::Seq: return many("seq", as<Seq>(n).body);
    case NodeKind::Scope: return scope(as<Scope>(n));
    case NodeKind::Fn: return lambda(as<Fn>(n).lambda);
    case NodeKind::Call:
      out_ += "(call ";
      node(as<Call>(n).callee);
      ++indent_;
      args(as<Call>(n).args);
      --indent_;
      out_ += ')';
      return;
    case NodeKind::Literal: return literal(as<Literal>(n));
    case NodeKind::Block: return children("block " + block(static_cast<const Block *>(n)), {as<Block>(n).body});
    case NodeKind::Break: return children("break " + block(as<Break>(n).target), {as<Break>(n).value});
    case NodeKind::Loop: return children("loop", {as<Loop>(n).test, as<Loop>(n).body});
    case NodeKind::And: return many("and", as<And>(n).parts);
    case NodeKind::Or: return many("or", as<Or>(n).parts);
    case NodeKind::Try: return children("try", {as<Try>(n).body, as<Try>(n).handler});
    case NodeKind::Protect: return children("protect", {as<Protect>(n).body});
    case NodeKind::Defer: return children("defer", {as<Defer>(n).cleanup, as<Defer>(n).body});
    case NodeKind::Parameterize: {
      auto &p = as<Parameterize>(n);
      std::vector<const Node *> all;
      for (size_t i = 0; i < p.params.size(); ++i) {
        all.push_back(p.params[i]);
        all.push_back(p.values[i]);
      }
      all.push_back(p.body);
      return many("parameterize", all);
    }
    case NodeKind::Match: return match(as<Match>(n));
    case NodeKind::Field:
      return children("field " + gc::print_literal(unit_.constants[as<Field>(n).keyword]), {as<Field>(n).object});
    case NodeKind::Raise: return children("raise", {as<Raise>(n).value});
    }
  }

  std::string block(const Block *b) {
    auto [it, fresh] = blocks_.try_emplace(b, static_cast<int>(blocks_.size()) + 1);
    return "b" + std::to_string(it->second);
  }

  void literal(const Literal &l) {
    static const char *const kNames[] = {"array", "@array", "struct", "@struct", "set", "@set", "bytes", "@bytes", "@string", "list"};
    out_ += '(';
    out_ += kNames[static_cast<int>(l.collection)];
    ++indent_;
    args(l.items);
    --indent_;
    out_ += ')';
  }

  const AstUnit &unit_;
  std::string out_;
  int indent_ = 0;
  std::map<const Var *, std::string> names_;
  std::map<std::string, int> counts_;
  std::map<const Block *, int> blocks_;
};

} // namespace

std::string print_ast(const AstUnit &ast) { return Printer(ast).run(); }

} // namespace evjit::frontend
