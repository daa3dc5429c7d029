// Lines from a terminal: editing, history and completion (libedit), or plain reading where the terminal can do no more.
//
// Waiting is the caller's: whenever a character is wanted, Client::wait_for_input is called on the same stack and may switch to other
// fibers. Nothing is read ahead of the line, so that a program that is run finds its own input on the descriptor.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace evjit::cli {

class LineEditor {
public:
  struct Client {
    virtual bool wait_for_input() = 0; // until standard input is readable; false: interrupted
    // What may stand in place of `word`, the last of `line`; sorted.
    virtual std::vector<std::string> complete(std::string_view line, std::string_view word) = 0;
    virtual ~Client() = default;
  };
  enum class Result { Line, Interrupted, End };

  virtual ~LineEditor() = default;
  virtual Result read(const std::string &prompt, std::string &line) = 0; // without the newline
  virtual void remember(const std::string &) {}                         // an entry, for the history
};

// `history`: the file, made with its folders when there is something to save; empty: none.
std::unique_ptr<LineEditor> make_line_editor(LineEditor::Client &client, const std::string &history);

} // namespace evjit::cli
