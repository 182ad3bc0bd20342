// SPDX-License-Identifier: Apache-2.0
// A source on the JobManager: between the untyped half, which knows who runs and who was given
// which splits since which checkpoint (src/endpoints/source_coordinator.cpp), and the typed one.
// Runs on the coordinator's thread.
#pragma once

#include <flink/base/memory.h>
#include <flink/graph/coordinator.h>

#include <string>
#include <string_view>
#include <vector>

namespace flink::detail {

namespace source_event {
constexpr char split_request = 'r';   // reader to enumerator
constexpr char custom = 'e';          // both ways
constexpr char split = 's';           // enumerator to reader
constexpr char no_more_splits = 'n';  // enumerator to reader
}  // namespace source_event

[[noreturn]] void throw_bad_source_event(std::string_view event);

// What the untyped half does for the typed one.
class SplitAssigner {
 public:
  virtual ~SplitAssigner() = default;
  virtual CoordinatorContext& context() const = 0;
  virtual std::vector<int> running_readers() const = 0;
  virtual void assign(int subtask, std::string split_bytes) = 0;
  virtual void tell_no_more(int subtask) = 0;
  virtual void tell_custom(int subtask, std::string_view event) = 0;
};

// The typed half: the source's enumerator, and splits as bytes.
class SourceEnumerator {
 public:
  virtual ~SourceEnumerator() = default;
  // One of these first.
  virtual void start(SplitAssigner& assigner) = 0;
  virtual void restore(SplitAssigner& assigner, std::string_view schema,
                       std::string_view state) = 0;
  virtual std::string state(std::int64_t checkpoint_id) = 0;
  virtual std::string schema() const = 0;
  virtual void reader_added(int subtask) = 0;
  virtual void split_requested(int subtask) = 0;
  virtual void custom_event(int subtask, std::string_view event) = 0;
  virtual void splits_back(const std::vector<std::string>& splits, int subtask) = 0;
  virtual void checkpoint_complete(std::int64_t checkpoint_id) = 0;
  virtual void close() = 0;
};
std::unique_ptr<OperatorCoordinator> make_source_coordinator(
    std::unique_ptr<SourceEnumerator> enumerator);

}  // namespace flink::detail
