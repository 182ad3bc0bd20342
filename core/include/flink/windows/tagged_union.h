// SPDX-License-Identifier: Apache-2.0
// TaggedUnion<A, B>: a record of one of two streams that meet in windows, as triggers and evictors
// of a join or a co-group see it (Flink's TaggedUnion).
#pragma once

#include <utility>
#include <variant>

namespace flink {

namespace detail {

// Told apart also where A and B are the same type.
template <class A>
struct One {
  A value;
};
template <class B>
struct Two {
  B value;
};

}  // namespace detail

template <class A, class B>
struct TaggedUnion {
  std::variant<detail::One<A>, detail::Two<B>> side;

  bool is_one() const noexcept { return side.index() == 0; }
  bool is_two() const noexcept { return side.index() == 1; }
  // Of that side, or it is a bug.
  const A& one() const { return std::get<0>(side).value; }
  const B& two() const { return std::get<1>(side).value; }
};

namespace detail {

template <class A, class B>
struct TagOne {
  TaggedUnion<A, B> operator()(const A& record) const { return {One<A>{record}}; }
};
template <class A, class B>
struct TagTwo {
  TaggedUnion<A, B> operator()(const B& record) const { return {Two<B>{record}}; }
};

}  // namespace detail
}  // namespace flink
