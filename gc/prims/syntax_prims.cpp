// Syntax objects (04 section 5), and what compiled syntax-case calls.
#include "gc/prims/prim_util.hpp"
#include "gc/prims/prims.hpp"
#include "gc/roots/root.hpp"
#include "gc/value/syntax.hpp"

using namespace evjit::gc;

static Value datum_of(Value v) { return is(v, Type::Syntax) ? v.as<Syntax>()->datum : v; }
static bool is_list_syntax(Value v) {
  return is(v, Type::Syntax) && literal_kind(v) == LiteralKind::None && is_list(datum_of(v));
}

EVJIT_PRIM(evrt_syn_p) { return Value::boolean(is(args[0], Type::Syntax)); }
EVJIT_PRIM(evrt_syn_pair_p) { return Value::boolean(is_list_syntax(args[0]) && is_pair(datum_of(args[0]))); }
EVJIT_PRIM(evrt_syn_list_p) { return Value::boolean(is_list_syntax(args[0])); }
EVJIT_PRIM(evrt_syn_symbol_p) { return Value::boolean(is(args[0], Type::Syntax) && is_symbol(datum_of(args[0]))); }
EVJIT_PRIM(evrt_syn_keyword_p) { return Value::boolean(is(args[0], Type::Syntax) && is_keyword(datum_of(args[0]))); }
EVJIT_PRIM(evrt_syn_nil_p) { return Value::boolean(is(args[0], Type::Syntax) && datum_of(args[0]).is_nil()); }

EVJIT_PRIM(evrt_syn_to_list) {
  Value s = args[0];
  bool sequence = is(s, Type::Syntax) && (is_list_syntax(s) || is_array(datum_of(s)));
  if (!sequence)
    return type_error(m, "syntax->list", "syntax of a list", s, 0);
  auto *whole = s.as<Syntax>();
  RootVector items(m);
  auto add = [&](Value v) { // atoms too become syntax objects here
    bool wrapped = is(v, Type::Syntax);
    items.push(wrapped ? v : make_syntax(m, v, whole->chain, whole->file, whole->line, whole->col));
  };
  Value d = whole->datum;
  for (size_t i = 0; is_array(d) && i < array_length(d); ++i)
    add(array_ref(d, i));
  for (; is_pair(d); d = tail(d))
    add(head(d));
  return make_array(m, items.data(), items.size());
}

static Value nonempty_list(Mutator &m, const char *fn, Value s) {
  return is_list_syntax(s) && is_pair(datum_of(s)) ? datum_of(s) : type_error(m, fn, "syntax of a non-empty list", s, 0);
}
EVJIT_PRIM(evrt_syn_first) {
  Value list = nonempty_list(m, "syntax-first", args[0]);
  return is_pair(list) ? head(list) : list;
}
EVJIT_PRIM(evrt_syn_rest) {
  Value list = nonempty_list(m, "syntax-rest", args[0]);
  return is_pair(list) ? tail(list) : list;
}

EVJIT_PRIM(evrt_syn_e) {
  if (!is(args[0], Type::Syntax))
    return type_error(m, "syntax-e", "syntax", args[0], 0);
  Value d = datum_of(args[0]);
  bool atom = literal_kind(args[0]) == LiteralKind::None && !is_list(d);
  return atom ? d : args[0];
}

EVJIT_PRIM(evrt_syn_loc) {
  if (!is(args[0], Type::Syntax))
    return type_error(m, "syntax-loc", "syntax", args[0], 0);
  auto *s = args[0].as<Syntax>();
  if (s->line == 0)
    return kNil;
  std::string_view name = syntax_file_name ? syntax_file_name(s->file) : "";
  Value kv[6] = {keyword("file"), make_string(m, name),           keyword("line"),
                 Value::fixnum(s->line), keyword("col"), Value::fixnum(s->col)};
  return make_struct(m, kv, 3);
}

EVJIT_PRIM(evrt_syn_to_datum) {
  std::vector<SyntaxProblem> problems;
  Value datum = strip_syntax(m, args[0], problems);
  return problems.empty() ? datum : value_error(m, "syntax->datum", problems[0].message);
}

