// SPDX-License-Identifier: Apache-2.0
// DataStream and what can be done with it (Flink, "DataStream API: Operators"). Values: copy them
// freely; they only say where records come from. Functions are copied into each subtask; they capture by
// value. A mistake in a function's types is one static_assert; the stream returned then accepts all.
// Building a graph is done on one thread and touches nothing outside.
#pragma once

#include <flink/detail/checks.h>
#include <flink/detail/key_selector.h>
#include <flink/detail/stream_node.h>
#include <flink/operators/filter.h>
#include <flink/operators/flat_map.h>
#include <flink/operators/map.h>
#include <flink/operators/process.h>
#include <flink/output_tag.h>
#include <flink/sink.h>

#include <concepts>

namespace flink {

template <class T>
class SingleOutputStreamOperator;
template <class T, class Selector>
class KeyedStream;
template <class A, class B>
class ConnectedStreams;

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
  Self& disable_chaining() {
    return detail::set_chaining(node(), ChainingStrategy::never), self();
  }
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
  auto map(F function) const;
  // Any number out: void(const T&, Collector<Out>&), or a batch: void(std::span<const T>, Collector<Out>&).
  template <class Out = void, class F>
  auto flat_map(F function) const;
  // bool(const T&).
  template <class F>
  auto filter(F predicate) const;
  // An object with process_element(const T&, ProcessContext&, Collector<Out>&).
  template <class Out = void, class F>
  auto process(F function) const;
  // By field name: each field of Owned is taken from T; views become owned.
  template <class Owned>
  auto as() const;

  // &T::field, a function of const T&, or several (the key is then a std::tuple).
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

  // How records travel to the next operator (Flink, "Physical Partitioning").
  DataStream forward() const { return partitioned(ShipStrategy::forward); }
  DataStream rebalance() const { return partitioned(ShipStrategy::rebalance); }
  DataStream rescale() const { return partitioned(ShipStrategy::rescale); }
  DataStream shuffle() const { return partitioned(ShipStrategy::shuffle); }
  DataStream broadcast() const { return partitioned(ShipStrategy::broadcast); }
  DataStream global() const { return partitioned(ShipStrategy::global); }
  // Partition: int(key, channels), deterministic.
  template <class Partition, class Selector>
  DataStream partition_custom(Partition partition, Selector selector) const;

