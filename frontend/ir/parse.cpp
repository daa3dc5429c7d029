// Reads what print() writes (the format stands there). For tests and tools: a problem is one message with its line number.
#include "frontend/ir/op_info.hpp"
#include "frontend/read/reader.hpp"

#include "gc/call.hpp"
#include "gc/value/make.hpp"

#include <algorithm>
#include <cctype>

namespace evjit::frontend::ir {

namespace {

class Parser {
public:
  Parser(gc::Mutator &m, std::string_view text) : m_(m), text_(text), unit_(std::make_unique<Unit>(m)) {}

  std::unique_ptr<Unit> run(std::string &error) {
    while (error_.empty() && next_line())
      top_line();
    if (error_.empty() && function_)
      fail("`end` expected");
    error = error_;
    return error.empty() ? std::move(unit_) : nullptr;
  }

private:
  // --- one line at a time: `line_` is what is left of it -------------------------------------------------------------------
  bool next_line() {
    if (text_.empty())
      return false;
    size_t end = std::min(text_.find('\n'), text_.size());
    line_ = text_.substr(0, end);
    text_.remove_prefix(std::min(end + 1, text_.size()));
    ++line_number_;
    return true;
  }
  void fail(std::string what) {
    if (error_.empty())
      error_ = "line " + std::to_string(line_number_) + ": " + what;
  }
  void skip_space() {
    while (!line_.empty() && line_.front() == ' ')
      line_.remove_prefix(1);
    if (!line_.empty() && line_.front() == ';')
      line_ = {};
  }
  bool accept(std::string_view word) {
    skip_space();
    if (!line_.starts_with(word))
      return false;
    line_.remove_prefix(word.size());
    return true;
  }
  void expect(std::string_view word) {
    if (!accept(word))
      fail("`" + std::string(word) + "` expected");
  }
  uint64_t number() {
    skip_space();
    uint64_t n = 0;
    size_t digits = 0;
    while (digits < line_.size() && std::isdigit(static_cast<unsigned char>(line_[digits])))
      n = n * 10 + static_cast<uint64_t>(line_[digits++] - '0');
    if (digits == 0)
      fail("number expected");
    line_.remove_prefix(digits);
    return n;
  }
  uint32_t number32() { return static_cast<uint32_t>(number()); }
  std::string_view word() {
    skip_space();
    size_t end = std::min(line_.find_first_of(" ,"), line_.size());
    std::string_view w = line_.substr(0, end);
    line_.remove_prefix(end);
    return w;
  }
  std::string quoted() {
    expect("\"");
    std::string out;
    while (error_.empty()) {
      if (line_.empty()) {
        fail("unterminated string");
        break;
      }
      char c = line_.front();
      line_.remove_prefix(1);
      if (c == '"')
        break;
      if (c == '\\' && line_.size() >= 3 && line_.front() == 'x') {
        out += static_cast<char>(std::stoi(std::string(line_.substr(1, 2)), nullptr, 16));
        line_.remove_prefix(3);
      } else if (c == '\\' && !line_.empty()) {
        out += line_.front();
        line_.remove_prefix(1);
      } else {
        out += c;
      }
    }
    return out;
  }

  // --- unit ----------------------------------------------------------------------------------------------------------------
  void top_line() {
    skip_space();
    if (line_.empty())
      return;
    if (function_)
      return function_line();
    if (accept("unit ")) {
      unit_->file = quoted();
      expect("slots");
      unit_->slot_count = number32();
    } else if (accept("slot ")) {
      unit_->slot_names.push_back(quoted());
    } else if (accept("export ")) {
      UnitExport e{};
      e.name = quoted();
      expect("slot");
      e.slot = number32();
      e.is_macro = accept("macro");
      unit_->exports.push_back(std::move(e));
    } else if (accept("const ")) {
      constant();
    } else if (accept("fn ")) {
      header();
    } else {
      fail("unknown line");
    }
  }

  void constant() {
    if (accept("builtin ")) {
      gc::Value f = gc::find_builtin(quoted());
      return f == gc::kAbsent ? fail("no such builtin") : unit_->constants.push(f);
    }
    DiagSink sink;
    gc::RootVector forms(m_);
    uint32_t file = sources().add({"<ir>", std::string(line_), SourceKind::Lisp});
    read_source(m_, file, sink, forms);
    if (sink.has_errors() || forms.size() != 1)
      return fail("literal expected");
    unit_->constants.push(syntax_to_datum(m_, forms[0], sink));
  }

  void header() {
    unit_->functions.push_back(std::make_unique<Function>());
    function_ = unit_->functions.back().get();
    Function &f = *function_;
    f.name = quoted();
    expect("@");
    f.span = span();
    expect("required");
    f.required = number32();
    expect("optional");
    f.optional = number32();
    expect("collector");
    f.collector = collector(word());
    expect("captures");
    f.captures = number32();
    expect("locals");
    f.locals = number32();
    expect("group");
    f.group = number32();
    expect("signals");
    f.signals = number();
    f.is_builtin = accept("builtin");
    f.has_doc = accept("doc");
    if (f.has_doc)
      f.doc = quoted();
    expect("params");
    f.params_text = quoted();
    while (accept("named"))
      f.named.push_back(quoted());
  }
  gc::Collector collector(std::string_view name) {
    static constexpr std::string_view kNames[] = {"none", "rest", "keys", "named"};
    auto it = std::find(std::begin(kNames), std::end(kNames), name);
    if (it == std::end(kNames))
      fail("unknown collector");
    return static_cast<gc::Collector>(it - std::begin(kNames));
  }
  // [F:]L:C, in the function's file if F is missing
  Span span() {
    uint32_t parts[3] = {number32(), 0, 0};
    size_t n = 1;
    while (n < 3 && accept(":"))
      parts[n++] = number32();
    return n == 3 ? Span{parts[0], parts[1], parts[2]} : Span{function_->span.file, parts[0], parts[1]};
  }

