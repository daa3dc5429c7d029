// From AST to IR: one FunctionBuilder per function. Internal to frontend/ir; the topics are in build_*.cpp.
//
// Code is emitted into the current block `cur_`. After a terminator there is none (kNoBlock): then emit() does nothing and
// answers kNoValue, so dead code never reaches the IR and callers need no special case.
// A node is built for a `Want`: its value, its effect only, or as the tail of the function (then it ends in a terminator).
#pragma once

#include "frontend/compiler.hpp"
#include "frontend/ir/op_info.hpp"

#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace evjit::frontend::ir {

// Constants and builtins of the unit that is being built.
class UnitBuilder {
public:
  UnitBuilder(gc::Mutator &m, AstUnit &ast, Unit &unit) : m_(m), ast_(ast), unit_(unit) {}

  gc::Mutator &mutator() { return m_; }
  AstUnit &ast() { return ast_; }
  Unit &unit() { return unit_; }
  uint32_t constant(gc::Value v);               // index of v in the unit; shared when the bits are equal
  uint32_t builtin(std::string_view name);      // index of the builtin function of that name
  gc::Value ast_constant(uint32_t i) const { return ast_.constants[i]; }

private:
  gc::Mutator &m_;
  AstUnit &ast_;
  Unit &unit_;
  std::unordered_map<uint64_t, uint32_t> constants_;
  std::unordered_map<std::string, uint32_t> builtins_;
};

enum class Want : uint8_t { Value, Effect, Tail };

class FunctionBuilder {
public:
  FunctionBuilder(UnitBuilder &unit, Lambda &lambda, Function &out) : u_(unit), l_(lambda), f_(out) {}
  void run();

private:
  using Values = std::vector<ValueId>;

  // --- emitting (build_emit.cpp)
  BlockId new_block();
  ValueId add_param(BlockId b, Type t = Type::V);
  ValueId new_value(Type t);
  void enter(BlockId b) { cur_ = b; }
  void enter_join(BlockId b);                   // dead if nobody jumps there
  bool live() const { return cur_ != kNoBlock; }
  ValueId emit(Op op, Values operands = {}, uint64_t imm = 0);
  ValueId imm(gc::Value v) { return emit(Op::Imm, {}, v.bits); }
  ValueId constant(gc::Value v);                // immediate or from the unit's constants
  ValueId call_builtin(std::string_view name, Values args);
  ValueId as_value(ValueId b) { return emit(Op::BoolValue, {b}); }
  void jump(BlockId to, Values args = {});
  void branch_on(ValueId b, BlockId yes, BlockId no);
  ValueId finish(ValueId v, Want want);         // v is the node's value; Effect: unused
  bool is_referenced(BlockId b) const { return preds_[b] != 0; }

  // --- where control goes on after a node with several ways through it
  struct Join {
    BlockId block = kNoBlock;
    Want want = Want::Effect;
    ValueId param = kNoValue;
  };
  Join make_join(Want want);
  void build_into(Node *n, const Join &j);      // null: nil
  void value_into(ValueId v, const Join &j);
  ValueId end_join(const Join &j);

  // --- nodes (build_node.cpp)
  ValueId build(Node *n, Want want);            // null: nil
  ValueId value(Node *n) { return build(n, Want::Value); }
  void effect(Node *n) { build(n, Want::Effect); }
  ValueId build_const(const frontend::Const &c);
  ValueId build_seq(Seq &s, Want want);
  ValueId build_fn(Fn &fn);
  ValueId build_scope(Scope &s, Want want);
  void patch_closures(Var *v, ValueId value);

  // --- variables (build_vars.cpp)
  struct Place {
    enum Kind : uint8_t { None, Value, Local, Cell } kind = None;
    uint32_t id = 0; // ValueId (of the value or the cell) or local number
  };
  void prepare(Var *v);                         // at the entry of its scope
  void define(Var *v, ValueId value);
  void assign(Var *v, ValueId value);
  ValueId read(Var *v);
  ValueId read_ref(const Ref &r);
  ValueId capture_source(Var *v);               // what a closure made here stores for v
  uint32_t capture_index(Var *v) const;
  uint32_t name_constant(const Var *v);

