// SPDX-License-Identifier: Apache-2.0
// A stream and a broadcast stream into one function (Flink, "The Broadcast State Pattern"):
// stream.connect(rules.broadcast(state)).process(F). See broadcast_context.h for F.
#pragma once

#include <flink/keyed_stream.h>
#include <flink/operators/broadcast_process.h>

namespace flink {

// A stream whose records go to every subtask, and the states they may change.
template <class B>
class BroadcastStream {
 public:
  BroadcastStream(detail::StreamNode node, std::vector<detail::BroadcastDescriptor> states)
      : node_(std::move(node)), states_(std::move(states)) {}
  const detail::StreamNode& stream_node() const { return node_; }
  const std::vector<detail::BroadcastDescriptor>& states() const { return states_; }

 private:
  detail::StreamNode node_;
  std::vector<detail::BroadcastDescriptor> states_;
};

template <class T, class B, class Selector>
class BroadcastConnectedStream {
 public:
  BroadcastConnectedStream(detail::StreamNode stream, BroadcastStream<B> broadcast,
                           Selector selector)
      : stream_(std::move(stream)),
        broadcast_(std::move(broadcast)),
        selector_(std::move(selector)) {}

  // void process_element(const T&, ReadOnlyContext&, Collector<Out>&) and void
  // process_broadcast_element(const B&, BroadcastContext&, Collector<Out>&); on a keyed stream
  // KeyedReadOnlyContext<Key>, KeyedBroadcastContext<Key> and on_timer.
  template <class Out = void, class F>
  auto process(F function) const {
    using Result = typename detail::process_result<Out, detail::function_t<F>>::type;
    using Contexts = detail::broadcast_contexts<Selector>;
    constexpr auto problem =
        detail::two_input_problem<F, fits<F, Result>(), typename Contexts::timer, Result>();
    FLINK_SAY_COMMON_PROBLEMS(problem);
    FLINK_SAY_TIMER_PROBLEMS(problem, "KeyedReadOnlyContext<Key>");
    if constexpr (detail::has_key<Selector>) {
      FLINK_SAY(problem, wrong_parameter,
                "the function lacks one of its two hooks, or one has other types: write void "
                "process_element(const Record&, KeyedReadOnlyContext<Key>&, Collector<Out>&) and "
                "void process_broadcast_element(const Rule&, KeyedBroadcastContext<Key>&, "
                "Collector<Out>&) with the two streams' record types");
    } else {
      FLINK_SAY(problem, wrong_parameter,
                "the function lacks one of its two hooks, or one has other types: write void "
                "process_element(const Record&, ReadOnlyContext&, Collector<Out>&) and void "
                "process_broadcast_element(const Rule&, BroadcastContext&, Collector<Out>&) with "
                "the two streams' record types");
    }
    if constexpr (detail::is_poison<T> || detail::is_poison<B> ||
                  problem != detail::Problem::none) {
      return detail::PoisonStream{};
    } else if constexpr (!detail::record_fits<Result>()) {
      return detail::PoisonStream{};
    } else {
      return add<Result>(std::move(function));
    }
  }

 private:
  template <class F, class Out>
  static consteval bool fits() {
    using Contexts = detail::broadcast_contexts<Selector>;
    if constexpr (detail::is_poison<T> || detail::is_poison<B>) return true;
    else if constexpr (std::is_void_v<Out>) return false;
    else
      return detail::broadcast_processes<detail::function_t<F>, T, B, typename Contexts::element,
                                         typename Contexts::broadcast, Out>;
  }
  template <class Out, class F>
  SingleOutputStreamOperator<Out> add(F function) const {
    Transformation t = detail::named(detail::has_key<Selector> ? "Keyed-Co-Process-Broadcast"
                                                               : "Co-Process-Broadcast");
    t.output_type = &record_type<Out>();
    detail::StatefulOperator where;
    where.timers = detail::names_on_timer<detail::function_t<F>>;
    where.broadcast = broadcast_.states();
    detail::describe_function<Selector>(function, std::move(where), t);
    t.make_operator = [function, selector = selector_,
                       states = broadcast_.states()]() -> std::unique_ptr<Operator> {
      return std::make_unique<detail::BroadcastProcessOperator<T, B, Out, F, Selector>>(
          function, selector, states);
    };
    return SingleOutputStreamOperator<Out>{stream_.add_two(broadcast_.stream_node(), std::move(t))};
  }

  detail::StreamNode stream_;
  BroadcastStream<B> broadcast_;
  [[no_unique_address]] Selector selector_;
};

template <class T>
template <class K, class V, class... More>
BroadcastStream<T> DataStream<T>::broadcast(const BroadcastState<K, V>& state,
                                            const More&... more) const {
  const auto descriptor = [](const auto& one) {
    return detail::BroadcastDescriptor{one.name(), [one] { return one.make_table(); }};
  };
  return BroadcastStream<T>{node_.partitioned(ShipStrategy::broadcast),
                            {descriptor(state), descriptor(more)...}};
}

template <class T>
template <class B>
BroadcastConnectedStream<T, B, detail::NoKey> DataStream<T>::connect(
    const BroadcastStream<B>& other) const {
  return {node_, other, detail::NoKey{}};
}

template <class T, class Selector>
template <class B>
BroadcastConnectedStream<T, B, Selector> KeyedStream<T, Selector>::connect(
    const BroadcastStream<B>& other) const {
  return {this->node_, other, selector_};
}

}  // namespace flink
