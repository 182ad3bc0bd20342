// SPDX-License-Identifier: Apache-2.0
// WindowedStream: a stream cut into windows, to be reduced, aggregated or processed (Flink,
// "Windows"):
//
//   readings.key_by(&Reading::sensor)
//       .window(TumblingEventTimeWindows::of(1min))
//       .allowed_lateness(10s)
//       .side_output_late_data(late)
//       .reduce(hotter);
//
// Results carry the window's max_timestamp(), so that windows of the same size further on line up.
// A value: every setting gives a new one. Made on one thread, as all of the graph.
#pragma once

#include <flink/api/add_window.h>
#include <flink/api/poison_steps.h>
#include <flink/keyed_stream.h>
#include <flink/windows/all_windows.h>

#include <utility>

namespace flink {

template <class Settings>
class WindowedStream;

namespace detail {
template <class Settings>
WindowedStream<Settings> windowed(Settings settings) {
  return WindowedStream<Settings>{std::move(settings)};
}
}  // namespace detail

template <class Settings>
class WindowedStream {
  using T = typename Settings::Record;

 public:
  explicit WindowedStream(Settings settings) : settings_(std::move(settings)) {}

  // In place of the assigner's own, which then has no say.
  template <class Trigger>
  auto trigger(Trigger trigger) const {
    if constexpr (detail::trigger_fits<Settings, Trigger>()) {
      return detail::windowed(detail::with_trigger(settings_, std::move(trigger)));
    } else {
      return detail::PoisonSteps{};
    }
  }
  template <class Evictor>
  auto evictor(Evictor evictor) const {
    if constexpr (detail::evictor_fits<Settings, Evictor>()) {
      return detail::windowed(detail::with_evictor(settings_, std::move(evictor)));
    } else {
      return detail::PoisonSteps{};
    }
  }
  // Event time: a window is kept, and fires again for each element that comes, until the watermark
  // has passed its end by so much. Not negative.
  WindowedStream allowed_lateness(std::chrono::milliseconds lateness) const {
    WindowedStream changed = *this;
    changed.settings_.lateness = detail::checked_lateness(lateness);
    return changed;
  }
  // Where elements go that come too late; else they are dropped, and counted in
  // numLateRecordsDropped. Read by get_side_output(tag) of the result.
  WindowedStream side_output_late_data(const OutputTag<T>& tag) const {
    WindowedStream changed = *this;
    changed.settings_.late_tag = tag;
    return changed;
  }

  // f: T(const T& kept, const T& element), called as elements come; only its result is kept. Then
  // either that is the result, or what a window function makes of it.
  template <class F>
  auto reduce(F function) const {
    return detail::add_window_reduce<T>(settings_, std::move(function), detail::NoWindowFunction{});
  }
  template <class Out = void, class F, class Window>
  auto reduce(F function, Window window_function) const {
    return detail::add_window_reduce<Out>(settings_, std::move(function),
                                          std::move(window_function));
  }
  // A: what AggregatingState takes.
  template <class A>
  auto aggregate(A aggregate) const {
    return detail::add_window_aggregate<void>(settings_, std::move(aggregate),
                                              detail::NoWindowFunction{});
  }
  template <class Out = void, class A, class Window>
  auto aggregate(A aggregate, Window window_function) const {
    return detail::add_window_aggregate<Out>(settings_, std::move(aggregate),
                                             std::move(window_function));
  }
  // An object with process(const Key&, WindowContext<W>&, Elements<T>, Collector<Out>&), without
  // `const Key&` on a stream without keys. All elements are kept until the window is over.
  template <class Out = void, class F>
  auto process(F function) const {
    return detail::add_window_process<Out>(settings_, std::move(function));
  }

  // By member pointer or field name, as of a KeyedStream.
  template <class Field>
  auto sum(Field field) const {
    return detail::add_window_combine(settings_, "Sum", field, detail::AddValue{});
  }
  template <class Field>
  auto min(Field field) const {
    return detail::add_window_combine(settings_, "Min", field, detail::KeepLesser{});
  }
  template <class Field>
  auto max(Field field) const {
    return detail::add_window_combine(settings_, "Max", field, detail::KeepGreater{});
  }
  template <class Field>
  auto min_by(Field field) const {
    return detail::add_window_replace(settings_, "Min By", field, detail::IsLesser{});
  }
  template <class Field>
  auto max_by(Field field) const {
    return detail::add_window_replace(settings_, "Max By", field, detail::IsGreater{});
  }

 private:
  Settings settings_;
};

namespace detail {

template <class T, class Selector, class Assigner>
auto window_by(const StreamNode& node, const Selector& selector, Assigner assigner) {
  if constexpr (is_poison<T>) {
    return PoisonSteps{};
  } else if constexpr (assigner_fits<T, Assigner>()) {
    auto trigger = assigner.get_default_trigger();
    return windowed(WindowSettings<T, Selector, Assigner, decltype(trigger), NoEvictor>{
        node, selector, std::move(assigner), std::move(trigger), {}, 0, {}});
  } else {
    return PoisonSteps{};
  }
}

template <class Windows>
auto count_window(const Windows& global, std::int64_t size) {
  return global.trigger(PurgingTrigger::of(CountTrigger::of(size)));
}
template <class Windows>
auto count_window(const Windows& global, std::int64_t size, std::int64_t slide) {
  return global.evictor(CountEvictor::of(size)).trigger(CountTrigger::of(slide));
}

}  // namespace detail

template <class T, class Selector>
template <class Assigner>
auto KeyedStream<T, Selector>::window(Assigner assigner) const {
  return detail::window_by<T>(this->node_, selector_, std::move(assigner));
}
template <class T, class Selector>
auto KeyedStream<T, Selector>::count_window(std::int64_t size) const {
  return detail::count_window(window(GlobalWindows::create()), size);
}
template <class T, class Selector>
auto KeyedStream<T, Selector>::count_window(std::int64_t size, std::int64_t slide) const {
  return detail::count_window(window(GlobalWindows::create()), size, slide);
}

template <class T>
template <class Assigner>
auto DataStream<T>::window_all(Assigner assigner) const {
  return detail::window_by<T>(node_.partitioned(ShipStrategy::global), detail::AllKey{},
                              std::move(assigner));
}
template <class T>
auto DataStream<T>::count_window_all(std::int64_t size) const {
  return detail::count_window(window_all(GlobalWindows::create()), size);
}
template <class T>
auto DataStream<T>::count_window_all(std::int64_t size, std::int64_t slide) const {
  return detail::count_window(window_all(GlobalWindows::create()), size, slide);
}

}  // namespace flink
