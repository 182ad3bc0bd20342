// SPDX-License-Identifier: Apache-2.0
// Tests a user's functions without a cluster: push records, read what comes out.
//
//   flink::testing::Harness<std::string, WordCount> harness{
//       [](flink::DataStream<std::string> in) { return
//       in.flat_map(split).key_by(&WordCount::word).sum("count"); }};
//   harness.push("to be or not to be");
//   CHECK(harness.output().size() == 6);
//
// One thread; what functions throw comes out of push(). They run as in one subtask, or in as many
// as Parallelism{n} says, between which records go by their keys: docs/testing.md.
#pragma once

#include <flink/base/functional.h>
#include <flink/base/memory.h>
#include <flink/broadcast_connected_stream.h>
#include <flink/connected_streams.h>
#include <flink/harness/test_graph.h>

#include <algorithm>  // for tests: what they compare is sorted
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace flink::testing {

using Snapshot = std::shared_ptr<const flink::detail::TestSnapshot>;
// Given to a harness whose stream is to run in BATCH: results come in finish().
using Batch = flink::detail::TestBatch;

// Of each operator, but where the job says fewer. 1 to 128, the number of key groups.
struct Parallelism {
  int subtasks = 1;
};

namespace detail {

// All but what comes in.
template <class Out>
class HarnessOf {
 public:
  // Call before the first push.
  template <class X>
  const std::vector<X>& side_output(const OutputTag<X>& tag) {
    auto& sink = sides_[tag.id()];
    if (!sink) {
      auto typed = std::make_unique<Collected<X>>();
      graph_->read_side(tag.id(), *typed);
      sink = std::move(typed);
    }
    return static_cast<Collected<X>&>(*sink).records;
  }

  // Processing time starts at 0 and goes on only here; timers that are due fire.
  void set_processing_time(Timestamp now) {
    open();
    graph_->set_processing_time(now);
  }
  Timestamp processing_time() const { return graph_->processing_time(); }
  // All state, as a checkpoint writes it; restore() it into a harness of the same stream, be it
  // with another Parallelism.
  Snapshot snapshot(std::int64_t checkpoint_id = 1) {
    open();
    return graph_->snapshot(checkpoint_id);
  }
  // Before the first push.
  void restore(const Snapshot& snapshot) { graph_->restore(snapshot); }
  void notify_checkpoint_complete(std::int64_t checkpoint_id = 1) {
    graph_->notify_checkpoint_complete(checkpoint_id);
  }
  void notify_checkpoint_aborted(std::int64_t checkpoint_id = 1) {
    graph_->notify_checkpoint_aborted(checkpoint_id);
  }
  // As at the end of bounded inputs: the greatest watermark, then finish.
  void finish() {
    open();
    graph_->finish();
  }

  const std::vector<Out>& output() const { return main_.records; }
  // What came since the last take().
  std::vector<Out> take() { return std::exchange(main_.records, {}); }
  // Watermarks that came out.
  const std::vector<Timestamp>& watermarks() const { return watermarks_; }
  std::int64_t counter(std::string_view name) const {
    return static_cast<std::int64_t>(graph_->counter(name));
  }

 protected:
  // The sources that are fed by hand, then what the user builds on them.
  template <class... In, class Build>
  void build(Build& build, Parallelism parallelism, std::optional<Batch> batch) {
    build_on<In...>(build, parallelism, batch, std::index_sequence_for<In...>{});
  }
  template <class... In, class Build, std::size_t... I>
  void build_on(Build& build, Parallelism parallelism, std::optional<Batch> batch,
                std::index_sequence<I...>) {
    auto graph = std::make_shared<StreamGraph>();
    graph->transformations.resize(sizeof...(In), flink::detail::named("Source: test"));
    const auto result = build(DataStream<In>{
        flink::detail::StreamNode{graph, static_cast<int>(I), &record_type<In>()}}...);
    static_assert(std::derived_from<std::decay_t<decltype(result)>, DataStream<Out>>,
                  "flinkc: the harness's function must return the stream to be tested, of the "
                  "harness's last type");
    graph_ = std::make_unique<flink::detail::TestGraph>(
        graph, result.stream_node().edges().at(0).source, parallelism.subtasks, batch);
    graph_->read_main(main_);
    graph_->read_watermarks(watermarks_);
  }
  template <class In>
  void push_to(int source, In record, const Timestamp* at) {
    open();
    auto batch = make_ref<RecordBatch<In>>(1);
    batch->emplace(std::move(record));
    if (at != nullptr) batch->stamp(at->time_since_epoch().count());
    graph_->push(source, std::move(batch));
  }
  template <class In>
  void push_all_to(int source, std::vector<In> records) {
    open();
    auto batch = make_ref<RecordBatch<In>>(records.size());
    for (In& record : records) batch->emplace(std::move(record));
    graph_->push(source, std::move(batch));
  }
  void push_watermark_to(int source, Timestamp watermark) {
    open();
    graph_->push_watermark(source, watermark);
  }
  void push_idle_to(int source, bool idle) {
    open();
    graph_->push_idle(source, idle);
  }

 private:
  template <class T>
  struct Collected final : flink::detail::TestSink {
    std::vector<T> records;
    void emit(BatchRef& batch) override {
      const auto& typed = static_cast<const RecordBatch<T>&>(*batch);
      records.insert(records.end(), typed.data(), typed.data() + typed.size());
      pins.insert(pins.end(), batch->pins.begin(), batch->pins.end());
    }
    std::vector<BufferRef> pins;  // views in the records stay valid as long as the harness
  };

  void open() {
    if (std::exchange(opened_, true)) return;
    graph_->open();
  }

  Collected<Out> main_;
  std::vector<Timestamp> watermarks_;
  std::map<std::string, std::unique_ptr<flink::detail::TestSink>> sides_;
  std::unique_ptr<flink::detail::TestGraph> graph_;
  bool opened_ = false;
};

}  // namespace detail

template <class In, class Out>
class Harness : public detail::HarnessOf<Out> {
 public:
  // Build: SingleOutputStreamOperator<Out>(DataStream<In>).
  template <class Build>
  explicit Harness(Build build, std::optional<Batch> batch = {})
      : Harness(std::move(build), Parallelism{}, batch) {}
  template <class Build>
  Harness(Build build, Parallelism parallelism, std::optional<Batch> batch = {}) {
    this->template build<In>(build, parallelism, batch);
  }
  void push(In record) { this->push_to(0, std::move(record), nullptr); }
  void push(In record, Timestamp at) { this->push_to(0, std::move(record), &at); }
  // As one batch.
  void push_all(std::vector<In> records) { this->push_all_to(0, std::move(records)); }
  void push_watermark(Timestamp watermark) { this->push_watermark_to(0, watermark); }
  // No longer holds event time back, or does again.
  void push_idle(bool idle = true) { this->push_idle_to(0, idle); }
};

// Of two streams: connect(), broadcast state.
template <class In1, class In2, class Out>
class TwoInputHarness : public detail::HarnessOf<Out> {
 public:
  // Build: SingleOutputStreamOperator<Out>(DataStream<In1>, DataStream<In2>).
  template <class Build>
  explicit TwoInputHarness(Build build, std::optional<Batch> batch = {})
      : TwoInputHarness(std::move(build), Parallelism{}, batch) {}
  template <class Build>
  TwoInputHarness(Build build, Parallelism parallelism, std::optional<Batch> batch = {}) {
    this->template build<In1, In2>(build, parallelism, batch);
  }
  void push1(In1 record) { this->push_to(0, std::move(record), nullptr); }
  void push1(In1 record, Timestamp at) { this->push_to(0, std::move(record), &at); }
  void push2(In2 record) { this->push_to(1, std::move(record), nullptr); }
  void push2(In2 record, Timestamp at) { this->push_to(1, std::move(record), &at); }
  void push_watermark1(Timestamp watermark) { this->push_watermark_to(0, watermark); }
  void push_watermark2(Timestamp watermark) { this->push_watermark_to(1, watermark); }
  void push_idle1(bool idle = true) { this->push_idle_to(0, idle); }
  void push_idle2(bool idle = true) { this->push_idle_to(1, idle); }
  void push_watermark(Timestamp watermark) {
    push_watermark1(watermark);
    push_watermark2(watermark);
  }
};

}  // namespace flink::testing
