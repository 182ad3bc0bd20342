// SPDX-License-Identifier: Apache-2.0
// Two streams of different types into one function (Flink, "Connect").
#pragma once

#include <flink/keyed_stream.h>
#include <flink/operators/co_process.h>

namespace flink {

namespace detail {

template <class Out, class M>
struct co_result {
  using type = Out;
};
template <class F>
struct co_map_result {
  using type = void;
};
template <class F>
requires requires { &F::map1; }
struct co_map_result<F> {
  using type = std::decay_t<typename member_signature<decltype(&F::map1)>::result>;
};
template <class F>
struct co_flat_map_result {
  using type = void;
};
template <class F>
requires requires { &F::flat_map1; }
struct co_flat_map_result<F> {
  using type = typename collected<argument_t<1, member_signature<decltype(&F::flat_map1)>>>::type;
};
template <class F, class A, class B, class Out>
constexpr bool co_maps = requires(F& f, const A& a, const B& b) {
  Out(f.map1(a));
  Out(f.map2(b));
};
template <class F, class A, class B, class Out>
constexpr bool co_flat_maps = requires(F& f, const A& a, const B& b, Collector<Out>& out) {
  f.flat_map1(a, out);
  f.flat_map2(b, out);
};
}  // namespace detail

template <class A, class B, class Selector1 = detail::NoKey, class Selector2 = detail::NoKey>
class ConnectedStreamsOf {
 public:
  ConnectedStreamsOf(detail::StreamNode first, detail::StreamNode second, Selector1 selector1 = {},
                     Selector2 selector2 = {})
      : first_(std::move(first)),
        second_(std::move(second)),
        selector1_(std::move(selector1)),
        selector2_(std::move(selector2)) {}

  // Equal keys of both streams meet in one subtask.
  template <class Key1, class Key2>
  auto key_by(Key1 key1, Key2 key2) const {
    auto first = DataStream<A>{first_}.key_by(std::move(key1));
    auto second = DataStream<B>{second_}.key_by(std::move(key2));
    if constexpr (requires {
                    first.selector();
                    second.selector();
                  }) {
      constexpr bool same =
          std::is_same_v<typename decltype(first)::key_type, typename decltype(second)::key_type>;
      static_assert(same, "flinkc: the two keys of connected streams must have one type");
      if constexpr (same) {
        return ConnectedStreamsOf<A, B, std::decay_t<decltype(first.selector())>,
                                  std::decay_t<decltype(second.selector())>>{
            first.stream_node(), second.stream_node(), first.selector(), second.selector()};
      } else {
        return ConnectedStreamsOf<detail::Poison, detail::Poison>{{}, {}};
      }
    } else {
      return ConnectedStreamsOf<detail::Poison, detail::Poison>{{}, {}};
    }
  }

  // An object with Out map1(const A&), Out map2(const B&).
  template <class F>
  auto map(F function) const {
    using Out = typename detail::co_map_result<detail::function_t<F>>::type;
    constexpr auto problem = detail::two_input_problem<F, maps<F, Out>(), void, Out>();
    FLINK_SAY_COMMON_PROBLEMS(problem);
    FLINK_SAY(problem, wrong_parameter,
              "map on connected streams takes an object with Out map1(const A&) and Out "
              "map2(const B&), of the two streams' record types");
    return add<detail::CoKind::map, Out, problem>("Co-Map", std::move(function));
  }
  // void flat_map1(const A&, Collector<Out>&), void flat_map2(const B&, Collector<Out>&).
  template <class F>
  auto flat_map(F function) const {
    using Out = typename detail::co_flat_map_result<detail::function_t<F>>::type;
    constexpr auto problem = detail::two_input_problem<F, flat_maps<F, Out>(), void, Out>();
    FLINK_SAY_COMMON_PROBLEMS(problem);
    FLINK_SAY(problem, wrong_parameter,
              "flat_map on connected streams takes an object with void flat_map1(const A&, "
              "Collector<Out>&) and flat_map2(const B&, Collector<Out>&)");
    return add<detail::CoKind::flat_map, Out, problem>("Co-Flat Map", std::move(function));
  }
  // void process_element1(const A&, Context&, Collector<Out>&), process_element2 with B; Context is
  // ProcessContext, or KeyedContext<Key> after key_by, where on_timer may come in too.
  template <class F>
  auto process(F function) const {
    using Out = typename detail::co_process_result<detail::function_t<F>>::type;
    constexpr auto problem = detail::two_input_problem<F, processes<F, Out>(),
                                                       detail::timer_context_t<Selector1>, Out>();
    FLINK_SAY_COMMON_PROBLEMS(problem);
    FLINK_SAY_TIMER_PROBLEMS(problem, "KeyedContext<Key>");
    FLINK_SAY(problem, wrong_parameter,
              "process on connected streams takes an object with void process_element1(const A&, "
              "Context&, Collector<Out>&) and process_element2 with const B&; Context is "
              "ProcessContext, or KeyedContext<Key> after key_by");
    return add<detail::CoKind::process, Out, problem>("Co-Process", std::move(function));
  }