EVJIT_PRIM(evrt_syn_from_datum) {
  SyntaxContext context = syntax_context();
  if (is(args[0], Type::Syntax)) {
    auto *s = args[0].as<Syntax>();
    context = {s->chain, {s->file, s->line, s->col}};
  }
  Value wrapped = wrap_syntax(m, args[1], context.chain, context.at);
  return wrapped == kAbsent ? value_error(m, "datum->syntax", "the datum is cyclic or nested too deeply") : wrapped;
}

// --- syntax-case: the pattern language is described in frontend/expand/syntax_case.cpp ---------------------------------------

static bool match_syntax(Value v, Value pattern, RootVector &captured);

static bool match_parts(const std::vector<Value> &items, Value parts, Value rest, Mutator &m, RootVector &captured) {
  size_t n = array_length(parts);
  if (items.size() < n || (items.size() > n && rest.is_nil()))
    return false;
  for (size_t i = 0; i < n; ++i)
    if (!match_syntax(items[i], array_items(parts)[i], captured))
      return false;
  return rest.is_nil() || match_syntax(make_list(m, items.data() + n, items.size() - n), rest, captured);
}

static bool match_syntax(Value v, Value pattern, RootVector &captured) {
  if (is_keyword(pattern)) {
    if (name_of(pattern) == "var")
      captured.push(v);
    return true;
  }
  const Value *p = array_items(pattern);
  std::string_view tag = name_of(p[0]);
  Value d = datum_of(v);
  if (tag == "lit")
    return equal(d, p[1]);
  if (tag == "sym")
    return is_symbol(d) && name_of(d) == name_of(p[1]);
  bool wants_list = tag == "list";
  bool literal = is(v, Type::Syntax) && literal_kind(v) != LiteralKind::None && literal_kind(v) != LiteralKind::Array;
  if (literal || (wants_list ? !is_list(d) || !list_length(d) : !is_array(d)))
    return false;
  std::vector<Value> items; // reachable from v
  for (Value l = d; is_pair(l); l = tail(l))
    items.push_back(head(l));
  for (size_t i = 0; !wants_list && i < array_length(d); ++i)
    items.push_back(array_ref(d, i));
  return match_parts(items, p[1], p[2], current_mutator(), captured);
}

EVJIT_PRIM(evrt_syn_match) {
  RootVector captured(m);
  if (!match_syntax(args[0], args[1], captured))
    return kFalse;
  return make_array(m, captured.data(), captured.size());
}

EVJIT_PRIM(evrt_syn_no_match) {
  std::vector<SyntaxProblem> problems;
  return raise_error(m, "syntax-error", "syntax-case: no clause matches " + print_literal(strip_syntax(m, args[0], problems)));
}

// (environment): the struct of name value ..., without the names whose definition has not run.
EVJIT_PRIM(evrt_syn_environment) {
  RootVector kv(m);
  for (size_t i = 0; i + 1 < argc; i += 2)
    if (args[i + 1] != keyword("%unset")) {
      kv.push(args[i]);
      kv.push(args[i + 1]);
    }
  return make_struct(m, kv.data(), kv.size() / 2);
}