  template <class S>
  DataStreamSink sink_to(S sink) const;
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

namespace detail {

template <class T>
const RecordType* type_of() {
  if constexpr (is_poison<T>) {
    return nullptr;
  } else {
    return &record_type<T>();
  }
}

// A transformation of one input whose operator is made from copies of `arguments`.
template <class Out, class Op, class... Arguments>
SingleOutputStreamOperator<Out> add_operator(const StreamNode& input, std::string name,
                                             bool keyed, Arguments... arguments) {
  Transformation t = named(std::move(name));
  t.output_type = type_of<Out>();
  t.keyed = keyed;
  t.make_operator = [arguments...]() -> std::unique_ptr<Operator> {
    return std::make_unique<Op>(arguments...);
  };
  return SingleOutputStreamOperator<Out>{input.add(std::move(t))};
}

using PoisonStream = SingleOutputStreamOperator<Poison>;

}  // namespace detail

template <class T>
template <class Out, class F>
auto DataStream<T>::map(F function) const {
  constexpr auto problem = detail::map_problem<Out, F, T>();
  FLINK_SAY_COMMON_PROBLEMS(problem);
  static_assert(problem != detail::Problem::wrong_parameter,
                "flinkc: map's function does not take this stream's records: write "
                "[](const Record& record) { return ...; } with the stream's record type");
  static_assert(problem != detail::Problem::wrong_result,
                "flinkc: map's function returns nothing: return the new record, or use flat_map");
  static_assert(problem != detail::Problem::dangling_view,
                "flinkc: map's result holds a view (std::string_view, std::span) into a record that "
                "owns its bytes and is gone by then: return std::string, or use flat_map and "
                "out.arena()");
  if constexpr (problem == detail::Problem::none) {
    using Result = typename detail::map_result<Out, F, T>::type;
    if constexpr (detail::record_fits<Result>()) {
      return detail::add_operator<Result, detail::MapOperator<T, Result, F>>(node_, "Map", false,
                                                                             std::move(function));
    } else {
      return detail::PoisonStream{};
    }
  } else {
    return detail::PoisonStream{};
  }
}

template <class T>
template <class Out, class F>
auto DataStream<T>::flat_map(F function) const {
  constexpr auto problem = detail::flat_map_problem<Out, F, T>();
  FLINK_SAY_COMMON_PROBLEMS(problem);
  static_assert(problem != detail::Problem::unknown_result,
                "flinkc: what this function collects cannot be told from auto parameters: write "
                "flat_map<Out>(f), or name the types: [](const In& in, Collector<Out>& out)");
  static_assert(problem != detail::Problem::wrong_result,
                "flinkc: flat_map's function takes (const Record& in, Collector<Out>& out); the "
                "second parameter must be a Collector<Out>&");
  static_assert(problem != detail::Problem::wrong_parameter,
                "flinkc: flat_map's function does not take this stream's records: write "
                "[](const Record& in, Collector<Out>& out) with the stream's record type");
  if constexpr (problem == detail::Problem::none) {
    using Result = typename detail::flat_map_result<Out, F>::type;
    if constexpr (detail::record_fits<Result>()) {
      return detail::add_operator<Result, detail::FlatMapOperator<T, Result, F>>(
          node_, "Flat Map", false, std::move(function));
    } else {
      return detail::PoisonStream{};
    }
  } else {
    return detail::PoisonStream{};
  }
}

template <class T>
template <class F>
auto DataStream<T>::filter(F predicate) const {
  constexpr auto problem = detail::filter_problem<F, T>();
  FLINK_SAY_COMMON_PROBLEMS(problem);
  static_assert(problem != detail::Problem::wrong_parameter,
                "flinkc: filter's function does not take this stream's records: write "
                "[](const Record& record) { return true; } with the stream's record type");
  static_assert(problem != detail::Problem::wrong_result,
                "flinkc: filter's function must return bool");
  if constexpr (problem == detail::Problem::none) {
    return detail::add_operator<T, detail::FilterOperator<T, F>>(node_, "Filter", false,
                                                                 std::move(predicate));
  } else {
    return detail::PoisonStream{};
  }
}

#define FLINK_SAY_PROCESS_PROBLEMS(problem, context)                                               \
  FLINK_SAY_COMMON_PROBLEMS(problem);                                                              \
  static_assert((problem) != ::flink::detail::Problem::java_process_element,                       \
                "flinkc: processElement is Java's spelling: name it process_element");             \
  static_assert((problem) != ::flink::detail::Problem::java_on_timer,                              \
                "flinkc: onTimer is Java's spelling: name it on_timer");                           \
  static_assert((problem) != ::flink::detail::Problem::on_timer,                                   \
                "flinkc: on_timer needs timers, which this version does not have yet: remove it"); \
  static_assert((problem) != ::flink::detail::Problem::no_process_element,                         \
                "flinkc: a process function needs one member void process_element(const Record& "  \
                "in, " context "& ctx, Collector<Out>& out); none of that name was found (if it "  \
                "is overloaded or a template, write process<Out>(f))");                            \
  static_assert((problem) != ::flink::detail::Problem::process_element_shape,                      \
                "flinkc: process_element has the wrong shape: write void process_element(const "   \
                "Record& in, " context "& ctx, Collector<Out>& out) with the stream's record type")

template <class T>
template <class Out, class F>
auto DataStream<T>::process(F function) const {
  constexpr auto problem = detail::process_problem<Out, F, T, ProcessContext>();
  FLINK_SAY_PROCESS_PROBLEMS(problem, "ProcessContext");
  if constexpr (problem == detail::Problem::none) {
    using Result = typename detail::process_result<Out, detail::function_t<F>>::type;
    if constexpr (detail::record_fits<Result>()) {
      return detail::add_operator<Result, detail::ProcessOperator<T, Result, F, detail::NoKey>>(
          node_, "Process", false, std::move(function), detail::NoKey{});
    } else {
      return detail::PoisonStream{};
    }
  } else {
    return detail::PoisonStream{};
  }
}

template <class T>
template <class Owned>
auto DataStream<T>::as() const {
  return map<Owned>([](const T& record) { return convert<Owned>(record); });
}

template <class T>
template <class Partition, class Selector>
DataStream<T> DataStream<T>::partition_custom(Partition partition, Selector selector) const {
  if constexpr (!detail::is_poison<T>) {
    constexpr bool selects = std::is_invocable_v<const Selector&, const T&>;
    static_assert(selects, "flinkc: partition_custom's second argument selects the key: &Record::field "
                           "or [](const Record& record) { return ...; }");
    if constexpr (selects) {
      using Key = std::decay_t<std::invoke_result_t<const Selector&, const T&>>;
      constexpr bool partitions = std::is_invocable_r_v<int, Partition&, const Key&, int>;
      static_assert(partitions, "flinkc: partition_custom's first argument is a function "
                                "int(const Key& key, int channels)");
      if constexpr (partitions) {
        Partitioning how{ShipStrategy::custom, true, {}, {}};
        using Select = detail::KeySelector<T, Selector>;
        how.make_partitioner = [partition, select = Select{selector}]() -> std::unique_ptr<Partitioner> {
          return std::make_unique<detail::CustomPartitioner<T, Partition, Select>>(partition, select);
        };
        return DataStream{node_.partitioned(std::move(how))};
      }
    }
  }
  return *this;
}

template <class T>
template <class S>
DataStreamSink DataStream<T>::sink_to(S sink) const {
  if constexpr (detail::is_poison<T>) {
    return DataStreamSink{{}};
  } else {
    constexpr bool fits = std::derived_from<S, Sink<T>>;
    static_assert(fits, "flinkc: this sink takes records of another type: use FileSink<Record>, "
                        "PrintSink<Record>, ... with the stream's record type, or map first");
    if constexpr (fits) {
      Transformation t = detail::named("Sink");
      t.is_sink = true;
      detail::install_sink(std::make_shared<const S>(std::move(sink)), t);
      return DataStreamSink{node_.add(std::move(t))};
    } else {
      return DataStreamSink{{}};
    }
  }
}

}  // namespace flink