 private:
  static constexpr bool poisoned = detail::is_poison<A> || detail::is_poison<B>;

  template <class F, class Out>
  static consteval bool maps() {
    return poisoned || detail::co_maps<detail::function_t<F>, A, B, Out>;
  }
  template <class F, class Out>
  static consteval bool flat_maps() {
    if constexpr (poisoned) return true;
    else if constexpr (std::is_void_v<Out>) return false;
    else return detail::co_flat_maps<detail::function_t<F>, A, B, Out>;
  }
  template <class F, class Out>
  static consteval bool processes() {
    if constexpr (poisoned) return true;
    else if constexpr (std::is_void_v<Out>) return false;
    else
      return detail::co_processes<detail::function_t<F>, A, B, detail::process_context_t<Selector1>,
                                  Out>;
  }

  template <detail::CoKind Kind, class Out, detail::Problem problem, class F>
  auto add(std::string name, F function) const {
    if constexpr (poisoned || problem != detail::Problem::none) {
      return detail::PoisonStream{};
    } else if constexpr (!detail::record_fits<Out>()) {
      return detail::PoisonStream{};
    } else {
      using Op = detail::CoOperator<Kind, A, B, Out, F, Selector1, Selector2>;
      Transformation t = detail::named(std::move(name));
      t.output_type = &record_type<Out>();
      detail::StatefulOperator where;
      where.timers = detail::has_key<Selector1> && Kind == detail::CoKind::process &&
                     detail::names_on_timer<detail::function_t<F>>;
      detail::describe_function<Selector1>(function, std::move(where), t);
      t.make_operator = [function, s1 = selector1_,
                         s2 = selector2_]() -> std::unique_ptr<Operator> {
        return std::make_unique<Op>(function, s1, s2);
      };
      return SingleOutputStreamOperator<Out>{first_.add_two(second_, std::move(t))};
    }
  }

  detail::StreamNode first_, second_;
  [[no_unique_address]] Selector1 selector1_;
  [[no_unique_address]] Selector2 selector2_;
};

template <class A, class B>
class ConnectedStreams : public ConnectedStreamsOf<A, B> {
 public:
  using ConnectedStreamsOf<A, B>::ConnectedStreamsOf;
};

template <class T>
template <class B>
ConnectedStreams<T, B> DataStream<T>::connect(const DataStream<B>& other) const {
  return ConnectedStreams<T, B>{node_, other.stream_node()};
}

template <class T, class Selector>
template <class B, class Selector2>
auto KeyedStream<T, Selector>::connect(const KeyedStream<B, Selector2>& other) const {
  constexpr bool same = std::is_same_v<key_type, typename Selector2::key_type>;
  static_assert(same, "flinkc: the two keys of connected streams must have one type");
  if constexpr (same) {
    return ConnectedStreamsOf<T, B, Selector, Selector2>{this->node_, other.stream_node(),
                                                         selector_, other.selector()};
  } else {
    return ConnectedStreamsOf<detail::Poison, detail::Poison>{{}, {}};
  }
}

}  // namespace flink
