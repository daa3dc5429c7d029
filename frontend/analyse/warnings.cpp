// Warnings: code that compiles and is probably not what was meant (W0002 and further; W0001 is the expander's).
//
// They look at the resolved tree, where macros are gone, but speak only of what the programmer wrote: a node counts as written if
// the source shows it at the node's position. What a macro made stands at the place of the macro call and shows something else
// there; what it made of its operands counts like any code. An operand that a macro used several times is judged as one.
#include "frontend/analyse/passes.hpp"
#include "frontend/compiler.hpp"
#include "frontend/read/chars.hpp"
#include "gc/value/make.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>
#include <tuple>

namespace evjit::frontend {

namespace {

// Builtins without effects: to call one and drop the value is to do nothing (but perhaps raise).
constexpr std::string_view kPure[] = {
    "+", "-", "*", "/", "rem", "mod", "inc", "dec", "abs", "min", "max", "sum", "product", "=", "not=", "<", ">", "<=", ">=",
    "not", "identical?", "compare", "hash", "nil?", "empty?", "nonempty?", "pos?", "neg?", "even?", "odd?", "string", "keyword",
    "symbol", "number->string", "string/upcase", "string/downcase", "string/trim", "string/find", "string/contains?",
    "string/starts-with?", "string/ends-with?", "string/split", "string/join", "string/replace", "string/repeat", "string/format",
    "json/serialize", "json/pretty", "freeze", "thaw", "deep-freeze", "first", "second", "last", "rest", "butlast", "take", "drop",
    "slice", "reverse", "distinct", "flatten", "interpose", "partition", "zip", "nth", "get-in", "has?", "length", "count", "range",
    "list", "array", "@array", "struct", "@struct", "set", "@set", "keys", "values", "pairs", "from-pairs", "merge", "union",
    "intersection", "difference", "map-indexed", "frequencies", "identity"};

// Forms whose operands are a body.
constexpr std::string_view kBodies[] = {"(let",   "(let*",   "(letrec", "(fn",    "(defn", "(begin",
                                        "(do",    "(block",  "(while",  "(when",  "(unless"};

bool is_pure(std::string_view name) { return std::find(std::begin(kPure), std::end(kPure), name) != std::end(kPure); }

using Place = std::tuple<uint32_t, uint32_t, uint32_t>;
Place place(Span s) { return {s.file, s.line, s.col}; }

// The rest of the line from a position on.
std::string_view text_at(Span at) {
  std::string_view line = sources().line(at.file, at.line);
  size_t pos = 0;
  for (uint32_t col = 1; col < at.col && pos < line.size(); ++col) {
    size_t n;
    chars::decode(line, pos, &n);
    pos += n;
  }
  return line.substr(pos);
}

bool shows(std::string_view text, std::string_view word) {
  return text.substr(0, word.size()) == word &&
         (text.size() == word.size() || chars::is_ascii_delimiter(static_cast<unsigned char>(text[word.size()])));
}

bool is_written(const Var &v) {
  std::string_view text = text_at(v.span);
  return shows(text, v.name) || (text.substr(0, 1) == "@" && shows(text.substr(1), v.name));
}

class Warner {
public:
  Warner(AstUnit &ast, DiagSink &sink) : ast_(ast), sink_(sink) {}

  void run() {
    for (Lambda *l : ast_.lambdas)
      if (l->body)
        find_reads(l->body);
    std::vector<Node *> top = top_forms(ast_);
    for (Node *n : top)
      visit(n);
    for (Lambda *l : ast_.lambdas)
      if (l != ast_.top && l->body)
        visit(l->body);
  }

private:
  void find_reads(Node *n) {
    if (n->kind == NodeKind::Ref) {
      Var *v = node_as<Ref>(n).var;
      if (v)
        read_.insert(place(v->span));
    }
    each_child(n, [this](Node *c) { find_reads(c); });
  }
  bool is_read(const Var *v) const { return read_.count(place(v->span)) != 0; }

  void visit(Node *n) {
    if (n->kind == NodeKind::Define)
      check_binding(node_as<Define>(n));
    else if (n->kind == NodeKind::Match)
      check_arms(node_as<Match>(n));
    else if (n->kind == NodeKind::Seq)
      check_body(node_as<Seq>(n));
    each_child(n, [this](Node *c) { visit(c); });
  }

  // --- names that nobody reads ------------------------------------------------------------------------------------------

  // A parameter's pattern, a &named parameter, the name of a caught error: not let or def.
  static bool is_parameter(const Define &d) {
    Node *from = d.value->kind == NodeKind::Field ? node_as<Field>(d.value).object : d.value;
    return is_caught(d.value) || (from->kind == NodeKind::Ref && node_as<Ref>(from).var && node_as<Ref>(from).var->name.empty());
  }

