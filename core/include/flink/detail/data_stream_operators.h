// SPDX-License-Identifier: Apache-2.0
// The bodies of DataStream's operators: each asks what is wrong with the function, says it in one
// line, and adds a transformation. Included by data_stream.h only.
#pragma once

#include <flink/detail/add_operator.h>

namespace flink {

// Also when add_operator.h comes first, and this on the way.
namespace detail {
template <class Selector, class F>
void describe_function(const F& prototype, StatefulOperator where, Transformation& t);
template <class Out, class Op, class... Arguments>
SingleOutputStreamOperator<Out> add_operator(const StreamNode& input, Transformation t,
                                             Arguments... arguments);
template <class Out, Problem problem, class T, class F, class Selector>
auto add_process(const StreamNode& node, std::string name, F function, const Selector& selector);
using PoisonStream = SingleOutputStreamOperator<Poison>;
}  // namespace detail

template <class T>
template <class Out, class F, class Selector>
auto DataStream<T>::map_by(F function, const Selector& selector) const {
  constexpr auto problem = detail::map_problem<Out, F, T>();
  FLINK_SAY_COMMON_PROBLEMS(problem);
  static_assert(problem != detail::Problem::wrong_parameter,
                "flinkc: map's function does not take this stream's records: write "
                "[](const Record& record) { return ...; } with the stream's record type");
  static_assert(problem != detail::Problem::wrong_result,
                "flinkc: map's function returns nothing: return the new record, or use flat_map");
  static_assert(
      problem != detail::Problem::dangling_view,
      "flinkc: map's result holds a view (std::string_view, std::span) into a record that "
      "owns its bytes and is gone by then: return std::string, or use flat_map and "
      "out.arena()");
  if constexpr (problem == detail::Problem::none) {
    using Result = typename detail::map_result<Out, F, T>::type;
    if constexpr (detail::record_fits<Result>()) {
      Transformation t = detail::named("Map");
      detail::describe_function<Selector>(function, {}, t);
      return detail::add_operator<Result, detail::MapOperator<T, Result, F, Selector>>(
          node_, std::move(t), std::move(function), selector);
    } else {
      return detail::PoisonStream{};
    }
  } else {
    return detail::PoisonStream{};
  }
}

template <class T>
template <class Out, class F, class Selector>
auto DataStream<T>::flat_map_by(F function, const Selector& selector) const {
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
      Transformation t = detail::named("Flat Map");
      detail::describe_function<Selector>(function, {}, t);
      return detail::add_operator<Result, detail::FlatMapOperator<T, Result, F, Selector>>(
          node_, std::move(t), std::move(function), selector);
    } else {
      return detail::PoisonStream{};
    }
  } else {
    return detail::PoisonStream{};
  }
}

template <class T>
template <class F, class Selector>
auto DataStream<T>::filter_by(F predicate, const Selector& selector) const {
  constexpr auto problem = detail::filter_problem<F, T>();
  FLINK_SAY_COMMON_PROBLEMS(problem);
  static_assert(problem != detail::Problem::wrong_parameter,
                "flinkc: filter's function does not take this stream's records: write "
                "[](const Record& record) { return true; } with the stream's record type");
  static_assert(problem != detail::Problem::wrong_result,
                "flinkc: filter's function must return bool");
  if constexpr (problem == detail::Problem::none) {
    Transformation t = detail::named("Filter");
    detail::describe_function<Selector>(predicate, {}, t);
    return detail::add_operator<T, detail::FilterOperator<T, F, Selector>>(
        node_, std::move(t), std::move(predicate), selector);
  } else {
    return detail::PoisonStream{};
  }
}

template <class T>
template <class Out, class F>
auto DataStream<T>::map(F function) const {
  return map_by<Out>(std::move(function), detail::NoKey{});
}
template <class T>
template <class Out, class F>
auto DataStream<T>::flat_map(F function) const {
  return flat_map_by<Out>(std::move(function), detail::NoKey{});
}
template <class T>
template <class F>
auto DataStream<T>::filter(F predicate) const {
  return filter_by(std::move(predicate), detail::NoKey{});
}

template <class T>
template <class Out, class F>
auto DataStream<T>::process(F function) const {
  constexpr auto problem = detail::process_problem<Out, F, T, ProcessContext, void>();
  FLINK_SAY_PROCESS_PROBLEMS(problem, "ProcessContext");
  return detail::add_process<Out, problem, T>(node_, "Process", std::move(function),
                                              detail::NoKey{});
}

template <class T>
template <class Owned>
auto DataStream<T>::as() const {
  return map<Owned>([](const T& record) { return convert<Owned>(record); });
}

template <class T>
template <class R>
auto DataStream<T>::assign_timestamps_and_watermarks(const WatermarkStrategy<R>& strategy) const {
  if constexpr (detail::is_poison<T>) {
    return detail::PoisonStream{};
  } else {
    constexpr bool fits = std::is_same_v<R, T>;
    static_assert(fits,
                  "flinkc: the watermark strategy's record type is not the stream's: write "
                  "WatermarkStrategy<Record>::... with the stream's record type");
    if constexpr (fits) {
      Transformation t = detail::named("Timestamps/Watermarks");
      t.output_type = &record_type<T>();
      t.make_operator = detail::watermarks_operator(strategy.plan());
      return SingleOutputStreamOperator<T>{node_.add(std::move(t))};
    } else {
      return detail::PoisonStream{};
    }
  }
}

template <class T>
template <class Partition, class Selector>
DataStream<T> DataStream<T>::partition_custom(Partition partition, Selector selector) const {
  if constexpr (!detail::is_poison<T>) {
    constexpr bool selects = std::is_invocable_v<const Selector&, const T&>;
    static_assert(selects,
                  "flinkc: partition_custom's second argument selects the key: &Record::field "
                  "or [](const Record& record) { return ...; }");
    if constexpr (selects) {
      using Key = std::decay_t<std::invoke_result_t<const Selector&, const T&>>;
      constexpr bool partitions = std::is_invocable_r_v<int, Partition&, const Key&, int>;
      static_assert(partitions,
                    "flinkc: partition_custom's first argument is a function "
                    "int(const Key& key, int channels)");
      if constexpr (partitions) {
        Partitioning how{ShipStrategy::custom, true, {}, {}};
        using Select = detail::KeySelector<T, Selector>;
        how.make_partitioner = [partition, select = Select{selector}] {
          return detail::make_owned<Partitioner, detail::CustomPartitioner<T, Partition, Select>>(
              partition, select);
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
    static_assert(fits,
                  "flinkc: this sink takes records of another type: use FileSink<Record>, "
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
