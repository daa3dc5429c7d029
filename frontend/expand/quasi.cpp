// quote and quasiquote (03 section 12). A template becomes literals and calls: a list template is a Literal of kind List, and so
// on; nested levels are kept as data. Inside a macro body a template symbol that another macro brought in keeps its chain: it
// becomes a Syntax with kTemplateMark, which take_result marks with the running expansion.
#include "frontend/expand/expander.hpp"

#include "gc/object/scan.hpp"

namespace evjit::frontend {

bool Expander::is_tagged(Value form, std::string_view tag) {
  if (!is_list_form(form))
    return false;
  Value d = datum_of(form);
  return gc::is_pair(d) && is_symbol(gc::head(d), tag) && gc::is_pair(gc::tail(d)) && gc::tail(gc::tail(d)).is_empty_list();
}

bool Expander::has_mutable(Value v, int depth) {
  constexpr int kDeepest = 200;
  if (depth > kDeepest)
    return true;
  if (!v.is_object())
    return false;
  switch (v.as()->h.type) {
  case Type::MArray:
  case Type::MStruct:
  case Type::MSet:
  case Type::MString:
  case Type::MBytes:
    return true;
  case Type::Pair:
    for (; gc::is_pair(v); v = gc::tail(v))
      if (has_mutable(gc::head(v), depth + 1))
        return true;
    return has_mutable(v, depth + 1);
  case Type::Array:
  case Type::BigArray:
  case Type::Struct:
  case Type::BigStruct:
  case Type::Set:
  case Type::BigSet:
    for (gc::Scan s(v); s.more();)
      if (has_mutable(s.next(), depth + 1))
        return true;
    return false;
  default:
    return false;
  }
}

Node *Expander::form_quote(Form &f) {
  if (f.operands() != 1)
    return malformed(f);
  return quoted(f[1], f.at);
}

// The datum with its foreign template symbols marked (phase one only).
Value Expander::template_datum(Value form) {
  Value d = datum_of(form);
  if (is_symbol(form)) {
    if (!u_->phase_one || chain_of(form) == u_->template_chain)
      return d;
    Span at = span_of(form, {});
    Value s = syntax(d, at, chain_of(form));
    s.as()->h.flags |= kTemplateMark;
    return s;
  }
  if (!is_list_form(form) && kind_of(form) != LiteralKind::Array)
    return plain(form);
  gc::RootVector out(m_);
  for (Value v : items_of(form))
    out.push(template_datum(v));
  return keep(is_list_form(form) ? gc::make_list(m_, out.data(), out.size()) : gc::make_array(m_, out.data(), out.size()));
}

Node *Expander::quoted(Value form, Span at) {
  Value d = template_datum(form);
  Node *n = constant(d, at);
  static_cast<Const *>(n)->fresh_copy = has_mutable(d);
  return n;
}

Node *Expander::form_quasiquote(Form &f) {
  if (f.operands() != 1)
    return malformed(f);
  return quasi(f[1], 1, f.at);
}

// Is anything in `form` evaluated at this level?
bool Expander::has_unquote(Value form, int level) {
  if (is_tagged(form, "unquote") || is_tagged(form, "unquote-splicing"))
    return level == 1 || has_unquote(items_of(form)[1], level - 1);
  if (is_tagged(form, "quasiquote"))
    return has_unquote(items_of(form)[1], level + 1);
  if (!is_list_form(form) && kind_of(form) == LiteralKind::None)
    return false;
  for (Value v : items_of(form))
    if (has_unquote(v, level))
      return true;
  return false;
}

namespace {

CollectionKind collection_of(LiteralKind k) {
  switch (k) {
  case LiteralKind::Array: return CollectionKind::Array;
  case LiteralKind::MArray: return CollectionKind::MArray;
  case LiteralKind::Struct: return CollectionKind::Struct;
  case LiteralKind::MStruct: return CollectionKind::MStruct;
  case LiteralKind::Set: return CollectionKind::Set;
  case LiteralKind::MSet: return CollectionKind::MSet;
  case LiteralKind::Bytes: return CollectionKind::Bytes;
  case LiteralKind::MBytes: return CollectionKind::MBytes;
  case LiteralKind::MString:
  case LiteralKind::None: break;
  }
  return CollectionKind::List;
}

} // namespace

Node *Expander::quasi(Value form, int level, Span at) {
  at = span_of(form, at);
  if (is_tagged(form, "unquote") && level == 1)
    return expr(items_of(form)[1], at);
  if (is_tagged(form, "unquote-splicing") && level == 1)
    return fail(at, code::BadUnquote, "unquote-splicing: ',;' must stand inside a list, array, set or bytes of the template");
  LiteralKind kind = kind_of(form);
  if (!has_unquote(form, level))
    return quoted(form, at);
  if (kind == LiteralKind::None)
    return quasi_list(form, level, at);
  bool is_struct = kind == LiteralKind::Struct || kind == LiteralKind::MStruct;
  std::vector<Value> items = items_of(form);
  if (is_struct && items.size() % 2 != 0)
    return fail(at, code::OddStruct, "struct literal: odd number of forms in a template, expected key value pairs");
  return quasi_items(items, level, at, collection_of(kind), !is_struct);
}

Node *Expander::quasi_list(Value form, int level, Span at) {
  if (is_tagged(form, "quasiquote"))
    ++level;
  else if (is_tagged(form, "unquote") || is_tagged(form, "unquote-splicing"))
    --level;
  return quasi_items(items_of(form), level, at, CollectionKind::List, true);
}

Node *Expander::quasi_items(const std::vector<Value> &items, int level, Span at, CollectionKind kind, bool splices) {
  auto *l = make<Literal>(NodeKind::Literal, at);
  l->collection = kind;
  for (Value v : items) {
    if (level == 1 && is_tagged(v, "unquote-splicing")) {
      if (!splices)
        return fail(span_of(v, at), code::BadUnquote, "unquote-splicing: ',;' is not allowed in a struct of a template");
      l->items.push_back({expr(items_of(v)[1], at), true});
    } else {
      l->items.push_back({quasi(v, level, at), false});
    }
  }
  return l;
}

} // namespace evjit::frontend
