// The printer's work list; private to gc/value (print.cpp, pretty.cpp).
#pragma once

#include "gc/object/scan.hpp"

#include <unordered_set>
#include <vector>

namespace evjit::gc {

class Printer {
public:
  explicit Printer(std::string &out) : out_(out) {}
  void literal(Value v);
  // For pretty printing: collections around what is printed next, so that cycles through them show.
  bool enter_outer(Value v) {
    if (!enter(v))
      return false;
    Frame f;
    f.object = v;
    frames_.push_back(std::move(f));
    return true;
  }
  void leave_outer() { leave(); }
  std::string &out() { return out_; }

private:
  struct Frame {
    Value object = kNil; // what is being printed
    const char *closer = "";
    Scan items;           // elements, for all but lists
    size_t printed = 0;
    Value list = kAbsent; // lists: what is left
  };
  static constexpr size_t kLinearPath = 24;

  void visit(Value v);
  void open(Value v);
  void open_syntax(Value v, Frame &f);
  void step();
  bool enter(Value v);
  void leave();

  std::string &out_;
  std::vector<Frame> frames_;
  std::unordered_set<uint64_t> deep_;
  size_t in_syntax_ = 0; // syntax objects being printed: those inside another show as plain data
};

} // namespace evjit::gc