static const PrimDef kDefs[] = {
    {.name = "syntax?", EVJIT_PRIM_FN(evrt_syn_p), .arity = {1, 1}, .signals = sig::kSilent, .params = "x",
     .doc = "Is x a syntax object?", .example = "(syntax? 1) # => false", .aliases = "meta/syntax?"},
    {.name = "syntax-pair?", EVJIT_PRIM_FN(evrt_syn_pair_p), .arity = {1, 1}, .signals = sig::kSilent, .params = "x",
     .doc = "Does the syntax object x wrap a non-empty list?", .example = "(syntax-pair? 1) # => false",
     .aliases = "meta/syntax-pair?"},
    {.name = "syntax-list?", EVJIT_PRIM_FN(evrt_syn_list_p), .arity = {1, 1}, .signals = sig::kSilent, .params = "x",
     .doc = "Does the syntax object x wrap a list or ()?", .example = "(syntax-list? ()) # => false",
     .aliases = "meta/syntax-list?"},
    {.name = "syntax-symbol?", EVJIT_PRIM_FN(evrt_syn_symbol_p), .arity = {1, 1}, .signals = sig::kSilent, .params = "x",
     .doc = "Does the syntax object x wrap a symbol?", .example = "(syntax-symbol? 'a) # => false",
     .aliases = "meta/syntax-symbol?"},
    {.name = "syntax-keyword?", EVJIT_PRIM_FN(evrt_syn_keyword_p), .arity = {1, 1}, .signals = sig::kSilent, .params = "x",
     .doc = "Does the syntax object x wrap a keyword?", .example = "(syntax-keyword? :a) # => false",
     .aliases = "meta/syntax-keyword?"},
    {.name = "syntax-nil?", EVJIT_PRIM_FN(evrt_syn_nil_p), .arity = {1, 1}, .signals = sig::kSilent, .params = "x",
     .doc = "Does the syntax object x wrap nil?", .example = "(syntax-nil? nil) # => false", .aliases = "meta/syntax-nil?"},
    {.name = "syntax->list", EVJIT_PRIM_FN(evrt_syn_to_list), .arity = {1, 1}, .params = "s",
     .doc = "The elements of a syntax object that wraps a list, as an immutable array.",
     .example = "(length (syntax->list (datum->syntax nil '(a b)))) # => 2", .aliases = "meta/syntax->list"},
    {.name = "syntax-first", EVJIT_PRIM_FN(evrt_syn_first), .arity = {1, 1}, .params = "s",
     .doc = "The first element of a syntax object that wraps a non-empty list.",
     .example = "(syntax->datum (syntax-first (datum->syntax nil '(a b)))) # => a", .aliases = "meta/syntax-first"},
    {.name = "syntax-rest", EVJIT_PRIM_FN(evrt_syn_rest), .arity = {1, 1}, .params = "s",
     .doc = "The list of the elements behind the first.",
     .example = "(map syntax->datum (syntax-rest (datum->syntax nil '(a b c)))) # => (b c)", .aliases = "meta/syntax-rest"},
    {.name = "syntax-e", EVJIT_PRIM_FN(evrt_syn_e), .arity = {1, 1}, .params = "s",
     .doc = "The atom inside a syntax object; compound syntax as it is.",
     .example = "(syntax-e (datum->syntax nil 'a)) # => a", .aliases = "meta/syntax-e"},
    {.name = "syntax-loc", EVJIT_PRIM_FN(evrt_syn_loc), .arity = {1, 1}, .params = "s",
     .doc = "{:file :line :col} of a syntax object, nil if unknown.",
     .example = "(syntax-loc (datum->syntax nil 'a)) # => nil", .aliases = "meta/syntax-loc"},
    {.name = "syntax->datum", EVJIT_PRIM_FN(evrt_syn_to_datum), .arity = {1, 1}, .params = "s",
     .doc = "The plain datum of a syntax object, recursively; other values unchanged.",
     .example = "(syntax->datum '(a 1)) # => (a 1)", .aliases = "meta/syntax->datum"},
    {.name = "datum->syntax", EVJIT_PRIM_FN(evrt_syn_from_datum), .arity = {2, 2}, .params = "context datum",
     .doc = "The datum with the lexical context and location of the syntax object `context`.",
     .example = "(syntax->datum (datum->syntax (first (syntax->list (datum->syntax nil '(a)))) '(b c))) # => (b c)", .aliases = "meta/datum->syntax"},
    {.name = "%%syntax-match", EVJIT_PRIM_FN(evrt_syn_match), .arity = {2, 2}, .params = "value pattern"},
    {.name = "%%environment", EVJIT_PRIM_FN(evrt_syn_environment), .arity = {0, kAny}, .signals = sig::kSilent,
     .params = "& names-and-values"},
    {.name = "%%syntax-no-match", EVJIT_PRIM_FN(evrt_syn_no_match), .arity = {1, 1}, .params = "value"},
};
const std::span<const PrimDef> evjit::gc::kSyntaxPrims = kDefs;
