// Collection literals: constants where nothing has to be evaluated, else a call of the matching constructor primitive.
#include "frontend/analyse/walk.hpp"
#include "frontend/ir/builder.hpp"

#include "gc/value/make.hpp"

#include <algorithm>

namespace evjit::frontend::ir {

namespace {

std::string_view constructor(CollectionKind k) {
  switch (k) {
  case CollectionKind::Array:
    return "%%array";
  case CollectionKind::MArray:
    return "%%@array";
  case CollectionKind::Struct:
    return "%%struct";
  case CollectionKind::MStruct:
    return "%%@struct";
  case CollectionKind::Set:
    return "%%set";
  case CollectionKind::MSet:
    return "%%@set";
  case CollectionKind::Bytes:
    return "%%bytes";
  case CollectionKind::MBytes:
    return "%%@bytes";
  case CollectionKind::MString:
    return "%%@string";
  case CollectionKind::List:
    return "%%list";
  }
  return "";
}

} // namespace

// Arrays, lists and keyword-keyed structs of constants are built now. Others may raise (keys, bytes) or are mutable.
bool FunctionBuilder::constant_literal(Literal &lit, gc::Value &out) {
  bool is_struct = lit.collection == CollectionKind::Struct;
  if (!is_struct && lit.collection != CollectionKind::Array && lit.collection != CollectionKind::List)
    return false;
  gc::RootVector items(u_.mutator());
  for (Arg &a : lit.items) {
    gc::Value v;
    if (a.splice)
      return false;
    if (a.node->kind == NodeKind::Const && !node_as<frontend::Const>(a.node).fresh_copy)
      v = u_.ast_constant(node_as<frontend::Const>(a.node).constant);
    else if (a.node->kind != NodeKind::Literal || !constant_literal(node_as<Literal>(a.node), v))
      return false;
    if (is_struct && items.size() % 2 == 0 && !gc::is_keyword(v))
      return false;
    items.push(v);
  }
  gc::Mutator &m = u_.mutator();
  if (is_struct)
    out = gc::make_struct(m, items.data(), items.size() / 2);
  else if (lit.collection == CollectionKind::Array)
    out = gc::make_array(m, items.data(), items.size());
  else
    out = gc::make_list(m, items.data(), items.size());
  return true;
}

ValueId FunctionBuilder::build_literal(Literal &lit) {
  gc::Value known;
  if (constant_literal(lit, known))
    return constant(known);
  std::string_view make = constructor(lit.collection);
  if (std::none_of(lit.items.begin(), lit.items.end(), [](const Arg &a) { return a.splice; })) {
    Values items = arg_values(lit.items);
    return call_builtin(make, std::move(items));
  }
  ValueId array = spread_args(lit.items);
  if (lit.collection == CollectionKind::MArray)
    return array;
  ValueId callee = emit(Op::Const, {}, u_.builtin(make));
  return call_spread(callee, array, Want::Value);
}

} // namespace evjit::frontend::ir
