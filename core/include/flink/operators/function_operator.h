// SPDX-License-Identifier: Apache-2.0
// What every operator around one user function shares: the function, its hooks and its state.
#pragma once

#include <flink/operators/basic_operator.h>
#include <flink/operators/user_function.h>

namespace flink::detail {

template <class F>
class FunctionOperator : public BasicOperator {
 public:
  explicit FunctionOperator(const F& prototype) : function_(prototype) {}

  void open(OperatorContext& context) override {
    BasicOperator::open(context);
    function_.open(context);
  }
  OperatorSnapshot snapshot(std::int64_t checkpoint_id) override {
    return function_.snapshot(checkpoint_id);
  }
  void notify_checkpoint_complete(std::int64_t checkpoint_id) override {
    function_.notify_complete(checkpoint_id);
  }
  void notify_checkpoint_aborted(std::int64_t checkpoint_id) override {
    function_.notify_aborted(checkpoint_id);
  }
  void close() noexcept override { function_.close(); }

 protected:
  function_t<F>& function() noexcept { return *function_; }
  const std::vector<StateHandle*>& keyed_handles() noexcept { return function_.states().keyed(); }
  const std::vector<OperatorStateHandle*>& other_handles() noexcept {
    return function_.states().others();
  }

 private:
  UserFunction<F> function_;
};

}  // namespace flink::detail
