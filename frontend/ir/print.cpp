// IR as text: what `evjit --dump ir` shows and parse() reads back. Line by line:
//
//   unit "FILE" slots N
//   slot "NAME"                            in slot order
//   export "NAME" slot N [macro]
//   const LITERAL | const builtin "NAME"   in index order
//   fn "NAME" @F:L:C required N optional N collector C captures N locals N group N signals N [builtin] [doc "..."]
//      params "..." [named "..." ...]      (one line)
//   bN(vN:V, vN:B) [loop]:
//     vN = op operands, imm !bN @L:C       (imm: a value, #constant, index, $function or a type)
//     branch v1, bN, bN                    (jump targets carry arguments: bN(v1, v2))
//   end                                    behind each function
//
// A `;` starts a comment.
#include "frontend/ir/op_info.hpp"

#include "gc/value/make.hpp"

namespace evjit::frontend::ir {

namespace {

std::string quoted(std::string_view s) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (char c : s) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += '\\', out += c;
    else if (byte < 0x20)
      out += "\\x", out += kHex[byte >> 4], out += kHex[byte & 15];
    else
      out += c;
  }
  return out + '"';
}

std::string_view type_text(uint64_t type) {
  static constexpr std::string_view kNames[] = {
#define X(name, keyword, trace) #name,
#include "gc/object/types.def"
#undef X
  };
  return type < std::size(kNames) ? kNames[type] : "?";
}

std::string immediate_text(gc::Value v) {
  if (v.is_fixnum())
    return std::to_string(v.as_fixnum());
  if (v == gc::kUnset)
    return "unset";
  if (v == gc::kAbsent)
    return "absent";
  return v == gc::kNil ? "nil" : v == gc::kTrue ? "true" : v == gc::kFalse ? "false" : v == gc::kEmpty ? "()" : "?";
}

std::string constant_text(gc::Value v) {
  if (gc::is_closure(v) && v.as<gc::Closure>()->proto->name)
    return "builtin " + quoted(v.as<gc::Closure>()->proto->name);
  return gc::print_literal(v);
}

class Printer {
public:
  explicit Printer(const Unit &u) : u_(u) {}

  std::string run() {
    out_ = "unit " + quoted(u_.file) + " slots " + std::to_string(u_.slot_count) + "\n";
    for (const std::string &s : u_.slot_names)
      out_ += "slot " + quoted(s) + "\n";
    for (const UnitExport &e : u_.exports)
      out_ += "export " + quoted(e.name) + " slot " + std::to_string(e.slot) + (e.is_macro ? " macro" : "") + "\n";
    for (size_t i = 0; i < u_.constants.size(); ++i)
      out_ += "const " + constant_text(u_.constants[i]) + "\n";
    for (const auto &f : u_.functions)
      function(*f);
    return std::move(out_);
  }

private:
  void number(std::string_view key, uint64_t n) {
    out_ += ' ';
    out_ += key;
    out_ += ' ';
    out_ += std::to_string(n);
  }

  void span(Span s) {
    if (s.line == 0)
      return;
    out_ += " @";
    if (s.file != file_)
      out_ += std::to_string(s.file) + ":";
    out_ += std::to_string(s.line) + ":" + std::to_string(s.col);
  }

  void function(const Function &f) {
    static constexpr std::string_view kCollectors[] = {"none", "rest", "keys", "named"};
    out_ += "\nfn " + quoted(f.name) + " @" + std::to_string(f.span.file) + ":" + std::to_string(f.span.line) + ":" +
            std::to_string(f.span.col);
    file_ = f.span.file;
    number("required", f.required);
    number("optional", f.optional);
    out_ += " collector ";
    out_ += kCollectors[static_cast<size_t>(f.collector)];
    number("captures", f.captures);
    number("locals", f.locals);
    number("group", f.group);
    number("signals", f.signals);
    if (f.is_builtin)
      out_ += " builtin";
    if (f.has_doc)
      out_ += " doc " + quoted(f.doc);
    out_ += " params " + quoted(f.params_text);
    for (const std::string &n : f.named)
      out_ += " named " + quoted(n);
    out_ += "\n";
    for (size_t b = 0; b < f.blocks.size(); ++b)
      block(f.blocks[b], b);
    out_ += "end\n";
  }

  void block(const Block &b, size_t index) {
    out_ += "b" + std::to_string(index);
    for (size_t i = 0; i < b.params.size(); ++i)
      out_ += (i == 0 ? "(" : ", ") + value(b.params[i].id) + (b.params[i].type == Type::B ? ":B" : ":V");
    out_ += b.params.empty() ? "" : ")";
    out_ += b.is_loop_head ? " loop:\n" : ":\n";
    for (const Inst &i : b.insts)
      inst(i);
  }

  static std::string value(ValueId v) { return "v" + std::to_string(v); }

  void item(std::string text) {
    out_ += first_ ? " " : ", ";
    out_ += text;
    first_ = false;
  }

  void inst(const Inst &i) {
    const OpInfo &row = info(i.op);
    out_ += "  ";
    if (i.result != kNoValue)
      out_ += value(i.result) + " = ";
    out_ += row.text;
    first_ = true;
    for (ValueId v : i.operands)
      item(value(v));
    if (row.imm != Imm::None)
      item(imm(row.imm, i.imm));
    for (size_t t = 0; t < target_count(i.op); ++t)
      item(target(i.targets[t]));
    if (i.error != kNoBlock)
      out_ += " !b" + std::to_string(i.error);
    span(i.span);
    comment(row.imm, i.imm);
    out_ += "\n";
  }

  static std::string target(const ir::Target &t) {
    std::string s = "b" + std::to_string(t.block);
    for (size_t i = 0; i < t.args.size(); ++i)
      s += (i == 0 ? "(" : ", ") + value(t.args[i]);
    return t.args.empty() ? s : s + ")";
  }

  static std::string imm(Imm kind, uint64_t v) {
    switch (kind) {
    case Imm::None:
      return "";
    case Imm::Bits:
      return immediate_text(gc::Value::from_bits(v));
    case Imm::Const:
      return "#" + std::to_string(v);
    case Imm::Index:
      return std::to_string(v);
    case Imm::Fn:
      return "$" + std::to_string(v);
    case Imm::Type:
      return std::string(type_text(v));
    }
    return "";
  }

  // What a number stands for, where that fits on the line.
  void comment(Imm kind, uint64_t v) {
    std::string text;
    if (kind == Imm::Const && v < u_.constants.size())
      text = constant_text(u_.constants[v]);
    else if (kind == Imm::Fn && v < u_.functions.size())
      text = u_.functions[v]->name;
    if (!text.empty() && text.size() < 40 && text.find('\n') == std::string::npos)
      out_ += " ; " + text;
  }

  const Unit &u_;
  std::string out_;
  uint32_t file_ = 0;
  bool first_ = true;
};

} // namespace

std::string print(const Unit &u) { return Printer(u).run(); }

} // namespace evjit::frontend::ir
