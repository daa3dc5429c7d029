// Operations on unshadowed builtins that have instructions of their own: arithmetic, comparison, simple predicates.
#include "frontend/analyse/walk.hpp"
#include "frontend/ir/builder.hpp"

#include "gc/value/make.hpp"

#include <algorithm>

namespace evjit::frontend::ir {

namespace {

struct BinaryRow {
  std::string_view name;
  Op op;
  bool folds; // n operands, from the left
};
constexpr BinaryRow kBinary[] = {
    {"+", Op::Add, true},     {"-", Op::Sub, true},     {"*", Op::Mul, true},     {"/", Op::Div, true},
    {"rem", Op::Rem, false},  {"mod", Op::Mod, false},  {"%add", Op::Add, false}, {"%sub", Op::Sub, false},
    {"%mul", Op::Mul, false}, {"%div", Op::Div, false}, {"%rem", Op::Rem, false}, {"%mod", Op::Mod, false},
    {"<", Op::Lt, false},     {"<=", Op::Le, false},    {">", Op::Gt, false},     {">=", Op::Ge, false},
    {"=", Op::Eq, false},     {"%lt", Op::Lt, false},   {"%le", Op::Le, false},   {"%gt", Op::Gt, false},
    {"%ge", Op::Ge, false},   {"%eq", Op::Eq, false},
};

struct TypeRow {
  std::string_view name;
  gc::Type type;
};
// Predicates that are true for exactly one heap type.
constexpr TypeRow kTypeTests[] = {
    {"keyword?", gc::Type::Keyword},
    {"%keyword?", gc::Type::Keyword}, {"symbol?", gc::Type::Symbol},    {"%symbol?", gc::Type::Symbol},
    {"float?", gc::Type::Float},     {"%float?", gc::Type::Float},     {"box?", gc::Type::Box},
    {"%box?", gc::Type::Box},
};

const BinaryRow *binary_row(std::string_view name) {
  auto it = std::find_if(std::begin(kBinary), std::end(kBinary), [&](const BinaryRow &r) { return r.name == name; });
  return it == std::end(kBinary) ? nullptr : it;
}
const TypeRow *type_row(std::string_view name) {
  auto it = std::find_if(std::begin(kTypeTests), std::end(kTypeTests), [&](const TypeRow &r) { return r.name == name; });
  return it == std::end(kTypeTests) ? nullptr : it;
}

// The builtin's own name: aliases share the primitive.
std::string_view builtin_name(const Builtin &b) { return b.prim ? std::string_view(b.prim->name) : std::string_view(b.name); }

bool is_test(Op op) { return info(op).result == Type::B; }

} // namespace

bool equal_by_bits(gc::Value v) {
  return (!v.is_fixnum() && !v.is_object()) || gc::is_keyword(v) || gc::is_symbol(v);
}

bool FunctionBuilder::is_bits_constant(Node *n) const {
  return n->kind == NodeKind::Const && !is_caught(n) && !node_as<frontend::Const>(n).fresh_copy &&
         equal_by_bits(u_.ast_constant(node_as<frontend::Const>(n).constant));
}

bool FunctionBuilder::is_keyword_constant(Node *n) const {
  return is_bits_constant(n) && gc::is_keyword(u_.ast_constant(node_as<frontend::Const>(n).constant));
}

// A B value, or false if the call is no inline test.
bool FunctionBuilder::inline_test(Call &c, ValueId &out) {
  if (c.callee->kind != NodeKind::Builtin || std::any_of(c.args.begin(), c.args.end(), [](Arg &a) { return a.splice; }))
    return false;
  std::string_view name = builtin_name(node_as<Builtin>(c.callee));
  size_t n = c.args.size();
  if (const BinaryRow *row = binary_row(name); row && n == 2 && is_test(row->op)) {
    ValueId a = value(c.args[0].node);
    ValueId b = value(c.args[1].node);
    bool by_bits = row->op == Op::Eq && (is_bits_constant(c.args[0].node) || is_bits_constant(c.args[1].node));
    out = emit(by_bits ? Op::Same : row->op, {a, b});
    return true;
  }
  if ((name == "not=" || name == "%ne") && n == 2) {
    ValueId a = value(c.args[0].node);
    ValueId b = value(c.args[1].node);
    ValueId eq = emit(Op::Eq, {a, b});
    out = emit(Op::Not, {eq});
    return true;
  }
  if (n != 1)
    return false;
  if (name == "not" || name == "%not") {
    ValueId b = test(c.args[0].node);
    out = emit(Op::Not, {b});
    return true;
  }
  if (name == "nil?" || name == "%nil?") {
    ValueId a = value(c.args[0].node);
    ValueId nil = imm(gc::kNil);
    out = emit(Op::Same, {a, nil});
    return true;
  }
  if ((name == "empty?" || name == "pair?") && node_as<Builtin>(c.callee).prim) {
    out = pair_test(c, name == "pair?");
    return true;
  }
  if (name == "pair?" && node_as<Builtin>(c.callee).prim) {
    out = pair_test(c);
    return true;
  }
  if (const TypeRow *row = type_row(name)) {
    ValueId a = value(c.args[0].node);
    out = emit(Op::HasType, {a}, static_cast<uint64_t>(row->type));
    return true;
  }
  return false;
}

ValueId FunctionBuilder::test(Node *n) {
  ValueId out = kNoValue;
  if (n->kind == NodeKind::Call) {
    Span saved = std::exchange(span_, n->span);
    bool done = inline_test(node_as<Call>(n), out);
    span_ = saved;
    if (done)
      return out;
  }
  ValueId v = value(n);
  return emit(Op::Truthy, {v});
}

// first and rest of a pair without a call; everything else goes to the primitive.
ValueId FunctionBuilder::pair_part(Call &c, Op op) {
  ValueId v = value(c.args[0].node);
  if (!live())
    return kNoValue;
  BlockId pair = new_block(), other = new_block(), join = new_block();
  ValueId result = add_param(join);
  branch_on(emit(Op::HasType, {v}, static_cast<uint64_t>(gc::Type::Pair)), pair, other);
  enter(pair);
  ValueId part = emit(op, {v});
  jump(join, {part});
  enter(other);
  ValueId called = emit(Op::CallPrim, {v}, u_.constant(u_.ast_constant(node_as<Builtin>(c.callee).constant)));
  jump(join, {called});
  enter(join);
  return result;
}

// pair? without a call, except for syntax objects, which count as what they wrap (04 section 3).
ValueId FunctionBuilder::pair_test(Call &c) {
  ValueId v = value(c.args[0].node);
  if (!live())
    return kNoValue;
  BlockId other = new_block(), syntax = new_block(), pair = new_block(), neither = new_block(), join = new_block();
  ValueId result = add_param(join, Type::B);
  ValueId is_pair = emit(Op::HasType, {v}, static_cast<uint64_t>(gc::Type::Pair));
  branch_on(is_pair, pair, other);
  enter(pair);
  jump(join, {is_pair});
  enter(other);
  ValueId is_syntax = emit(Op::HasType, {v}, static_cast<uint64_t>(gc::Type::Syntax));
  branch_on(is_syntax, syntax, neither);
  enter(neither);
  jump(join, {is_syntax});
  enter(syntax);
  ValueId called = emit(Op::CallPrim, {v}, u_.constant(u_.ast_constant(node_as<Builtin>(c.callee).constant)));
  ValueId answer = emit(Op::Truthy, {called});
  jump(join, {answer});
  enter(join);
  return result;
}

// pair? and empty? without a call, except where the value may be one that the primitive looks into: for pair? a syntax
// object, for empty? anything but a list.
ValueId FunctionBuilder::pair_test(Call &c, bool wants_pair) {
  ValueId v = value(c.args[0].node);
  if (!live())
    return kNoValue;
  BlockId pair = new_block(), other = new_block(), decided = new_block(), ask = new_block(), join = new_block();
  ValueId result = add_param(join, Type::B);
  ValueId is_pair = emit(Op::HasType, {v}, static_cast<uint64_t>(gc::Type::Pair));
  branch_on(is_pair, pair, other);
  enter(pair);
  ValueId known = wants_pair ? is_pair : emit(Op::Not, {is_pair});
  jump(join, {known});
  enter(other);
  ValueId no_pair;
  if (wants_pair) {
    no_pair = emit(Op::HasType, {v}, static_cast<uint64_t>(gc::Type::Syntax)); // false in `decided`
    branch_on(no_pair, ask, decided);
  } else {
    ValueId empty_list = imm(gc::kEmpty);
    no_pair = emit(Op::Same, {v, empty_list}); // true in `decided`
    branch_on(no_pair, decided, ask);
  }
  enter(decided);
  jump(join, {no_pair});
  enter(ask);
  ValueId called = emit(Op::CallPrim, {v}, u_.constant(u_.ast_constant(node_as<Builtin>(c.callee).constant)));
  ValueId answer = emit(Op::Truthy, {called});
  jump(join, {answer});
  enter(join);
  return result;
}

// get, nth and length. A constant keyword is a field, with a position cache; other keys may be indices of arrays.
bool FunctionBuilder::inline_access(Call &c, ValueId &out) {
  std::string_view name = node_as<Builtin>(c.callee).name; // not an alias: it would be denied by another name, or not at all
  size_t n = c.args.size();
  if (name == "length" && n == 1) {
    ValueId a = value(c.args[0].node);
    out = emit(Op::Length, {a});
    return true;
  }
  if (name == "nth" && n == 2) {
    Values args = arg_values(c.args);
    ValueId absent = imm(gc::kAbsent);
    out = emit(Op::Element, {args[1], args[0], absent}, 1);
    return true;
  }
  if (name != "get" || (n != 2 && n != 3))
    return false;
  bool is_field = is_keyword_constant(c.args[1].node);
  Values args = arg_values(c.args);
  if (n == 2)
    args.push_back(imm(gc::kAbsent));
  out = is_field ? emit(Op::Field, std::move(args), 1) : emit(Op::Element, std::move(args));
  return true;
}

bool FunctionBuilder::inline_call(Call &c, ValueId &out) {
  std::string_view name = builtin_name(node_as<Builtin>(c.callee));
  size_t n = c.args.size();
  const BinaryRow *row = binary_row(name);
  if (row && !is_test(row->op) && (n == 2 || (row->folds && n > 2))) {
    Values args = arg_values(c.args);
    out = args[0];
    for (size_t i = 1; i < n; ++i)
      out = emit(row->op, {out, args[i]});
    return true;
  }
  if ((name == "inc" || name == "dec") && n == 1) {
    ValueId a = value(c.args[0].node);
    ValueId one = imm(gc::Value::fixnum(1));
    out = emit(name == "inc" ? Op::Add : Op::Sub, {a, one});
    return true;
  }
  if ((name == "first" || name == "rest") && n == 1 && node_as<Builtin>(c.callee).prim) {
    out = pair_part(c, name == "first" ? Op::Head : Op::Tail);
    return true;
  }
  if (node_as<Builtin>(c.callee).prim && inline_access(c, out))
    return true;
  ValueId b = kNoValue;
  if (!inline_test(c, b))
    return false;
  out = as_value(b);
  return true;
}

} // namespace evjit::frontend::ir
