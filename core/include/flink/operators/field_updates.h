// SPDX-License-Identifier: Apache-2.0
// What the rolling aggregates do to the kept record: reduce by the user's function, sum, min and
// max to one field.
#pragma once

#include <flink/operators/forwarded_hooks.h>
#include <flink/operators/keyed_update.h>
#include <flink/operators/numeric_field.h>
#include <flink/operators/user_function.h>

#include <utility>

namespace flink::detail {

// acc = f(acc, record), with f's hooks.
template <class T, class F>
struct ReduceUpdate : ForwardedHooks<ReduceUpdate<T, F>, function_t<F>> {
  using Function = function_t<F>;
  Function function;
  explicit ReduceUpdate(const F& prototype) : function(made_by<F>::make(prototype)) {}
  void operator()(T& kept, const T& record) { kept = function(std::as_const(kept), record); }
  Function& user() { return function; }
};

// One field of the kept record and the new one, combined.
template <class T, class Field, class Combine>
struct CombineField : BuiltinUpdate {
  Field field;
  Combine combine;
  CombineField(Field f, Combine c) : field(f), combine(c) {}
  void operator()(T& kept, const T& record) const { combine(kept.*field, record.*field); }
  // The same in two steps.
  auto combined(const T& kept, const T& record) const {
    auto value = kept.*field;
    combine(value, record.*field);
    return value;
  }
  template <class Value>
  void assign(T& kept, const Value& value) const {
    kept.*field = value;
  }
};
template <class T, class Combine>
struct CombineNamedField : BuiltinUpdate {
  std::size_t index;
  Combine combine;
  CombineNamedField(std::size_t i, Combine c) : index(i), combine(c) {}
  void operator()(T& kept, const T& record) const {
    visit_numeric_field(kept, record, index, combine);
  }
};

}  // namespace flink::detail
