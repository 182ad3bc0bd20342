// SPDX-License-Identifier: Apache-2.0
// Runs a small graph of operators by plain calls, on one thread, without a cluster: the untyped
// half of testing.h. Compiled once, in core/src/api.
#pragma once

#include <flink/transformation.h>

#include <memory>
#include <string>
#include <string_view>

namespace flink::detail {

// Gets what an output emits; Collected<T> in testing.h.
class TestSink : public Output {
 public:
  void emit_watermark(Timestamp) override {}
  void emit_idle(bool) override {}
};

class TestGraph {
 public:
  // Transformation `source` is fed by hand; `result`'s outputs go to sinks.
  TestGraph(std::shared_ptr<const StreamGraph> graph, int source, int result);
  ~TestGraph();  // closes the operators

  // Before open().
  void read_main(TestSink& sink);
  void read_side(std::string_view tag, TestSink& sink);

  void open();
  void push(BatchRef batch);
  void push_watermark(Timestamp watermark);
  void finish();                                // as at the end of a bounded input
  double counter(std::string_view name) const;  // of all operators; 0 when nobody has it

 private:
  struct Node;
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace flink::detail
