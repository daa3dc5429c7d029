// Looking at forms: syntax objects taken apart and made, and the diagnostics about their shape.
#include "frontend/expand/expander.hpp"

namespace evjit::frontend {

Value Expander::datum_of(Value form) { return gc::is(form, Type::Syntax) ? form.as<gc::Syntax>()->datum : form; }

bool Expander::is_symbol(Value form) { return gc::is_symbol(datum_of(form)); }
bool Expander::is_symbol(Value form, std::string_view text) {
  Value d = datum_of(form);
  return gc::is_symbol(d) && gc::name_of(d) == text;
}
Value Expander::symbol_of(Value form) { return datum_of(form); }
uint32_t Expander::chain_of(Value form) { return gc::is(form, Type::Syntax) ? form.as<gc::Syntax>()->chain : 0; }
LiteralKind Expander::kind_of(Value form) {
  return gc::is(form, Type::Syntax) ? literal_kind(form) : LiteralKind::None;
}
bool Expander::is_list_form(Value form) {
  return gc::is(form, Type::Syntax) && literal_kind(form) == LiteralKind::None && gc::is_list(datum_of(form));
}

Span Expander::span_of(Value form, Span otherwise) {
  if (!gc::is(form, Type::Syntax))
    return otherwise;
  auto *s = form.as<gc::Syntax>();
  return s->line == 0 ? otherwise : Span{s->file, s->line, s->col};
}

std::vector<Value> Expander::items_of(Value form) {
  std::vector<Value> out;
  Value d = datum_of(form);
  for (; gc::is_pair(d); d = gc::tail(d))
    out.push_back(gc::head(d));
  if (gc::is_array(d))
    for (size_t i = 0; i < gc::array_length(d); ++i)
      out.push_back(gc::array_ref(d, i));
  return out;
}

Form Expander::open(Value syntax, Span at) {
  Form f{syntax, span_of(syntax, at), items_of(syntax), {}};
  if (!f.items.empty() && is_symbol(f.items[0]))
    f.name = text_of(f.items[0]);
  return f;
}

Value Expander::plain(Value form) { return keep(syntax_to_datum(m_, form, sink_)); }

Value Expander::syntax(Value datum, Span at, uint32_t chain, LiteralKind kind) {
  Value s = gc::make_syntax(m_, datum, chain, at.file, at.line, at.col);
  s.as()->h.aux = static_cast<uint32_t>(kind);
  return keep(s);
}
Value Expander::list_syntax(Span at, const std::vector<Value> &items) {
  return syntax(gc::make_list(m_, items.data(), items.size()), at);
}
Value Expander::symbol_syntax(std::string_view text, Span at) { return syntax(gc::symbol(text), at); }

std::string Expander::describe(Value form) {
  if (is_symbol(form))
    return text_of(form);
  DiagSink quiet;
  std::string text = gc::print_literal(syntax_to_datum(m_, form, quiet));
  constexpr size_t kLongest = 40;
  if (text.size() <= kLongest)
    return text;
  size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;
  return text.substr(0, end) + "...";
}

Node *Expander::fail(Span at, const char *code, std::string message, std::string hint) {
  ++errors_;
  sink_.error(at, code, std::move(message), std::move(hint));
  return nil(at);
}

Node *Expander::mismatch(Span at, const char *code, std::string what, std::string expected, std::string found) {
  fail(at, code, what + ": expected " + expected + ", got " + found);
  sink_.mismatch(std::move(expected), std::move(found));
  return nil(at);
}

Node *Expander::malformed(const Form &f, std::string detail) {
  std::string shape;
#define FORM(text, handler, kind, form_shape, doc)                                                                     \
  if (f.name == text)                                                                                                  \
    shape = form_shape;
#define NATIVE_MACRO(text, handler, form_shape, doc)                                                                   \
  if (f.name == text)                                                                                                  \
    shape = form_shape;
#include "frontend/expand/forms.def"
  if (detail.empty())
    return mismatch(f.at, code::BadForm, f.name, shape, std::to_string(f.operands()) + (f.operands() == 1 ? " operand" : " operands"));
  fail(f.at, code::BadForm, f.name + ": expected " + shape + ", " + detail);
  sink_.mismatch(std::move(shape), std::move(detail));
  return nil(f.at);
}

} // namespace evjit::frontend
