// SPDX-License-Identifier: Apache-2.0
// Two streams whose records of equal keys meet in windows (Flink, "Joining"):
//
//   orders.join(payments)
//       .where(&Order::id).equal_to(&Payment::order)
//       .window(TumblingEventTimeWindows::of(1min))
//       .apply([](const Order& order, const Payment& payment) { return Paid{...}; });
//
// join() gives every pair of a window, co_group() each window's records of both streams, of which
// one may have none. Results carry the window's max_timestamp(). Records wait until their window is
// over; those that come too late are dropped. Values, as streams are.
#pragma once

#include <flink/api/window_join_checks.h>
#include <flink/windowed_stream.h>

#include <utility>

namespace flink {

namespace detail {

enum class JoinKind : unsigned char { join, co_group };

// The key of whichever side a record is of.
template <class A, class B, class Selector1, class Selector2>
struct TaggedKey {
  using key_type = typename Selector1::key_type;
  Selector1 one;
  Selector2 two;
  decltype(auto) operator()(const TaggedUnion<A, B>& tagged) const {
    using First = std::invoke_result_t<const Selector1&, const A&>;
    using Second = std::invoke_result_t<const Selector2&, const B&>;
    if constexpr (std::is_same_v<First, Second> && std::is_lvalue_reference_v<First>) {
      return tagged.is_one() ? one(tagged.one()) : two(tagged.two());
    } else {
      return tagged.is_one() ? key_type(one(tagged.one())) : key_type(two(tagged.two()));
    }
  }
};

template <JoinKind kind, class A, class B, class Settings>
class JoinedWindows {
 public:
  explicit JoinedWindows(Settings settings) : settings_(std::move(settings)) {}

  // As of a WindowedStream; they see records as TaggedUnion<A, B>.
  template <class Trigger>
  auto trigger(Trigger trigger) const {
    if constexpr (trigger_fits<Settings, Trigger>()) {
      return changed(with_trigger(settings_, std::move(trigger)));
    } else {
      return PoisonSteps{};
    }
  }
  template <class Evictor>
  auto evictor(Evictor evictor) const {
    if constexpr (evictor_fits<Settings, Evictor>()) {
      return changed(with_evictor(settings_, std::move(evictor)));
    } else {
      return PoisonSteps{};
    }
  }
  JoinedWindows allowed_lateness(std::chrono::milliseconds lateness) const {
    JoinedWindows result = *this;
    result.settings_.lateness = checked_lateness(lateness);
    return result;
  }

  // join: Out(const A&, const B&), or void(const A&, const B&, Collector<Out>&).
  // co_group: void(Elements<A>, Elements<B>, Collector<Out>&).
  template <class Out = void, class F>
  auto apply(F function) const {
    using Function = as_class_t<F>;
    constexpr auto common = common_problem<F>();
    FLINK_SAY_COMMON_PROBLEMS(common);
    constexpr bool derives = can_be_derived_from<Function>;
    static_assert(derives,
                  "flinkc: this function's class is final: a window's function is derived from");
    if constexpr (common != Problem::none || !derives) {
      return poison_stream<A>();
    } else if constexpr (kind == JoinKind::join) {
      using Result = typename window_join_result<Out, Function, A, B>::type;
      constexpr bool fits = joins_in_window<Function, A, B, Result>();
      static_assert(fits,
                    "flinkc: a join's function takes a record of each stream: write [](const A& a, "
                    "const B& b) { return ...; }, or with a third parameter Collector<Out>& out; "
                    "with auto parameters apply<Out>(f)");
      if constexpr (fits) {
        return add<Result>("Join", JoinWindow<A, B, Function>{{std::move(function)}});
      } else {
        return poison_stream<A>();
      }
    } else {
      using Result = typename co_group_result<Out, Function>::type;
      constexpr bool fits = co_groups<Function, A, B, Result>();
      static_assert(fits,
                    "flinkc: a co-group's function takes the records of both streams: write "
                    "[](Elements<A> as, Elements<B> bs, Collector<Out>& out) { ... }; with auto "
                    "parameters apply<Out>(f)");
      if constexpr (fits) {
        return add<Result>("CoGroup", CoGroupWindow<A, B, Function>{{std::move(function)}});
      } else {
        return poison_stream<A>();
      }
    }
  }