  // Of a pattern only if none of its names is read: the others tell what is there.
  void check_binding(Define &d) {
    if (is_parameter(d))
      return;
    Var *first = nullptr;
    bool used = false;
    each_bound(d.target, [&](Var *v) {
      used = used || v->kind == VarKind::Top || v->name.empty() || v->name[0] == '_' || is_read(v) || !is_written(*v);
      first = first ? first : v;
    });
    if (used || !first)
      return;
    bool alone = d.target->kind == PatternKind::Bind;
    std::string message = !alone            ? "unused bindings: none of the names of this pattern is read"
                          : first->assigned ? "unused binding: " + first->name + " is assigned but never read"
                                            : "unused binding: " + first->name + " is never read";
    sink_.warning(alone ? first->span : d.target->span, code::UnusedBinding, message,
                  alone ? "call it _" + first->name + " if that is meant" : "write _ for what is not wanted");
  }

  // --- arms that never run ---------------------------------------------------------------------------------------------------

  static bool takes_everything(const Pattern *p) {
    if (p->kind == PatternKind::Or)
      return std::any_of(p->items.begin(), p->items.end(), takes_everything);
    return p->kind == PatternKind::Wild || p->kind == PatternKind::Bind;
  }
  const Pattern *arm_before(const Match &m, size_t i) const {
    const Pattern *own = m.arms[i].pattern;
    for (size_t k = 0; k < i; ++k) {
      const Pattern *p = m.arms[k].pattern;
      if (m.arms[k].guard)
        continue;
      if (takes_everything(p))
        return p;
      if (p->kind == PatternKind::Literal && own->kind == PatternKind::Literal && p->constant == own->constant)
        return p;
    }
    return nullptr;
  }

  // Literals that are atoms stand where their match stands, as do patterns that a macro made: the first kind has an excerpt of the
  // match, the second is not spoken of.
  void check_arms(Match &m) {
    if (!shows(text_at(m.span), "(match"))
      return;
    for (size_t i = 1; i < m.arms.size(); ++i)
      if (const Pattern *p = arm_before(m, i)) {
        bool all = takes_everything(p);
        std::string why = all ? "the pattern in front of it takes every value" : "an arm in front of it has the same literal";
        Note note{all ? "this arm takes every value: {at}" : "the other arm is at {at}", p->span};
        bool apart = place(p->span) != place(m.arms[i].pattern->span);
        sink_.warning(m.arms[i].pattern->span, code::UnreachableArm, "unreachable match arm: " + why, {},
                      apart ? std::vector<Note>{note} : std::vector<Note>{});
        return;
      }
  }

  // --- values that are dropped -------------------------------------------------------------------------------------------------

  void check_body(Seq &s) {
    for (size_t i = 0; i + 1 < s.body.size(); ++i)
      check_dropped(s.body[i]);
  }

  void dropped(Span at, const std::string &what) {
    sink_.warning(at, code::DiscardedValue, "discarded value: " + what + " has no effect here",
                  "a body's value is that of its last form; remove this form or use its value");
  }

  static bool is_bracket(std::string_view text) {
    size_t mark = text.substr(0, 1) == "@" ? 1 : 0;
    text.remove_prefix(mark);
    return text.substr(0, 2) == "b[" || (!text.empty() && std::string_view("[{|").find(text[0]) != std::string_view::npos);
  }

  // An atom has no position but that of the form around it, which must be one whose operands are a body.
  void check_dropped_atom(const Const &c, std::string_view around) {
    gc::Value v = ast_.constants[c.constant];
    bool is_body = std::any_of(std::begin(kBodies), std::end(kBodies), [&](std::string_view b) { return shows(around, b); });
    if (is_body && !v.is_nil() && !gc::is_symbol(v))
      dropped(c.span, gc::print_literal(v));
  }

  void check_dropped(Node *n) {
    std::string_view text = text_at(n->span);
    switch (n->kind) {
    case NodeKind::Const:
      return is_bracket(text) ? dropped(n->span, "this collection") : check_dropped_atom(node_as<Const>(n), text);
    case NodeKind::Ref: {
      Var *v = node_as<Ref>(n).var;
      if (v && !v->name.empty() && shows(text, v->name))
        dropped(n->span, "reading " + v->name);
      return;
    }
    case NodeKind::Fn:
      if (shows(text, "(fn"))
        dropped(n->span, "a function that nobody calls");
      return;
    case NodeKind::Literal:
      if (is_bracket(text))
        dropped(n->span, "this collection");
      return;
    case NodeKind::Call: {
      Node *callee = node_as<Call>(n).callee;
      if (callee->kind != NodeKind::Builtin)
        return;
      const std::string &name = node_as<Builtin>(callee).name;
      if (is_pure(name) && shows(text, "(" + name))
        dropped(n->span, name);
      return;
    }
    default:
      return;
    }
  }

  AstUnit &ast_;
  DiagSink &sink_;
  std::set<Place> read_; // places of the variables that are read
};

} // namespace

void find_warnings(AstUnit &ast, DiagSink &sink) { Warner(ast, sink).run(); }

} // namespace evjit::frontend