  // --- functions -----------------------------------------------------------------------------------------------------------
  void function_line() {
    if (accept("end")) {
      finish_function();
      function_ = nullptr;
      return;
    }
    if (line_.front() == 'b' && line_.find(':') != std::string_view::npos && !line_.starts_with("branch ") &&
        !line_.starts_with("bool_"))
      return block();
    if (function_->blocks.empty())
      return fail("instruction outside a block");
    instruction();
  }

  void set_type(ValueId v, Type t) {
    if (v > kMaxValues)
      return fail("value number too large");
    auto &types = function_->value_types;
    if (types.size() <= v)
      types.resize(v + 1, Type::N);
    types[v] = t;
  }
  void finish_function() { function_->next_value = static_cast<ValueId>(function_->value_types.size()); }

  ValueId value() {
    expect("v");
    return number32();
  }
  BlockId block_id() {
    expect("b");
    return number32();
  }

  void block() {
    if (block_id() != function_->blocks.size())
      return fail("blocks are numbered in order");
    Block b;
    if (accept("(")) {
      do {
        BlockParam p{value(), Type::V};
        expect(":");
        if (accept("B"))
          p.type = Type::B;
        else
          expect("V");
        set_type(p.id, p.type);
        b.params.push_back(p);
      } while (accept(",") && error_.empty());
      expect(")");
    }
    b.is_loop_head = accept("loop");
    expect(":");
    function_->blocks.push_back(std::move(b));
  }

  void instruction() {
    Inst i{};
    if (line_.front() == 'v') {
      i.result = value();
      expect("=");
    }
    std::string_view name = word();
    auto row = std::find_if(std::begin(kOpInfo), std::end(kOpInfo), [&](const OpInfo &r) { return r.text == name; });
    if (row == std::end(kOpInfo))
      return fail("unknown operation " + std::string(name));
    i.op = static_cast<Op>(row - kOpInfo);
    if (i.result != kNoValue)
      set_type(i.result, row->result);
    first_ = true;
    while (error_.empty() && next_is_value())
      i.operands.push_back(value());
    if (row->imm != Imm::None)
      i.imm = immediate(row->imm);
    for (size_t t = 0; t < target_count(i.op); ++t)
      i.targets[t] = target();
    if (accept("!"))
      i.error = block_id();
    if (accept("@"))
      i.span = span();
    skip_space();
    if (!line_.empty())
      fail("something is left on the line");
    function_->blocks.back().insts.push_back(std::move(i));
  }

  void separator() {
    if (!first_)
      expect(",");
    first_ = false;
    skip_space();
  }
  bool next_is_value() {
    std::string_view saved = line_;
    if (first_ || accept(",")) {
      skip_space();
      if (line_.size() > 1 && line_[0] == 'v' && std::isdigit(static_cast<unsigned char>(line_[1]))) {
        first_ = false;
        return true;
      }
    }
    line_ = saved;
    return false;
  }

  Target target() {
    separator();
    Target t;
    t.block = block_id();
    if (accept("(")) {
      do
        t.args.push_back(value());
      while (accept(",") && error_.empty());
      expect(")");
    }
    return t;
  }

  uint64_t immediate(Imm kind) {
    separator();
    if (kind == Imm::Bits)
      return bits();
    if (kind == Imm::Type)
      return type(word());
    if (kind == Imm::Const)
      expect("#");
    if (kind == Imm::Fn)
      expect("$");
    return number();
  }
  uint64_t bits() {
    static constexpr std::pair<std::string_view, gc::Value> kNames[] = {
        {"nil", gc::kNil}, {"true", gc::kTrue},   {"false", gc::kFalse},
        {"()", gc::kEmpty}, {"unset", gc::kUnset}, {"absent", gc::kAbsent}};
    for (auto [name, v] : kNames)
      if (accept(name))
        return v.bits;
    bool negative = accept("-");
    auto n = static_cast<int64_t>(number());
    return gc::Value::fixnum(negative ? -n : n).bits;
  }
  uint64_t type(std::string_view name) {
    static constexpr std::string_view kNames[] = {
#define X(name, keyword, trace) #name,
#include "gc/object/types.def"
#undef X
    };
    auto it = std::find(std::begin(kNames), std::end(kNames), name);
    if (it == std::end(kNames))
      fail("unknown type");
    return static_cast<uint64_t>(it - std::begin(kNames));
  }

  static constexpr ValueId kMaxValues = 1u << 24;

  gc::Mutator &m_;
  std::string_view text_, line_;
  size_t line_number_ = 0;
  std::string error_;
  bool first_ = true;
  std::unique_ptr<Unit> unit_;
  Function *function_ = nullptr;
};

} // namespace

std::unique_ptr<Unit> parse(gc::Mutator &m, std::string_view text, std::string &error) { return Parser(m, text).run(error); }

} // namespace evjit::frontend::ir
