// Tokens of a source (01 section 1). See lexer.cpp.
#pragma once

#include "frontend/diag/diag.hpp"
#include "gc/value/make.hpp"

#include <string>
#include <string_view>

namespace evjit::frontend {

enum class TokenKind : uint8_t {
  Open,    // ( [ { @[ @{ @| b[ @b[: `open` says which
  Close,   // ) ] }: `closer`
  Bar,     // | opens or closes a set: the reader knows
  Prefix,  // ' ` , ,; ;: `value` is the symbol that heads the list
  Atom,    // `value`: number, string, keyword, symbol, nil, true, false
  MString, // `value`: the string
  Bad,     // reported already; stands for one datum
  End,
};

enum class Opener : uint8_t { List, Array, MArray, Struct, MStruct, Set, MSet, Bytes, MBytes };
const char *opener_text(Opener o); // "(" "@[" ...
const char *opener_name(Opener o); // "list" "array" ...
char closer_of(Opener o);

struct Token {
  TokenKind kind = TokenKind::End;
  Span at;
  bool first_on_line = false; // only white space in front, and the line did not start within a string
  Opener open = Opener::List;
  char closer = 0;
  gc::Value value = gc::kNil;
};

// Cuts text[begin, end) into tokens; `line` is the line that begin is on.
class Lexer {
public:
  Lexer(gc::Mutator &m, uint32_t file, std::string_view text, size_t begin, size_t end, uint32_t line, DiagSink &sink)
      : m_(m), sink_(sink), text_(text.substr(0, end)), file_(file), pos_(begin), line_(line), line_start_(begin),
        mark_(begin) {}

  Token next();
  Span here() { return {file_, line_, column(pos_)}; }
  uint32_t indentation(); // column of the first character of the current line that is no white space
  bool string_was_open() const { return string_was_open_; } // the input ended within a string

private:
  void skip_blank();
  void newline();
  uint32_t column(size_t pos);
  int peek(size_t ahead = 0) const { return pos_ + ahead < text_.size() ? static_cast<unsigned char>(text_[pos_ + ahead]) : -1; }
  uint32_t code_point(size_t pos, size_t *bytes) const;
  bool ends_token(size_t pos) const;
  bool symstart_at(size_t pos) const;
  size_t name_end(size_t pos) const;

  void open(Token &t, Opener o, size_t bytes);
  void prefix(Token &t, const char *head, size_t bytes);
  void at_sign(Token &t);
  void keyword(Token &t);
  void number(Token &t);
  void symbol(Token &t);
  void string(Token &t, TokenKind kind);
  void escape(std::string &out);
  void hex_escape(std::string &out, Span at);
  void unicode_escape(std::string &out, Span at);

  gc::Mutator &m_;
  DiagSink &sink_;
  std::string_view text_; // up to the end of the segment
  uint32_t file_;
  size_t pos_;
  uint32_t line_;
  size_t line_start_;
  size_t mark_;            // column() has counted up to here
  uint32_t mark_col_ = 1;
  bool fresh_line_ = true; // nothing but white space since line_start_
  bool string_was_open_ = false;
};

} // namespace evjit::frontend
