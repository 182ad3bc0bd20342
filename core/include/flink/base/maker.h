// SPDX-License-Identifier: Apache-2.0
// How the graph makes what runs: a shared, const function that gives a std::unique_ptr<Made>. In
// place of std::function and std::make_unique, of which every use costs each build of a job dozens
// of instantiated functions. Threads: may be called from any, if the function may.
#pragma once

#include <flink/base/buffer.h>
#include <flink/base/memory.h>

#include <type_traits>
#include <utility>

namespace flink::detail {

// std::make_unique<Derived>(…) without a std::unique_ptr<Derived> on the way.
template <class Base, class Derived = Base, class... Arguments>
std::unique_ptr<Base> make_owned(Arguments&&... arguments) {
  return std::unique_ptr<Base>{::new Derived(std::forward<Arguments>(arguments)...)};
}

template <class Made, class... Arguments>
class MakerOf {
 public:
  MakerOf() = default;
  template <class F>
  requires(!std::is_same_v<F, MakerOf>) MakerOf(F function)
      : function_(::new Of<F>(std::move(function))) {}

  explicit operator bool() const noexcept { return static_cast<bool>(function_); }
  std::unique_ptr<Made> operator()(Arguments... arguments) const {
    return static_cast<const Function&>(*function_).make(arguments...);
  }

 private:
  class Function : public RefCounted {
   public:
    virtual std::unique_ptr<Made> make(Arguments... arguments) const = 0;
  };
  template <class F>
  class Of final : public Function {
   public:
    explicit Of(F&& function) : function_(std::move(function)) {}
    std::unique_ptr<Made> make(Arguments... arguments) const override {
      return function_(arguments...);
    }

   private:
    F function_;
  };

  Ref<RefCounted> function_;  // a Function
};

}  // namespace flink::detail
