// SPDX-License-Identifier: Apache-2.0
// What the rolling aggregates do to the kept record: reduce by the user's function, sum, min and
// max to one field.
#pragma once

#include <flink/detail/numeric_field.h>
#include <flink/detail/user_function.h>
#include <flink/operators/keyed_update.h>

#include <utility>

namespace flink::detail {

// acc = f(acc, record), with f's hooks.
template <class T, class F>
struct ReduceUpdate {
  UserFunction<F> function;
  explicit ReduceUpdate(const F& prototype) : function(prototype) {}
  void open(RuntimeContext& context) { function.open(context); }
  void close() { function.close(); }
  void operator()(T& kept, const T& record) { kept = (*function)(std::as_const(kept), record); }
};

// One field of the kept record and the new one, combined.
template <class T, class Field, class Combine>
struct CombineField : BuiltinUpdate {
  Field field;
  Combine combine;
  CombineField(Field f, Combine c) : field(f), combine(c) {}
  void operator()(T& kept, const T& record) const { combine(kept.*field, record.*field); }
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
