// Macros: definition, the expansion of a call, and what becomes of the result (04 sections 1 to 4).
//
// A transformer is an ordinary closure, compiled by compile_phase_one (phase.cpp) or of the precompiled prelude. It is called
// in a private scheduler. Its result is taken over by take_result: what came in through the arguments keeps its marks, all
// else gets the mark of this expansion and the place of the call.
#include "frontend/expand/expander.hpp"

#include "frontend/expand/expand_prims.hpp"
#include "gc/call.hpp"
#include "gc/errors.hpp"
#include "gc/value/syntax.hpp"

#include <utility>

namespace evjit::frontend {

namespace {
constexpr size_t kMaxExpansions = 200;
constexpr int kMaxResultDepth = 5000;
} // namespace

bool Expander::macro_params(const Form &f, Value list) {
  bool optional = false, rest = false;
  for (Value v : items_of(list)) {
    if (!is_symbol(v))
      return fail(span_of(v, f.at), code::BadParameters, f.name + ": macro parameters are plain names, got " + describe(v)), false;
    std::string text = text_of(v);
    bool bad = text == "&keys" || text == "&named" || (text[0] == '@' && text.size() > 1);
    if (bad)
      return fail(span_of(v, f.at), code::BadParameters, f.name + ": macro parameters know &opt and & only, got " + text), false;
    optional = optional || text == "&opt";
    rest = rest || text == "&";
  }
  return true;
}

Node *Expander::form_defmacro(Form &f) {
  if (f.operands() < 3 || !is_symbol(f[1]) || (!is_list_form(f[2]) && kind_of(f[2]) != LiteralKind::Array))
    return malformed(f, f.operands() < 3 ? "" : "got " + describe(f[1]) + " " + describe(f[2]));
  bool top = frame_->kind == FrameKind::Top && u_->lambda == u_->unit->top;
  MacroDef &d = macros_.emplace_back();
  d.name = text_of(f[1]);
  d.span = f.at;
  d.env = frame_;
  d.chain = chain_of(f.syntax);
  d.params = params_text(items_of(f[2]));
  if (f.size() > 4 && gc::is(datum_of(f[3]), Type::String))
    d.doc = gc::string_view_of(datum_of(f[3]));
  warn_special_name(f[1], f.at);
  if (macro_params(f, f[2])) {
    Value t = compile_phase_one(f, d.chain);
    if (t != gc::kAbsent) {
      values_.push(t);
      d.transformer = values_.size() - 1;
    }
  }
  Binding b{BindingKind::Macro};
  b.macro = &d;
  b.active = ++seq_;
  bind(frame_, f[1], b);
  d.seq = seq_;
  if (opts_.is_prelude && top && !u_->phase_one && d.transformer)
    return export_macro(f);
  return nil(f.at);
}

// The transformer as a function of the prelude's unit.
Node *Expander::export_macro(const Form &f) {
  Var *v = new_var("%%macro-" + text_of(f[1]), f.at, false);
  Node *fn = lambda(f, 2, text_of(f[1]));
  if (fn->kind == NodeKind::Fn)
    v->known_lambda = static_cast<Fn *>(fn)->lambda;
  u_->unit->exports.push_back({text_of(f[1]), v, true});
  return seq({define(v, fn, f.at), nil(f.at)}, f.at);
}

// --- expansion -----------------------------------------------------------------------------------------------------------------

Node *Expander::expand_call(Form &f, const Head &h) {
  struct Entry {
    std::vector<std::string> &names;
    Entry(std::vector<std::string> &n, const std::string &name) : names(n) { names.push_back(name); }
    ~Entry() { names.pop_back(); }
  } entry(expanding_, f.name);
  bool top = u_->at_top_level;
  if (expanding_.size() > kMaxExpansions) {
    if (reported_depth_)
      return nil(f.at);
    reported_depth_ = true;
    return fail(f.at, code::MacroMisuse,
                f.name + ": macro expansion is nested more than " + std::to_string(kMaxExpansions) + " deep (does it expand to itself?)");
  }
  Value result = gc::kNil;
  if (!expand_step(f, h, result))
    return nil(f.at);
  u_->at_top_level = top;
  return expr(result, f.at);
}

// For messages about a macro call that a macro made: the program names only the outer one.
std::string Expander::within() const {
  size_t n = expanding_.size();
  return n < 2 || expanding_[n - 2] == expanding_[n - 1] ? "" : " (in the expansion of " + expanding_[n - 2] + ")";
}

bool Expander::check_macro_arity(const Form &f, Value transformer) {
  const gc::FnProto *p = transformer.as<gc::Closure>()->proto;
  size_t got = f.operands(), most = p->max_args();
  if (got >= p->required && (got <= most || most == ~0u))
    return true;
  std::string want = most == ~0u          ? "at least " + std::to_string(p->required)
                     : most == p->required ? std::to_string(p->required)
                                           : std::to_string(p->required) + " to " + std::to_string(most);
  fail(f.at, code::MacroMisuse,
       "arity error: macro " + f.name + " expects " + want + " argument(s), got " + std::to_string(got) + within(),
       p->params && *p->params ? "its parameters: (" + f.name + " " + p->params + ")" : "");
  sink_.mismatch(want + " argument(s)", std::to_string(got));
  return false;
}

std::string Expander::error_text(Value payload) {
  if (gc::is_struct(payload)) {
    Value message = gc::struct_get(payload, "message");
    Value kind = gc::struct_get(payload, "error");
    if (gc::is_string(message))
      return (gc::is_keyword(kind) ? std::string(gc::name_of(kind)) + ": " : "") + std::string(gc::string_view_of(message));
  }
  return gc::is_string(payload) ? std::string(gc::string_view_of(payload)) : gc::print_literal(payload);
}

bool Expander::run_macro(Form &f, const Head &h, Value &result) {
  if (h.macro && h.macro->transformer == 0)
    return result = gc::kNil, true; // its definition was reported
  Value transformer = h.macro ? values_[h.macro->transformer] : h.transformer;
  if (!check_macro_arity(f, transformer))
    return false;
  uint32_t plain_chain = h.macro ? h.macro->chain : 0;
  Value answer;
  {
    gc::SyntaxContext context{chain_of(f.syntax), {f.at.file, f.at.line, f.at.col}};
    gc::SyntaxContext outer = gc::syntax_context();
    gc::syntax_context() = context;
    answer = run_isolated_call(m_, ev_, transformer, f.items.data() + 1, f.operands());
    gc::syntax_context() = outer;
  }
  if (answer.is_error()) {
    Value payload = m_.error;
    fail(f.at, code::MacroFailed, "macro " + f.name + " failed: " + error_text(payload) + within());
    return false;
  }
  uint32_t expansion = h.macro ? new_expansion(h.macro->env, h.macro->seq) : new_expansion(nullptr, 0);
  std::string problem;
  result = take_result(answer, expansion, plain_chain, f.at, problem, 0);
  if (problem.empty())
    return true;
  fail(f.at, code::MacroFailed, "macro " + f.name + " returned something that is not code: " + problem);
  return false;
}

// The elements of a list, array, set or struct, taken over, as a list or an immutable array.
Value Expander::take_items(Value v, uint32_t expansion, uint32_t plain_chain, Span at, std::string &problem, int depth) {
  gc::RootVector out(m_);
  auto add = [&](Value item) { out.push(take_result(item, expansion, plain_chain, at, problem, depth + 1)); };
  bool list = gc::is_list(v);
  if (list && !gc::list_length(v)) {
    problem = "an improper or cyclic list";
    return gc::kNil;
  }
  if (list) {
    for (; gc::is_pair(v) && problem.empty(); v = gc::tail(v))
      add(gc::head(v));
    return gc::make_list(m_, out.data(), out.size());
  }
  if (gc::is_array(v)) {
    for (size_t i = 0; i < gc::array_length(v) && problem.empty(); ++i)
      add(gc::array_ref(v, i));
  } else if (gc::is_struct(v)) {
    Value forms = gc::struct_forms(m_, v);
    for (size_t i = 0; i < gc::array_length(forms) && problem.empty(); ++i)
      add(gc::array_items(forms)[i]);
  } else if (gc::is_set(v)) {
    Value items = gc::set_items_array(m_, v);
    for (size_t i = 0; i < gc::array_length(items) && problem.empty(); ++i)
      add(gc::array_items(items)[i]);
  } else {
    for (unsigned char c : gc::bytes_view_of(v))
      out.push(Value::fixnum(c));
  }
  return gc::make_array(m_, out.data(), out.size());
}

Value Expander::take_result(Value v, uint32_t expansion, uint32_t plain_chain, Span at, std::string &problem, int depth) {
  if (depth > kMaxResultDepth || gc::stack_is_low(m_)) {
    problem = "data that is nested too deeply";
    return gc::kNil;
  }
  auto compound = [&](LiteralKind kind) {
    Value items = take_items(v, expansion, plain_chain, at, problem, depth);
    return syntax(items, at, chain(expansion, plain_chain), kind);
  };
  if (!v.is_object())
    return v.is_empty_list() ? syntax(v, at, chain(expansion, plain_chain)) : v;
  switch (v.as()->h.type) {
  case Type::Syntax:
    if (v.as()->h.flags & kTemplateMark)
      return syntax(datum_of(v), at, chain(expansion, chain_of(v)));
    return keep(v);
  case Type::Symbol:
    return syntax(v, at, chain(expansion, plain_chain));
  case Type::Float:
  case Type::Int64:
  case Type::Keyword:
  case Type::String:
    return keep(v);
  case Type::Pair:
    return compound(LiteralKind::None);
  case Type::Array:
  case Type::BigArray:
    return compound(LiteralKind::Array);
  case Type::MArray:
    return compound(LiteralKind::MArray);
  case Type::Struct:
  case Type::BigStruct:
    return compound(LiteralKind::Struct);
  case Type::MStruct:
    return compound(LiteralKind::MStruct);
  case Type::Set:
  case Type::BigSet:
    return compound(LiteralKind::Set);
  case Type::MSet:
    return compound(LiteralKind::MSet);
  case Type::Bytes:
    return compound(LiteralKind::Bytes);
  case Type::MBytes:
    return compound(LiteralKind::MBytes);
  case Type::MString:
    return syntax(gc::make_string(m_, gc::string_view_of(v)), at, 0, LiteralKind::MString);
  default:
    problem = "a " + std::string(gc::type_name(v)) + ", " + gc::print_literal(v);
    return gc::kNil;
  }
}

// --- standard macros written here ------------------------------------------------------------------------------------------------

Value Expander::macro_when(Form &f) {
  if (f.operands() < 1)
    return malformed(f), gc::kNil;
  std::vector<Value> body{symbol_syntax("begin", f.at)};
  body.insert(body.end(), f.items.begin() + 2, f.items.end());
  return list_syntax(f.at, {symbol_syntax("if", f.at), f[1], list_syntax(f.at, body), gc::kNil});
}

Value Expander::macro_unless(Form &f) {
  if (f.operands() < 1)
    return malformed(f), gc::kNil;
  std::vector<Value> body{symbol_syntax("begin", f.at)};
  body.insert(body.end(), f.items.begin() + 2, f.items.end());
  return list_syntax(f.at, {symbol_syntax("if", f.at), f[1], gc::kNil, list_syntax(f.at, body)});
}

Value Expander::macro_defn(Form &f) {
  if (f.operands() < 3 || !is_symbol(f[1]))
    return malformed(f, f.operands() < 3 ? "" : "the name must be a symbol, got " + describe(f[1])), gc::kNil;
  std::vector<Value> fn{symbol_syntax("fn", f.at)};
  fn.insert(fn.end(), f.items.begin() + 2, f.items.end());
  return list_syntax(f.at, {symbol_syntax("def", f.at), f[1], list_syntax(f.at, fn)});
}

// --- asking about macros ----------------------------------------------------------------------------------------------------------

Node *Expander::form_is_macro(Form &f) {
  if (f.operands() != 1)
    return malformed(f);
  Value name = is_tagged(f[1], "quote") ? items_of(f[1])[1] : f[1];
  if (!is_symbol(name))
    return constant(gc::kFalse, f.at);
  Head h = classify(name);
  bool special = h.kind == Head::Special && is_special_name(text_of(name));
  return constant(Value::boolean(h.kind != Head::Ordinary && !special), f.at);
}

Node *Expander::form_expand_macro(Form &f) {
  if (f.operands() != 1)
    return malformed(f);
  bool once = f.name == "expand-macro-1";
  if (!is_tagged(f[1], "quote"))
    return call_builtin(once ? "%%expand-macro-1" : "%%expand-macro", f.at, {expr(f[1], f.at)});
  Value form = items_of(f[1])[1];
  return quoted(expand_data(form, once), f.at);
}

Value Expander::expand_data(Value form, bool once) {
  if (!once)
    return full_expansion(form, 0);
  if (!is_list_form(form) || items_of(form).empty() || !is_symbol(items_of(form)[0]))
    return form;
  Form f = open(form, {});
  Head h = classify(f[0]);
  bool macro = h.kind == Head::Native || h.kind == Head::Macro || h.kind == Head::BuiltinMacro;
  Value result = gc::kNil;
  return macro && expand_step(f, h, result) ? result : form;
}

Value Expander::full_expansion(Value form, int depth) {
  if (depth > kMaxResultDepth || gc::stack_is_low(m_)) {
    if (!std::exchange(reported_depth_, true))
      fail(span_of(form, {}), code::TooDeep, "expand-macro: the expansion is nested too deeply");
    return gc::kNil;
  }
  for (size_t steps = 0; is_list_form(form); ++steps) {
    Form f = open(form, {});
    if (f.items.empty())
      return form;
    Head h = f.name.empty() ? Head{} : classify(f[0]);
    if (h.kind == Head::Ordinary || h.kind == Head::Special)
      return expand_parts(f, h.kind == Head::Special, depth);
    if (steps > kMaxExpansions) {
      fail(f.at, code::MacroMisuse, f.name + ": macro expansion is nested more than 200 deep");
      return gc::kNil;
    }
    if (!expand_step(f, h, form))
      return gc::kNil;
  }
  if (kind_of(form) == LiteralKind::None || kind_of(form) == LiteralKind::MString)
    return form;
  gc::RootVector out(m_);
  for (Value v : items_of(form))
    out.push(full_expansion(v, depth + 1));
  return syntax(gc::make_array(m_, out.data(), out.size()), span_of(form, {}), chain_of(form), kind_of(form));
}

// The operands of a form that are expressions, expanded; patterns, parameter lists and quoted data stay.
Value Expander::expand_parts(const Form &f, bool special, int depth) {
  std::vector<Value> out = f.items;
  auto from = [&](size_t first) {
    for (size_t i = first; i < out.size(); ++i)
      out[i] = full_expansion(out[i], depth + 1);
  };
  auto bindings = [&](Value list) {
    std::vector<Value> items = items_of(list);
    bool flat = kind_of(list) == LiteralKind::Array;
    for (size_t i = 0; i < items.size(); ++i) {
      if (flat && i % 2 == 1)
        items[i] = full_expansion(items[i], depth + 1);
      std::vector<Value> pair = flat ? std::vector<Value>{} : items_of(items[i]);
      if (pair.size() == 2) {
        pair[1] = full_expansion(pair[1], depth + 1);
        Value p = is_list_form(items[i]) ? gc::make_list(m_, pair.data(), 2) : gc::make_array(m_, pair.data(), 2);
        items[i] = syntax(p, span_of(items[i], f.at), chain_of(items[i]), kind_of(items[i]));
      }
    }
    Value d = flat ? gc::make_array(m_, items.data(), items.size()) : gc::make_list(m_, items.data(), items.size());
    return syntax(d, span_of(list, f.at), chain_of(list), kind_of(list));
  };
  if (!special) {
    from(0);
  } else if (f.name == "fn" || f.name == "def" || f.name == "var" || f.name == "assign") {
    from(2);
  } else if (f.name == "let" || f.name == "let*" || f.name == "letrec" || f.name == "if-let" || f.name == "when-let" ||
             f.name == "when-ok" || f.name == "parameterize") {
    if (out.size() > 1)
      out[1] = bindings(out[1]);
    from(2);
  } else if (f.name == "match") {
    for (size_t i = 1; i < out.size(); ++i) {
      bool guarded = i >= 2 && i + 3 < out.size() && is_symbol(out[i + 1], "when");
      if (guarded)
        out[i + 2] = full_expansion(out[i + 2], depth + 1);
      i += i == 1 ? 0 : guarded ? 3 : 1;
      if (i < out.size())
        out[i] = full_expansion(out[i], depth + 1);
    }
  } else if (f.name == "try" && out.size() > 1) {
    Form clause = open(out.back(), f.at);
    for (size_t i = 2; i < clause.size(); ++i)
      clause.items[i] = full_expansion(clause.items[i], depth + 1);
    std::vector<Value> handler = clause.items;
    from(1);
    out.back() = list_syntax(clause.at, handler);
  } else if (f.name != "quote" && f.name != "quasiquote" && f.name != "defmacro" && f.name != "define-macro" &&
             f.name != "begin-for-syntax" && f.name != "syntax-case" && f.name != "macro?" && f.name != "doc") {
    from(1);
  }
  return syntax(gc::make_list(m_, out.data(), out.size()), f.at, chain_of(f.syntax));
}

} // namespace evjit::frontend
