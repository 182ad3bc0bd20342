// SPDX-License-Identifier: Apache-2.0
// Runs a small graph of operators by plain calls, on one thread, without a cluster: the untyped
// half of testing.h. Each operator has its subtasks, and records go to them as they would over a
// network. Time stands still but for set_processing_time(). Compiled once, in core/src/harness.
#pragma once

#include <flink/base/memory.h>
#include <flink/graph/transformation.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace flink::detail {

// Gets what an output emits; Collected<T> in testing.h.
class TestSink : public Output {
 public:
  void emit_watermark(Timestamp) override {}
  void emit_idle(bool) override {}
};

// All state of a graph's operators at one moment; in core/src/harness.
struct TestSnapshot;

// A tested graph runs in BATCH: operators with keyed state get their records in finish(), key by
// key.
struct TestBatch {
  std::size_t sort_memory_bytes = std::size_t{1} << 20;  // of each such operator; more is spilled
};

class TestGraph {
 public:
  // The transformations without inputs are fed by hand, in order of the graph; `result`'s outputs
  // go to sinks. Each operator has that many subtasks, or fewer where the job says so; what is fed
  // by hand is one.
  TestGraph(std::shared_ptr<const StreamGraph> graph, int result, int parallelism,
            std::optional<TestBatch> batch = {});
  ~TestGraph();  // closes the operators

  // Before open().
  void read_main(TestSink& sink);
  void read_side(std::string_view tag, TestSink& sink);
  void read_watermarks(std::vector<Timestamp>& watermarks);  // of the main output

  // Before open(). Of any parallelism: what has a key goes with its key group, lists by their mode.
  void restore(std::shared_ptr<const TestSnapshot> snapshot);
  void open();
  void push(int source, BatchRef batch);
  void push_watermark(int source, Timestamp watermark);
  void push_idle(int source, bool idle);
  // Operators whose waker was called meanwhile; push() and the like do so first.
  void run_woken();
  // Never back. Timers that are due fire, in order of their times.
  void set_processing_time(Timestamp now);
  Timestamp processing_time() const;
  // As a checkpoint does it; nothing is promised until notify_checkpoint_complete().
  std::shared_ptr<const TestSnapshot> snapshot(std::int64_t checkpoint_id);
  void notify_checkpoint_complete(std::int64_t checkpoint_id);
  void notify_checkpoint_aborted(std::int64_t checkpoint_id);
  void finish();                                // as at the end of bounded inputs
  double counter(std::string_view name) const;  // of all operators; 0 when nobody has it

 private:
  struct Node;
  struct Implementation;
  static void end(Node& node, const std::set<int>& inputs);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace flink::detail
