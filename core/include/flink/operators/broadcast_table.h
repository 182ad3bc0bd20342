// SPDX-License-Identifier: Apache-2.0
// The untyped half of broadcast state: one table a state in each subtask of the operator that reads
// a broadcast stream, shared by all handles of its name there. One thread.
#pragma once

#include <flink/base/functional.h>
#include <flink/base/memory.h>
#include <flink/state/operator_state.h>

#include <string>
#include <string_view>
#include <vector>

namespace flink {

class OperatorContext;
struct StateDescription;

namespace detail {

class OperatorStateHandle;

class BroadcastTable {
 public:
  explicit BroadcastTable(std::string name) : name_(std::move(name)) {}
  BroadcastTable(const BroadcastTable&) = delete;
  BroadcastTable& operator=(const BroadcastTable&) = delete;
  virtual ~BroadcastTable() = default;
  const std::string& name() const noexcept { return name_; }
  virtual std::string key_schema() const = 0;
  virtual std::string value_schema() const = 0;
  virtual std::string item_schema() const = 0;
  virtual void save(std::vector<std::string>& items) const = 0;
  virtual void restore(const OperatorListState& restored) = 0;

  void set_writable(bool writable) noexcept { writable_ = writable; }
  void check_writable() const {
    if (!writable_) [[unlikely]]
      fail_read_only();
  }

 private:
  [[noreturn]] void fail_read_only() const;

  std::string name_;
  bool writable_ = false;
};

using MakeBroadcastTable = std::function<std::shared_ptr<BroadcastTable>()>;
struct BroadcastDescriptor {
  std::string name;
  MakeBroadcastTable make_table;
};

// The tables of one subtask.
class BroadcastTables {
 public:
  explicit BroadcastTables(const std::vector<BroadcastDescriptor>& states);
  void restore(OperatorContext& context);
  void save(OperatorSnapshot& snapshot) const;
  // The function's members of their names.
  void bind(const std::vector<OperatorStateHandle*>& handles) const;
  // A handle that stands for the table of its name; throws Error{user} when there is none, or it
  // holds other types.
  void bind(OperatorStateHandle& handle) const;
  void set_writable(bool writable) const noexcept;

 private:
  std::vector<std::shared_ptr<BroadcastTable>> tables_;
};

void describe_broadcast(const std::vector<BroadcastDescriptor>& states,
                        std::vector<StateDescription>& described);

}  // namespace detail
}  // namespace flink
