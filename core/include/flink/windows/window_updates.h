// SPDX-License-Identifier: Apache-2.0
// What a window's shorthand aggregates do to the record that they keep: sum, min and max change one
// field of the first record, min_by and max_by keep a whole one (the earlier one when equal).
#pragma once

#include <flink/operators/field_updates.h>
#include <flink/operators/numeric_field.h>

#include <cstddef>
#include <utility>

namespace flink::detail {

struct AddValue {
  template <class X>
  void operator()(X& kept, const X& value) const {
    kept = static_cast<X>(kept + value);
  }
};
struct KeepLesser {
  template <class X>
  void operator()(X& kept, const X& value) const {
    if (comes_before(value, kept)) kept = value;
  }
};
struct KeepGreater {
  template <class X>
  void operator()(X& kept, const X& value) const {
    if (comes_before(kept, value)) kept = value;
  }
};
struct IsLesser {
  template <class X>
  bool operator()(const X& kept, const X& value) const {
    return comes_before(value, kept);
  }
};
struct IsGreater {
  template <class X>
  bool operator()(const X& kept, const X& value) const {
    return comes_before(kept, value);
  }
};

template <class T, class Field, class Better>
struct ReplaceByField {
  Field field;
  Better better;
  void operator()(T& kept, const T& record) const {
    if (better(std::as_const(kept).*field, record.*field)) kept = record;
  }
};
template <class T, class Better>
struct ReplaceByNamedField {
  std::size_t index;
  Better better;
  void operator()(T& kept, const T& record) const {
    bool wins = false;
    visit_numeric_field(kept, record, index,
                        [&](const auto& a, const auto& b) { wins = better(a, b); });
    if (wins) kept = record;
  }
};
// kept = f(kept, record)
template <class T, class F>
struct ReduceWindow {
  F function;
  void operator()(T& kept, const T& record) const { kept = function(std::as_const(kept), record); }
};

}  // namespace flink::detail
