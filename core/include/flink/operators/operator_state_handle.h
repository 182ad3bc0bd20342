// SPDX-License-Identifier: Apache-2.0
// The untyped half of state that belongs to no key (OperatorList, UnionList, BroadcastState), and
// how the operator finds such members of a function: those that are made or copied while an
// OperatorStateScope lives register with it. One thread.
#pragma once

#include <flink/base/memory.h>
#include <flink/operators/broadcast_table.h>
#include <flink/state/operator_state.h>

#include <string>
#include <string_view>
#include <vector>

namespace flink::detail {

class OperatorStateHandle {
 public:
  virtual ~OperatorStateHandle();
  const std::string& name() const noexcept { return name_; }
  virtual const char* kind() const noexcept = 0;  // "operator_list", …
  virtual OperatorStateMode mode() const noexcept = 0;
  virtual std::string key_schema() const { return {}; }
  virtual std::string value_schema() const = 0;
  // Lists: their items go into checkpoints by their name. Broadcast state is the operator's own.
  virtual void save(std::vector<std::string>&) const {}
  void snapshot(OperatorSnapshot& snapshot) const;

  // Null: nothing to restore.
  void bind(const OperatorListState* restored);
  void bind(std::shared_ptr<BroadcastTable> table) {
    table_ = std::move(table);
    bound_ = true;
  }
  bool bound() const noexcept { return bound_; }

 protected:
  explicit OperatorStateHandle(std::string_view name);
  OperatorStateHandle(const OperatorStateHandle& other);
  OperatorStateHandle& operator=(const OperatorStateHandle& other) noexcept {
    name_ = other.name_;  // where it is bound stays
    return *this;
  }

  virtual void restore(const OperatorListState&) {}
  BroadcastTable* broadcast_table() const noexcept { return table_.get(); }
  void check_bound() const {
    if (!bound_) [[unlikely]]
      fail_unbound();
  }

 private:
  [[noreturn]] void fail_unbound() const;

  std::string name_;
  std::shared_ptr<BroadcastTable> table_;
  bool bound_ = false;
};

// Collects what this thread makes while it lives. Scopes nest.
class OperatorStateScope {
 public:
  OperatorStateScope();
  OperatorStateScope(const OperatorStateScope&) = delete;
  OperatorStateScope& operator=(const OperatorStateScope&) = delete;
  ~OperatorStateScope();
  std::vector<OperatorStateHandle*> take();

 private:
  friend class OperatorStateHandle;
  std::vector<OperatorStateHandle*> handles_;
  OperatorStateScope* outer_;
};

}  // namespace flink::detail