 private:
  template <class Changed>
  auto changed(Changed settings) const {
    return JoinedWindows<kind, A, B, Changed>{std::move(settings)};
  }
  template <class Out, class Function>
  auto add(const char* name, Function function) const {
    using Tagged = TaggedUnion<A, B>;
    if constexpr (!window_owns<Tagged>()) {
      return poison_stream<A>();
    } else if constexpr (evicts<typename Settings::Evictor>) {
      return add_window<Out, Elements<Tagged>>(settings_, name, EvictingContents<Tagged>{},
                                               ElementsThemselves{}, std::move(function));
    } else {
      return add_window<Out, Elements<Tagged>>(settings_, name, ListContents<Tagged>{},
                                               ElementsThemselves{}, std::move(function));
    }
  }

  Settings settings_;
};

template <JoinKind kind, class A, class B, class Selector1, class Selector2>
class KeyedJoin {
 public:
  KeyedJoin(DataStream<A> one, DataStream<B> two, Selector1 where, Selector2 equal_to)
      : one_(std::move(one)), two_(std::move(two)), key_{std::move(where), std::move(equal_to)} {}

  template <class Assigner>
  auto window(Assigner assigner) const {
    using Tagged = TaggedUnion<A, B>;
    if constexpr (assigner_fits<Tagged, Assigner>()) {
      const auto all = one_.map(TagOne<A, B>{}).union_with(two_.map(TagTwo<A, B>{})).key_by(key_);
      auto trigger = assigner.get_default_trigger();
      using Settings = WindowSettings<Tagged, std::decay_t<decltype(all.selector())>, Assigner,
                                      decltype(trigger), NoEvictor>;
      return JoinedWindows<kind, A, B, Settings>{Settings{
          all.stream_node(), all.selector(), std::move(assigner), std::move(trigger), {}, 0, {}}};
    } else {
      return PoisonSteps{};
    }
  }

 private:
  DataStream<A> one_;
  DataStream<B> two_;
  TaggedKey<A, B, Selector1, Selector2> key_;
};

template <JoinKind kind, class A, class B, class Selector1>
class WhereJoin {
 public:
  WhereJoin(DataStream<A> one, DataStream<B> two, Selector1 where)
      : one_(std::move(one)), two_(std::move(two)), where_(std::move(where)) {}

  // The key in the second stream's records, of the same type as where()'s.
  template <class... Keys>
  auto equal_to(Keys... keys) const {
    const auto keyed = two_.key_by(std::move(keys)...);
    if constexpr (requires { keyed.selector(); }) {
      using Selector2 = std::decay_t<decltype(keyed.selector())>;
      constexpr bool same =
          std::is_same_v<typename Selector1::key_type, typename Selector2::key_type>;
      static_assert(
          same,
          "flinkc: where's and equal_to's keys must have one type: convert one of them, as in "
          "[](const Record& record) { return Key{...}; }");
      if constexpr (same) {
        return KeyedJoin<kind, A, B, Selector1, Selector2>{one_, two_, where_, keyed.selector()};
      } else {
        return PoisonSteps{};
      }
    } else {
      return PoisonSteps{};
    }
  }

 private:
  DataStream<A> one_;
  DataStream<B> two_;
  Selector1 where_;
};

}  // namespace detail

template <detail::JoinKind kind, class A, class B>
class JoinedStreamsOf {
 public:
  JoinedStreamsOf(DataStream<A> one, DataStream<B> two)
      : one_(std::move(one)), two_(std::move(two)) {}

  // The key in the first stream's records: as key_by's.
  template <class... Keys>
  auto where(Keys... keys) const {
    const auto keyed = one_.key_by(std::move(keys)...);
    if constexpr (requires { keyed.selector(); }) {
      return detail::WhereJoin<kind, A, B, std::decay_t<decltype(keyed.selector())>>{
          one_, two_, keyed.selector()};
    } else {
      return detail::PoisonSteps{};
    }
  }

 private:
  DataStream<A> one_;
  DataStream<B> two_;
};

template <class T>
template <class B>
auto DataStream<T>::join(const DataStream<B>& other) const {
  if constexpr (detail::is_poison<T> || detail::is_poison<B>) return detail::PoisonSteps{};
  else return JoinedStreamsOf<detail::JoinKind::join, T, B>{*this, other};
}
template <class T>
template <class B>
auto DataStream<T>::co_group(const DataStream<B>& other) const {
  if constexpr (detail::is_poison<T> || detail::is_poison<B>) return detail::PoisonSteps{};
  else return JoinedStreamsOf<detail::JoinKind::co_group, T, B>{*this, other};
}

}  // namespace flink
