// SPDX-License-Identifier: Apache-2.0
// left.interval_join(right).between(-5s, 10s).process(F{}): each record of one keyed stream with
// those of another that have its key and lie within a time of it (Flink, "Interval Join"). In event
// time: both streams need timestamps. What can find no partner any more is forgotten with the
// watermark.
#pragma once

#include <flink/api/poison_steps.h>
#include <flink/connected_streams.h>
#include <flink/operators/interval_join.h>

#include <type_traits>
#include <utility>

namespace flink {

namespace detail {

template <class F>
struct join_result {
  using type = void;
};
template <class F>
requires requires { &F::process_element; }
struct join_result<F> {
  using M = member_signature<decltype(&F::process_element)>;
  using type = typename collected<argument_t<3, M>>::type;
};
template <class F, class A, class B, class Out>
constexpr bool joins = requires(F& f, const A& a, const B& b, ProcessJoinContext& context,
                                Collector<Out>& out) {
  f.process_element(a, b, context, out);
};

// Throws Error{user} for a lower bound above the upper one, and for times that nobody lives to see.
void check_join_bounds(std::int64_t lower, std::int64_t upper);

}  // namespace detail

template <class A, class B, class Selector1, class Selector2>
class IntervalJoined;

template <class A, class B, class Selector1, class Selector2>
class [[nodiscard]] IntervalJoin {
 public:
  IntervalJoin(KeyedStream<A, Selector1> left, KeyedStream<B, Selector2> right)
      : left_(std::move(left)), right_(std::move(right)) {}

  // Event time is the only one.
  IntervalJoin in_event_time() const { return *this; }
  // left + lower <= right <= left + upper. Both may be negative.
  IntervalJoined<A, B, Selector1, Selector2> between(std::chrono::milliseconds lower,
                                                     std::chrono::milliseconds upper) const {
    detail::check_join_bounds(lower.count(), upper.count());
    detail::IntervalJoinSettings<A, B> settings;
    settings.interval = {lower.count(), upper.count()};
    return {left_, right_, std::move(settings), true, true};
  }

 private:
  KeyedStream<A, Selector1> left_;
  KeyedStream<B, Selector2> right_;
};

template <class A, class B, class Selector1, class Selector2>
class [[nodiscard]] IntervalJoined {
 public:
  IntervalJoined lower_bound_exclusive() const {
    IntervalJoined changed = *this;
    changed.lower_inclusive_ = false;
    return changed;
  }
  IntervalJoined upper_bound_exclusive() const {
    IntervalJoined changed = *this;
    changed.upper_inclusive_ = false;
    return changed;
  }
  // Records behind the watermark; without this they are dropped and counted.
  IntervalJoined side_output_left_late_data(const OutputTag<A>& tag) const {
    IntervalJoined changed = *this;
    changed.settings_.late_left = tag;
    return changed;
  }
  IntervalJoined side_output_right_late_data(const OutputTag<B>& tag) const {
    IntervalJoined changed = *this;
    changed.settings_.late_right = tag;
    return changed;
  }

  // An object with process_element(const A&, const B&, ProcessJoinContext&, Collector<Out>&),
  // called for each pair. Results have the later timestamp of the two.
  template <class Given = void, class F>
  auto process(F function) const {
    using Out =
        std::conditional_t<std::is_void_v<Given>, typename detail::join_result<F>::type, Given>;
    constexpr auto common = detail::common_problem<F>();
    FLINK_SAY_COMMON_PROBLEMS(common);
    constexpr bool owns = !has_views<A> && !has_views<B>;
    static_assert(owns,
                  "flinkc: an interval join keeps its records, and one of these holds a view "
                  "(std::string_view, std::span) that does not live that long: convert first with "
                  ".as<Owned>(), where Owned has std::string instead");
    constexpr bool right = common == detail::Problem::none && owns;
    if constexpr (right && fits<F, Out>()) {
      detail::IntervalJoinSettings<A, B> settings = settings_;
      if (!lower_inclusive_) ++settings.interval.lower;
      if (!upper_inclusive_) --settings.interval.upper;
      using Key = typename Selector1::key_type;
      auto result = left_.connect(right_).process(detail::IntervalJoinFunction<Key, A, B, Out, F>{
          std::move(settings), std::move(function)});
      result.name("Interval Join");
      return result;
    } else {
      static_assert(!right,
                    "flinkc: an interval join's function needs one member void process_element("
                    "const Left& left, const Right& right, ProcessJoinContext& ctx, "
                    "Collector<Out>& out); if it is overloaded or a template, write "
                    "process<Out>(f)");
      return detail::PoisonStream{};
    }
  }

  // From between().
  IntervalJoined(KeyedStream<A, Selector1> left, KeyedStream<B, Selector2> right,
                 detail::IntervalJoinSettings<A, B> settings, bool lower_inclusive,
                 bool upper_inclusive)
      : left_(std::move(left)),
        right_(std::move(right)),
        settings_(std::move(settings)),
        lower_inclusive_(lower_inclusive),
        upper_inclusive_(upper_inclusive) {}

 private:
  template <class F, class Out>
  static consteval bool fits() {
    if constexpr (std::is_void_v<Out>) return false;
    else return detail::joins<F, A, B, Out>;
  }

  KeyedStream<A, Selector1> left_;
  KeyedStream<B, Selector2> right_;
  detail::IntervalJoinSettings<A, B> settings_;
  bool lower_inclusive_, upper_inclusive_;
};

template <class T, class Selector>
detail::PoisonSteps KeyedStream<T, Selector>::interval_join(const detail::PoisonStream&) const {
  return {};
}
template <class T, class Selector>
template <class B, class Selector2>
auto KeyedStream<T, Selector>::interval_join(const KeyedStream<B, Selector2>& other) const {
  return IntervalJoin<T, B, Selector, Selector2>{*this, other};
}

}  // namespace flink
