// SPDX-License-Identifier: Apache-2.0
// A source on the JobManager: who runs, who was given which splits since which checkpoint. The
// untyped half is compiled once (src/connectors). Runs on the user-code thread.
//
// Account: a split assigned before checkpoint() of N reaches its reader ahead of N's barrier, so it
// is in the reader's state of N; one assigned later is not. subtask_reset(.., N) therefore gives
// back exactly what was assigned after N. Splits assigned before a complete checkpoint are off the
// account, as no subtask is ever reset further back.
#pragma once

#include <flink/coordinator.h>

#include <string>
#include <utility>
#include <vector>

namespace flink::detail {

namespace source_event {
constexpr char split_request = 'r';   // reader to enumerator
constexpr char custom = 'e';          // both ways
constexpr char split = 's';           // enumerator to reader
constexpr char no_more_splits = 'n';  // enumerator to reader
}  // namespace source_event

[[noreturn]] void throw_bad_source_event(std::string_view event);

class SourceCoordinator : public OperatorCoordinator {
 public:
  void start(CoordinatorContext& context) final;
  void subtask_ready(int subtask, int attempt) final;
  void handle_event(int subtask, int attempt, std::string_view event) final;
  void subtask_reset(int subtask, int attempt, std::int64_t checkpoint_id) final;
  void commit() final;
  void restore(std::int64_t checkpoint_id, std::string_view state) final;
  std::string checkpoint(std::int64_t checkpoint_id) final;
  void checkpoint_complete(std::int64_t checkpoint_id) final;
  void abort() noexcept final;

 protected:
  virtual void start_enumerator() = 0;
  virtual void restore_enumerator(std::string_view schema, std::string_view state) = 0;
  virtual std::string enumerator_state(std::int64_t checkpoint_id) = 0;
  virtual std::string enumerator_schema() const = 0;
  virtual void reader_added(int subtask) = 0;
  virtual void split_requested(int subtask) = 0;
  virtual void custom_event(int subtask, std::string_view event) = 0;
  virtual void splits_back(const std::vector<std::string>& splits, int subtask) = 0;
  virtual void enumerator_checkpoint_complete(std::int64_t checkpoint_id) = 0;
  virtual void close_enumerator() = 0;

  CoordinatorContext& coordinator_context() const noexcept { return *context_; }
  std::vector<int> running_readers() const;
  void assign(int subtask, std::string split_bytes);
  void tell_no_more(int subtask);
  void tell_custom(int subtask, std::string_view event);

 private:
  // No checkpoint has begun since.
  static constexpr std::int64_t unsealed = INT64_MAX;

  struct Assigned {
    std::int64_t checkpoint = unsealed;  // the first that began afterwards
    std::string split;
  };
  struct Subtask {
    int attempt = 0;  // the one that runs; else the first that may come
    bool running = false;
    bool told_no_more = false;  // and may have ended: it must be given nothing more
    std::vector<Assigned> splits;
    std::vector<std::pair<int, std::string>> early;  // events that overtook subtask_ready
  };
  Subtask& at(int subtask);
  void tell(int subtask, char kind, std::string_view payload);
  void dispatch(int subtask, std::string_view event);
  void close_once();

  CoordinatorContext* context_ = nullptr;
  std::vector<Subtask> subtasks_;
  std::int64_t complete_ = no_checkpoint;  // no subtask is reset to an older one
  std::string restored_;                   // until start()
  bool open_ = false;
};

}  // namespace flink::detail
