// SPDX-License-Identifier: Apache-2.0
// For functions that may run after their object is gone: posted ones, callbacks of other threads.
// The object holds a Guard; wrapped functions do nothing once it is destroyed. Wrap from any
// thread, those that may outlive the object with a token they took with them; destroy the Guard on
// the thread that runs the wrapped functions.
#pragma once

#include <functional>
#include <memory>
#include <utility>

namespace flink::rpc {

class Guard {
 public:
  using Token = std::weak_ptr<const char>;
  Token token() const { return alive_; }
  std::function<void()> wrap(std::function<void()> function) const {
    return wrap(token(), std::move(function));
  }
  static std::function<void()> wrap(Token token, std::function<void()> function) {
    return [token = std::move(token), function = std::move(function)] {
      if (!token.expired()) function();
    };
  }

 private:
  std::shared_ptr<const char> alive_ = std::make_shared<const char>('\0');
};

}  // namespace flink::rpc
