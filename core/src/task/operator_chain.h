// SPDX-License-Identifier: Apache-2.0
// The operators of one task, wired: outputs of one feed the next directly, the ends feed exchanges.
// Knows nothing of fibers or threads; everything runs where the caller runs.
#pragma once

#include <flink/graph/operator.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "graph/job_graph.h"
#include "operators/sorted_inputs.h"
#include "state/snapshot.h"
#include "task/exchange_writer.h"

namespace flink::task {

// The keyed state of one operator, in its two roles.
struct KeyedPart {
  state::KeyedStateBackend* backend = nullptr;
  state::KeyedStateSnapshots* snapshots = nullptr;
  std::shared_ptr<void> owner;
};

// In BATCH: what sorts the inputs of one operator has.
struct SortPart {
  operators::SortSetup setup;
  std::shared_ptr<void> owner;
};

// What the operators of a task may reach; outlives the chain.
class ChainEnvironment {
 public:
  virtual ~ChainEnvironment() = default;
  virtual void send_to_coordinator(const base::OperatorId& op, std::string event) = 0;
  virtual std::function<void()> waker() = 0;
  // Until waker() was called; may be spurious.
  virtual void wait() = 0;
  virtual void wake_after(std::chrono::nanoseconds delay) = 0;
  virtual void run_blocking(const std::function<void()>& function) = 0;
  virtual base::FileSystem& file_system() = 0;
  virtual base::Network* network() = 0;
  virtual const base::Clock& clock() = 0;
  virtual std::chrono::nanoseconds backpressured_time() const = 0;
  virtual std::string option(std::string_view key) = 0;
  virtual detail::Turn& turn() = 0;
  // Of an operator whose transformation is keyed. `restored`: null when it starts afresh.
  virtual KeyedPart make_keyed_state(const graph::ChainedOperator& op,
                                     const state::OperatorSubtaskState* restored) = 0;
  virtual SortPart make_sort(const graph::ChainedOperator& op) = 0;
};

struct ChainIdentity {
  std::string job_id, job_name;
  int subtask = 0, attempt = 0;
};

// What a task starts from.
struct Restored {
  std::optional<std::int64_t> checkpoint_id;  // none: from the beginning
  state::TaskSnapshot snapshot;
};

class OperatorChain {
 public:
  OperatorChain(const graph::JobGraph& graph, const graph::JobVertex& vertex,
                ChainIdentity identity, ChainEnvironment& environment,
                std::map<int, std::unique_ptr<ExchangeWriter>> writers /* by edge index */,
                Restored restored = {});
  ~OperatorChain();

  void open();            // tail to head, as Flink does; makes keyed state first
  void close() noexcept;  // those that were opened

  bool is_source() const { return source_ != nullptr; }
  // Sources: one poll of the head.
  InputStatus poll();
  // Others: one element for the head.
  void process(int input, BatchRef& batch);
  void process_watermark(Timestamp watermark);
  // The head has not done all that the watermark brings: nothing else may come in before.
  bool watermark_pending() const;
  void go_on_with_watermark();
  void process_idle(bool idle);
  void end_input(int input);
  // The operator that threw hands on what it had collected, within the chain. What the exchanges
  // hold is dropped: the job starts again from before it.
  void hand_on_collected();
  // The operators end in order, with a last watermark from a source.
  void finish();

  // ---- checkpoints, in this order; the barrier goes out after the first
  void prepare_snapshot(std::int64_t checkpoint_id);
  state::TaskSnapshot snapshot(std::int64_t checkpoint_id);  // without keyed state
  struct KeyedOperator {
    std::size_t index = 0;  // in the chain, and in the TaskSnapshot
    state::KeyedStateSnapshots* snapshots = nullptr;
  };
  std::vector<KeyedOperator> keyed_operators() const;
  void notify_checkpoint_complete(std::int64_t checkpoint_id);
  void notify_checkpoint_aborted(std::int64_t checkpoint_id);

  // Of the head, when its transformation says that it selects.
  InputSelection select_inputs();
  // An operator's waker was called: on_wake() is due.
  bool woken() const { return woken_->load(std::memory_order_acquire); }
  void on_wake();

  // When an operator wants on_processing_time(); INT64_MAX: none does.
  std::int64_t wake_at_wall_millis() const { return wake_at_wall_millis_; }
  void on_processing_time(std::int64_t wall_millis);

  void coordinator_event(const base::OperatorId& op, std::string_view event);
  void flush_exchanges();
  bool exchanges_pending() const;
  void broadcast(const channels::Element& element);
  void send_barrier(const channels::Barrier& barrier);
  // See ExchangeWriter.
  bool overflowing() const;
  bool send_overflow();

  // The operator that runs, or ran when something was thrown.
  const std::string& current_operator() const;
  std::vector<std::pair<std::string, double>> user_metrics() const;

 private:
  struct Node;
  class Context;
  class ChainedOutput;
  class FanOut;

  std::map<std::string, std::vector<Output*>> readers_of(const Node& node);
  void wire(Node& node);
  std::unique_ptr<Operator> make_operator(Node& node, const Transformation& t);
  const state::OperatorSubtaskState* restored_of(const base::OperatorId& op) const;

  const graph::JobGraph& graph_;
  const graph::JobVertex& vertex_;
  ChainIdentity identity_;
  ChainEnvironment& environment_;
  std::map<int, std::unique_ptr<ExchangeWriter>> writers_;
  Restored restored_;
  std::deque<Node> nodes_;  // chain order; addresses are stable
  std::vector<std::unique_ptr<Output>> outputs_;
  SourceOperator* source_ = nullptr;
  std::int64_t wake_at_wall_millis_ = INT64_MAX;
  // Any of the operators'; shared with wakers, which may outlive the chain.
  std::shared_ptr<std::atomic<bool>> woken_ = std::make_shared<std::atomic<bool>>(false);
  int current_ = 0;
};

}  // namespace flink::task
