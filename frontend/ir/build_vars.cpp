// Variables: where each one lives and how it is reached.
//
//   Top                     a slot of the unit's instance
//   captured, and assigned
//   or early                a heap cell: made at the scope's entry when it may be reached before its definition, else at it
//   assigned, early, or
//   bound in several places a numbered local
//   everything else         the SSA value of its definition, which dominates every use
#include "frontend/ir/builder.hpp"

#include "base/assert.hpp"
#include "gc/value/make.hpp"

#include <algorithm>

namespace evjit::frontend::ir {

void FunctionBuilder::prepare(Var *v) {
  if (v->kind == VarKind::Top || !(v->early || v->multi))
    return;
  if (v->in_cell) {
    ValueId unset = imm(gc::kUnset);
    places_[v] = {Place::Cell, emit(Op::CellNew, {unset})};
    return;
  }
  auto &place = places_[v];
  if (place.kind == Place::None)
    place = {Place::Local, f_.locals++};
  if (v->early) {
    ValueId unset = imm(gc::kUnset);
    emit(Op::LocalSet, {unset}, place.id);
  }
}

void FunctionBuilder::define(Var *v, ValueId value) {
  if (v->kind == VarKind::Top) {
    emit(Op::SlotSet, {value}, v->slot);
    return;
  }
  Place &place = places_[v];
  if (v->in_cell) {
    if (v->early || v->multi)
      emit(Op::CellSet, {place.id, value});
    else
      place = {Place::Cell, emit(Op::CellNew, {value})};
    return;
  }
  if (v->assigned || v->early || v->multi) {
    if (place.kind == Place::None)
      place = {Place::Local, f_.locals++};
    emit(Op::LocalSet, {value}, place.id);
    return;
  }
  place = {Place::Value, value};
}

uint32_t FunctionBuilder::capture_index(Var *v) const {
  auto it = std::find(l_.captures.begin(), l_.captures.end(), v);
  EVJIT_CHECK(it != l_.captures.end(), "a variable of another function that is not captured");
  return static_cast<uint32_t>(it - l_.captures.begin());
}

void FunctionBuilder::assign(Var *v, ValueId value) {
  if (v->kind == VarKind::Top) {
    emit(Op::SlotSet, {value}, v->slot);
  } else if (v->in_cell) {
    ValueId cell = capture_source(v);
    emit(Op::CellSet, {cell, value});
  } else {
    Place &place = places_[v];
    if (place.kind == Place::None)
      place = {Place::Local, f_.locals++};
    emit(Op::LocalSet, {value}, place.id);
  }
}

ValueId FunctionBuilder::capture_source(Var *v) {
  if (v->owner != &l_) {
    if (v->known_lambda == &l_) {
      ValueId self = emit(Op::Self); // immutable, so a cell of its own is as good as the variable's
      return v->in_cell ? emit(Op::CellNew, {self}) : self;
    }
    return emit(Op::Capture, {}, capture_index(v));
  }
  const Place &place = places_[v];
  switch (place.kind) {
  case Place::Local:
    return emit(Op::LocalGet, {}, place.id);
  case Place::Value:
  case Place::Cell:
    return place.id;
  case Place::None:
    break;
  }
  return imm(gc::kUnset);
}

ValueId FunctionBuilder::read(Var *v) {
  if (v->known_lambda == &l_ && !v->assigned)
    return emit(Op::Self);
  if (v->kind == VarKind::Top)
    return emit(Op::SlotGet, {}, v->slot);
  ValueId source = capture_source(v);
  return v->in_cell ? emit(Op::CellGet, {source}) : source;
}

uint32_t FunctionBuilder::name_constant(const Var *v) { return u_.constant(gc::symbol(v->name)); }

ValueId FunctionBuilder::read_ref(const Ref &r) {
  ValueId v = read(r.var);
  return r.checked ? emit(Op::CheckInit, {v}, name_constant(r.var)) : v;
}

} // namespace evjit::frontend::ir
