// SPDX-License-Identifier: Apache-2.0
// The window functions of a join and of a co-group: what the user's function is called with, made
// of a window's tagged elements. Hooks and state handles are the user's function's own.
#pragma once

#include <flink/collector.h>
#include <flink/windows/elements.h>
#include <flink/windows/tagged_union.h>
#include <flink/windows/window_context.h>

#include <type_traits>
#include <utility>
#include <vector>

namespace flink::detail {

// A function pointer, as a class to derive from.
template <class R, class... Arguments>
struct CalledFunction {
  R (*function)(Arguments...);
  R operator()(Arguments... arguments) const {
    return function(std::forward<Arguments>(arguments)...);
  }
};
template <class F>
struct as_class {
  using type = F;
};
template <class R, class... Arguments>
struct as_class<R (*)(Arguments...)> {
  using type = CalledFunction<R, Arguments...>;
};
template <class F>
using as_class_t = typename as_class<F>::type;

// Every record of A with every one of B. F: Out(const A&, const B&), or void(const A&, const B&,
// Collector<Out>&).
template <class A, class B, class F>
struct JoinWindow : F {
  template <class Key, class W, class Out>
  void process(const Key&, WindowContext<W>&, Elements<TaggedUnion<A, B>> elements,
               Collector<Out>& out) {
    std::vector<const B*> twos;
    for (const auto& element : elements) {
      if (element.is_two()) twos.push_back(&element.two());
    }
    for (const auto& element : elements) {
      if (!element.is_one()) continue;
      for (const B* const two : twos) {
        if constexpr (std::is_invocable_v<F&, const A&, const B&, Collector<Out>&>) {
          static_cast<F&> (*this)(element.one(), *two, out);
        } else {
          out.collect(static_cast<F&>(*this)(element.one(), *two));
        }
      }
    }
  }
};

// Both sides' records, of which one may have none. F: void(Elements<A>, Elements<B>,
// Collector<Out>&).
template <class A, class B, class F>
struct CoGroupWindow : F {
  template <class Key, class W, class Out>
  void process(const Key&, WindowContext<W>&, Elements<TaggedUnion<A, B>> elements,
               Collector<Out>& out) {
    std::vector<ElementsPiece> ones, twos;
    for (const auto& element : elements) {
      if (element.is_one()) ones.push_back(piece_of(element.one()));
      else twos.push_back(piece_of(element.two()));
    }
    static_cast<F&> (*this)(Elements<A>{ones, sizeof(A)}, Elements<B>{twos, sizeof(B)}, out);
  }

 private:
  template <class T>
  static ElementsPiece piece_of(const T& element) {
    return {reinterpret_cast<const char*>(&element), 1};
  }
};

}  // namespace flink::detail
