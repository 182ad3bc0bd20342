// SPDX-License-Identifier: Apache-2.0
// DataStream and what can be done with it (Flink, "DataStream API: Operators"). Values: copy them
// freely; they only say where records come from. Functions are copied into each subtask; they
// capture by value. A mistake in a function's types is one static_assert; the stream returned then
// accepts all. Building a graph is done on one thread and touches nothing outside.
#pragma once

#include <flink/api/assign_watermarks.h>
#include <flink/api/filter.h>
#include <flink/api/flat_map.h>
#include <flink/api/map.h>
#include <flink/api/partition_custom.h>
#include <flink/api/process.h>
#include <flink/api/sink_to.h>
#include <flink/output_tag.h>
#include <flink/types/convert.h>

#include <concepts>

namespace flink {

template <class T>
class SingleOutputStreamOperator;
template <class T, class Selector>
class KeyedStream;
template <class A, class B>
class ConnectedStreams;
template <class T, class B, class Selector>
class BroadcastConnectedStream;
template <class B>
class BroadcastStream;
template <class K, class V>
class BroadcastState;

// What every operator's result can be told.
template <class Self>
class OperatorSettings {
 public:
  Self& name(std::string name) { return detail::set_name(node(), std::move(name)), self(); }
  // The operator's address in savepoints: unique in the job, never changed.
  Self& uid(std::string uid) { return detail::set_uid(node(), std::move(uid)), self(); }
  Self& set_parallelism(int n) { return detail::set_parallelism(node(), n), self(); }
  Self& set_max_parallelism(int n) { return detail::set_max_parallelism(node(), n), self(); }
  Self& slot_sharing_group(std::string group) {
    return detail::set_slot_sharing_group(node(), std::move(group)), self();
  }
  Self& disable_chaining() { return detail::set_chaining(node(), ChainingStrategy::never), self(); }
  Self& start_new_chain() { return detail::set_chaining(node(), ChainingStrategy::head), self(); }

 private:
  Self& self() { return static_cast<Self&>(*this); }
  const detail::StreamNode& node() { return static_cast<Self&>(*this).stream_node(); }
};

// The end of a stream.
class DataStreamSink : public OperatorSettings<DataStreamSink> {
 public:
  explicit DataStreamSink(detail::StreamNode node) : node_(std::move(node)) {}
  const detail::StreamNode& stream_node() const { return node_; }

 private:
  detail::StreamNode node_;
};

template <class T>
class DataStream {
 public:
  using value_type = T;
  explicit DataStream(detail::StreamNode node = {}) : node_(std::move(node)) {}
  const detail::StreamNode& stream_node() const { return node_; }

  // One record in, one out. F: Out(const T&), Out(T), Out(T&&) or &T::field.
  template <class Out = void, class F>
  auto map(F function) const {
    return detail::add_map<Out, T>(node_, std::move(function), detail::NoKey{});
  }
  // Any number out: void(const T&, Collector<Out>&), or a batch: void(std::span<const T>,
  // Collector<Out>&).
  template <class Out = void, class F>
  auto flat_map(F function) const {
    return detail::add_flat_map<Out, T>(node_, std::move(function), detail::NoKey{});
  }
  // bool(const T&).
  template <class F>
  auto filter(F predicate) const {
    return detail::add_filter<T>(node_, std::move(predicate), detail::NoKey{});
  }
  // An object with process_element(const T&, ProcessContext&, Collector<Out>&).
  template <class Out = void, class F>
  auto process(F function) const {
    return detail::add_process<Out, T>(node_, std::move(function));
  }
  // By field name: each field of Owned is taken from T; views become owned.
  template <class Owned>
  auto as() const {
    return map<Owned>([](const T& record) { return convert<Owned>(record); });
  }

  // Timestamps and watermarks from here on (better where the records come from: from_source()).
  template <class R>
  auto assign_timestamps_and_watermarks(const WatermarkStrategy<R>& strategy) const {
    return detail::assign_watermarks<T>(node_, strategy);
  }

  // &T::field, a function of const T&, or several (the key is then a std::tuple). Its body and
  // those of connect() and broadcast() are beside the streams that they give.
  template <class... Selectors>
  auto key_by(Selectors... selectors) const;

  // Same type, several streams: one (Flink's union).
  template <class... Others>
  DataStream union_with(const Others&... others) const {
    static_assert((std::derived_from<Others, DataStream> && ...),
                  "flinkc: union_with takes streams of the same record type; map them to one type "
                  "first, or use connect");
    auto node = node_;
    if constexpr ((std::derived_from<Others, DataStream> && ...)) {
      ((node = node.joined_with(others.stream_node())), ...);
    }
    return DataStream{std::move(node)};
  }
  template <class B>
  ConnectedStreams<T, B> connect(const DataStream<B>& other) const;
  // With a stream that changes broadcast state: .process(F).
  template <class B>
  BroadcastConnectedStream<T, B, detail::NoKey> connect(const BroadcastStream<B>& other) const;

  // Records of both with equal keys meet in windows: joined_streams.h.
  template <class B>
  auto join(const DataStream<B>& other) const;
  template <class B>
  auto co_group(const DataStream<B>& other) const;

  // How records travel to the next operator (Flink, "Physical Partitioning").
  DataStream forward() const { return partitioned(ShipStrategy::forward); }
  DataStream rebalance() const { return partitioned(ShipStrategy::rebalance); }
  DataStream rescale() const { return partitioned(ShipStrategy::rescale); }
  DataStream shuffle() const { return partitioned(ShipStrategy::shuffle); }
  DataStream broadcast() const { return partitioned(ShipStrategy::broadcast); }
  // To be connected: its records change those states, in every subtask.
  template <class K, class V, class... More>
  BroadcastStream<T> broadcast(const BroadcastState<K, V>& state, const More&... more) const;
  DataStream global() const { return partitioned(ShipStrategy::global); }
  // Partition: int(key, channels), deterministic.
  template <class Partition, class Selector>
  DataStream partition_custom(Partition partition, Selector selector) const {
    return DataStream{
        detail::partition_custom<T>(node_, std::move(partition), std::move(selector))};
  }

  // Cut into windows, in one subtask; see windowed_stream.h and KeyedStream::window.
  template <class Assigner>
  auto window_all(Assigner assigner) const;
  auto count_window_all(std::int64_t size) const;
  auto count_window_all(std::int64_t size, std::int64_t slide) const;

  template <class S>
  DataStreamSink sink_to(S sink) const {
    return DataStreamSink{detail::add_sink<T>(node_, std::move(sink))};
  }
  // Each record as a line on stdout, prefixed "id:subtask> " as in Flink.
  DataStreamSink print(std::string id = {}) const;
  DataStreamSink print_to_err(std::string id = {}) const;
  // Records as lines to a TCP server.
  DataStreamSink write_to_socket(std::string host, std::uint16_t port) const;

 protected:
  detail::StreamNode node_;

 private:
  DataStream partitioned(ShipStrategy strategy) const {
    return DataStream{node_.partitioned(strategy)};
  }
};

// The result of an operator: a stream that can be named and that may have side outputs.
template <class T>
class SingleOutputStreamOperator : public DataStream<T>,
                                   public OperatorSettings<SingleOutputStreamOperator<T>> {
 public:
  using DataStream<T>::DataStream;
  using DataStream<T>::stream_node;

  template <class X>
  DataStream<X> get_side_output(const OutputTag<X>& tag) const {
    return DataStream<X>{this->node_.side_output(tag.id(), &record_type<X>())};
  }
};

}  // namespace flink
