// SPDX-License-Identifier: Apache-2.0
// For functions of ours that hold one of the user's: hands the hooks on that it has. Self has
// user(), which gives it.
#pragma once

#include <flink/operators/function_hooks.h>

#include <cstdint>

namespace flink::detail {

template <class Self, class User>
class ForwardedHooks {
 public:
  void open(RuntimeContext& context) {
    if constexpr (open_fits<User>) user().open(context);
  }
  void close() {
    if constexpr (close_fits<User>) user().close();
  }
  void initialize_state(FunctionInitializationContext& context) {
    if constexpr (initialize_state_fits<User>) user().initialize_state(context);
  }
  void snapshot_state(FunctionSnapshotContext& context) {
    if constexpr (snapshot_state_fits<User>) user().snapshot_state(context);
  }
  void notify_checkpoint_complete(std::int64_t id) {
    if constexpr (notify_complete_fits<User>) user().notify_checkpoint_complete(id);
  }
  void notify_checkpoint_aborted(std::int64_t id) {
    if constexpr (notify_aborted_fits<User>) user().notify_checkpoint_aborted(id);
  }

 private:
  User& user() { return static_cast<Self&>(*this).user(); }
};

}  // namespace flink::detail