  // --- calls and literals (build_call.cpp, build_inline.cpp, build_literal.cpp)
  ValueId build_call(Call &c, Want want);
  ValueId build_spread_call(Call &c, Want want);
  ValueId build_apply(Call &c, Want want);
  ValueId build_self_call(Call &c);
  ValueId spread_args(const std::vector<Arg> &args);
  ValueId call_value(ValueId callee, Values args, Want want);
  ValueId call_spread(ValueId callee, ValueId array, Want want);
  Values arg_values(const std::vector<Arg> &args);
  bool inline_call(Call &c, ValueId &out);      // arithmetic and predicates on unshadowed builtins
  bool inline_test(Call &c, ValueId &out);      // the same, answering a B value
  bool inline_access(Call &c, ValueId &out);    // get, nth, length
  bool is_bits_constant(Node *n) const;         // `=` to it is identity of bits
  bool is_keyword_constant(Node *n) const;
  ValueId test(Node *n);                        // the B value: is n truthy
  ValueId pair_part(Call &c, Op op);
  ValueId pair_test(Call &c, bool wants_pair);
  ValueId pair_test(Call &c);
  ValueId build_literal(Literal &lit);
  bool constant_literal(Literal &lit, gc::Value &out);

  // --- control (build_control.cpp, build_guard.cpp)
  void branch(Node *n, BlockId yes, BlockId no); // test position: no booleans are made
  void branch_parts(const std::vector<Node *> &parts, BlockId yes, BlockId no, bool is_and);
  ValueId build_if(If &n, Want want);
  ValueId build_and_or(const std::vector<Node *> &parts, Want want, bool is_and);
  ValueId build_block(frontend::Block &b, Want want);
  ValueId build_break(Break &b);
  void leave_regions(size_t depth);
  ValueId build_loop(Loop &l, Want want);
  bool enter_handler(BlockId handler);
  ValueId region_value(Node *body, BlockId handler);
  void pass_unwinding(ValueId error);
  ValueId build_try(Try &t, Want want);
  void build_muffled_body();
  ValueId build_protect(Protect &p);
  ValueId build_defer(Defer &d);
  ValueId build_parameterize(Parameterize &p);

  // --- patterns (build_match.cpp, build_destructure.cpp)
  ValueId build_match(Match &m, Want want);
  void match(Pattern *p, ValueId v, BlockId fail);
  void match_literal(Pattern *p, ValueId v, BlockId fail);
  void match_list(Pattern *p, ValueId v, BlockId fail);
  void match_array(Pattern *p, ValueId v, BlockId fail);
  void match_struct(Pattern *p, ValueId v, BlockId fail);
  void match_or(Pattern *p, ValueId v, BlockId fail);
  ValueId part(Op op, Values operands, uint64_t imm = 0); // emit, or what an earlier arm has computed
  void enter_alternative(BlockId fail);
  void build_arm(Arm &arm, ValueId subject, BlockId next, const Join &j);
  void build_arm_group(std::span<Arm> arms, ValueId subject, const Join &j);
  void require(ValueId b, BlockId fail);        // go on if b, else to fail
  void require_type(ValueId v, gc::Type t, BlockId fail);
  void destructure(Pattern *p, ValueId v);
  void destructure_list(Pattern *p, ValueId v);
  void destructure_array(Pattern *p, ValueId v);
  void destructure_struct(Pattern *p, ValueId v);
  void destructure_lenient(Pattern *p, ValueId v);
  ValueId struct_rest(Pattern *p, ValueId v);

  // Something that a break out of a region must undo.
  struct Undo {
    enum Kind : uint8_t { Params, Shield } kind;
    ValueId value;
  };
  struct BreakTarget {
    frontend::Block *node;
    Join join;
    size_t undo_depth;
  };
  // A part or test of the subject that later arms may use too. Bit d of `holds`: it was emitted before anything jumped to the
  // failure block of depth d, so it dominates that block.
  struct Known {
    Op op;
    Values operands;
    uint64_t imm;
    ValueId result;
    uint64_t holds;
  };
  struct Patch { // a closure that was made before the function it captures
    ValueId closure;
    uint32_t index;
    Var *var;
  };

  UnitBuilder &u_;
  Lambda &l_;
  Function &f_;
  BlockId cur_ = kNoBlock;
  BlockId handler_ = kNoBlock;                  // error edge of what is emitted now
  BlockId head_ = kNoBlock;                     // self tail calls jump here
  Span span_;
  std::vector<uint32_t> preds_;
  std::unordered_map<Var *, Place> places_;
  std::vector<BreakTarget> targets_;
  std::vector<Undo> undo_;
  std::vector<Patch> patches_;
  std::vector<Known> known_;                    // of the innermost match
  std::vector<BlockId> fails_;                  // its failure blocks, outermost first
  Values proven_;                               // tests that are true wherever the current arms go on
  ValueId caught_ = kNoValue;                   // in a handler: the error
};

bool equal_by_bits(gc::Value v); // nil, booleans, (), keywords, symbols: `=` to it is identity of bits
void clean_up(Function &f); // cleanup.cpp: drops what is unreachable or unused, merges straight lines, orders the blocks

} // namespace evjit::frontend::ir
