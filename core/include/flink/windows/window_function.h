// SPDX-License-Identifier: Apache-2.0
// What a window function is, and how it is called. On a keyed stream an object with
//   void process(const K& key, WindowContext<W>& ctx, Elements<T> elements, Collector<Out>& out);
// without keys the same without `key`; after reduce or aggregate `const R& result` in place of the
// elements. A lambda of that form does as well. A hook: void clear(WindowContext<W>& ctx).
#pragma once

#include <flink/collector.h>
#include <flink/operators/function_hooks.h>
#include <flink/operators/function_traits.h>
#include <flink/windows/window_context.h>

#include <cstdint>
#include <type_traits>

namespace flink::detail {

// The results go on as they are.
struct NoWindowFunction {};

struct WindowHookNames {
  void process();
  void clear();
};
template <class F>
struct WithWindowHookNames : F, WindowHookNames {};
template <class F>
constexpr bool names_process = requires {
  &F::process;
};
template <class F>
requires may_have_hooks<F>
constexpr bool names_process<F> = !requires { &WithWindowHookNames<F>::process; };
template <class F>
constexpr bool names_clear = requires {
  &F::clear;
};
template <class F>
requires may_have_hooks<F>
constexpr bool names_clear<F> = !requires { &WithWindowHookNames<F>::clear; };
template <class F, class W>
constexpr bool clear_fits = requires(F& f, WindowContext<W>& ctx) {
  f.clear(ctx);
};

// The form of what is called.
template <class F>
struct window_signature : signature_of<F> {};
template <class F>
requires requires { &F::process; }
struct window_signature<F> : member_signature<decltype(&F::process)> {};

// Key: void without keys. Value: Elements<T>, or const R&.
template <class F, class Key, class W, class Value, class Out>
constexpr bool processes_window = [] {
  using Context = WindowContext<W>;
  if constexpr (std::is_void_v<Key>) {
    return requires(F & f, Context & ctx, Value value, Collector<Out> & out) {
      f.process(ctx, value, out);
    }
    || std::is_invocable_v<F&, Context&, Value, Collector<Out>&>;
  } else {
    return requires(F & f, const Key& key, Context& ctx, Value value, Collector<Out>& out) {
      f.process(key, ctx, value, out);
    }
    || std::is_invocable_v<F&, const Key&, Context&, Value, Collector<Out>&>;
  }
}();

template <class Key, class F, class AnyKey, class W, class Value, class Out>
void call_window_function(F& f, const AnyKey& key, WindowContext<W>& ctx, const Value& value,
                          Collector<Out>& out) {
  if constexpr (std::is_same_v<F, NoWindowFunction>) {
    out.collect(value);
  } else if constexpr (std::is_void_v<Key>) {
    if constexpr (names_process<F>) f.process(ctx, value, out);
    else f(ctx, value, out);
  } else {
    if constexpr (names_process<F>) f.process(key, ctx, value, out);
    else f(key, ctx, value, out);
  }
}

}  // namespace flink::detail
