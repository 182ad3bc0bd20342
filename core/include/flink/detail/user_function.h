// SPDX-License-Identifier: Apache-2.0
// How an operator holds the user's function: a const prototype in the graph, a copy in each
// attempt; optional hooks open(RuntimeContext&) and close() are called by name.
#pragma once

#include <flink/runtime_context.h>

#include <type_traits>
#include <utility>

namespace flink {

// For function objects that cannot be copied: process(factory([] { return MyFunction{...}; })).
template <class Make>
struct Factory {
  Make make;
};
template <class Make>
Factory<Make> factory(Make make) {
  return {std::move(make)};
}

namespace detail {

template <class F>
struct made_by {
  using type = F;
  static F make(const F& prototype) { return prototype; }
};
template <class Make>
struct made_by<Factory<Make>> {
  using type = std::invoke_result_t<const Make&>;
  static type make(const Factory<Make>& factory) { return factory.make(); }
};
// What runs in the operator.
template <class F>
using function_t = typename made_by<F>::type;

template <class F>
constexpr bool has_open = requires {
  &F::open;
};
template <class F>
constexpr bool open_fits = requires(F& f, RuntimeContext& context) {
  f.open(context);
};
template <class F>
constexpr bool has_close = requires {
  &F::close;
};
template <class F>
constexpr bool close_fits = requires(F& f) {
  f.close();
};
// A hook of the right name and the wrong shape.
template <class F>
constexpr bool hooks_wrong = (has_open<F> && !open_fits<F>) || (has_close<F> && !close_fits<F>);

template <class F>
class UserFunction {
 public:
  explicit UserFunction(const F& prototype) : function_(made_by<F>::make(prototype)) {}
  void open(RuntimeContext& context) {
    if constexpr (open_fits<function_t<F>>) function_.open(context);
  }
  void close() noexcept {
    if constexpr (close_fits<function_t<F>>) {
      try {
        function_.close();
      } catch (...) {  // the task is over; its result no longer depends on this
      }
    }
  }
  function_t<F>& operator*() noexcept { return function_; }

 private:
  function_t<F> function_;
};

}  // namespace detail
}  // namespace flink
