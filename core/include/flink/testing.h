// SPDX-License-Identifier: Apache-2.0
// Tests a user's functions without a cluster: push records, read what comes out.
//
//   flink::testing::Harness<std::string, WordCount> harness{
//       [](flink::DataStream<std::string> in) { return
//       in.flat_map(split).key_by(&WordCount::word).sum("count"); }};
//   harness.push("to be or not to be");
//   CHECK(harness.output().size() == 6);
//
// One thread; functions run as in one subtask; what they throw comes out of push().
#pragma once

#include <flink/connected_streams.h>
#include <flink/detail/test_graph.h>

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace flink::testing {

template <class In, class Out>
class Harness {
 public:
  // Build: SingleOutputStreamOperator<Out>(DataStream<In>).
  template <class Build>
  explicit Harness(Build build) {
    auto graph = std::make_shared<StreamGraph>();
    graph->transformations.push_back(flink::detail::named("Source: test"));
    const auto result =
        build(DataStream<In>{flink::detail::StreamNode{graph, 0, &record_type<In>()}});
    static_assert(std::derived_from<decltype(result), const DataStream<Out>> ||
                      std::derived_from<decltype(result), DataStream<Out>>,
                  "flinkc: the harness's function must return the stream to be tested, of the "
                  "harness's second type");
    graph_ = std::make_unique<flink::detail::TestGraph>(graph, 0,
                                                        result.stream_node().edges().at(0).source);
    graph_->read_main(main_);
  }

  // Call before the first push().
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

  void push(In record) { push_batch(std::move(record), nullptr); }
  void push(In record, Timestamp at) { push_batch(std::move(record), &at); }
  void push_watermark(Timestamp watermark) {
    open();
    graph_->push_watermark(watermark);
  }
  void finish() {
    open();
    graph_->finish();
  }

  const std::vector<Out>& output() const { return main_.records; }
  // What came since the last take().
  std::vector<Out> take() { return std::exchange(main_.records, {}); }
  std::int64_t counter(std::string_view name) const {
    return static_cast<std::int64_t>(graph_->counter(name));
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
  void push_batch(In record, const Timestamp* at) {
    open();
    auto batch = make_ref<RecordBatch<In>>(1);
    batch->emplace(std::move(record));
    if (at != nullptr) batch->timestamps.push_back(at->time_since_epoch().count());
    graph_->push(std::move(batch));
  }

  Collected<Out> main_;
  std::map<std::string, std::unique_ptr<flink::detail::TestSink>> sides_;
  std::unique_ptr<flink::detail::TestGraph> graph_;
  bool opened_ = false;
};

}  // namespace flink::testing
