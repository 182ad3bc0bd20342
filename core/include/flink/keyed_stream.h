// SPDX-License-Identifier: Apache-2.0
// KeyedStream: records of equal keys meet in one subtask (Flink, "KeyBy").
#pragma once

#include <flink/api/key_selector.h>
#include <flink/api/keyed_update.h>
#include <flink/api/poison_steps.h>
#include <flink/data_stream.h>

#include <tuple>

namespace flink {

template <class T, class Selector>
class KeyedStream : public DataStream<T> {
 public:
  using key_type = typename Selector::key_type;
  KeyedStream(detail::StreamNode node, Selector selector)
      : DataStream<T>(std::move(node)), selector_(std::move(selector)) {}

  // T(const T& accumulated, const T& record); emits the accumulated record each time.
  template <class F>
  auto reduce(F function) const {
    return detail::add_reduce<T>(this->node_, selector_, std::move(function));
  }

  // By member pointer or field name. sum, min and max change that one field of the first record;
  // min_by and max_by give the whole record that has it (the earlier one when equal). In the order
  // of these four NaN is the greatest number, and -0.0 comes before 0.0.
  template <class Field>
  auto sum(Field field) const {
    return detail::add_aggregate<T>(this->node_, selector_, "Sum", field,
                                    [](auto& kept, const auto& value) { kept += value; });
  }
  template <class Field>
  auto min(Field field) const {
    return detail::add_aggregate<T>(this->node_, selector_, "Min", field,
                                    [](auto& kept, const auto& value) {
                                      if (detail::comes_before(value, kept)) kept = value;
                                    });
  }
  template <class Field>
  auto max(Field field) const {
    return detail::add_aggregate<T>(this->node_, selector_, "Max", field,
                                    [](auto& kept, const auto& value) {
                                      if (detail::comes_before(kept, value)) kept = value;
                                    });
  }
  template <class Field>
  auto min_by(Field field) const {
    return detail::add_replace<T>(
        this->node_, selector_, "Min By", field,
        [](const auto& kept, const auto& value) { return detail::comes_before(value, kept); });
  }
  template <class Field>
  auto max_by(Field field) const {
    return detail::add_replace<T>(
        this->node_, selector_, "Max By", field,
        [](const auto& kept, const auto& value) { return detail::comes_before(kept, value); });
  }

  // An object with process_element(const T&, KeyedContext<Key>&, Collector<Out>&) and, if it sets
  // timers, on_timer(Timestamp, KeyedContext<Key>&, Collector<Out>&).
  template <class Out = void, class F>
  auto process(F function) const {
    return detail::add_keyed_process<Out, T>(this->node_, std::move(function), selector_);
  }

  // Cut into windows a key; see windowed_stream.h. The assigner says which, such as
  // TumblingEventTimeWindows::of(1min).
  template <class Assigner>
  auto window(Assigner assigner) const;
  // Each `size` records of a key; or, at every `slide` records of a key, its last `size` ones.
  auto count_window(std::int64_t size) const;
  auto count_window(std::int64_t size, std::int64_t slide) const;

  // With records of another stream that lie within a time of this one's; see interval_join.h.
  template <class B, class Selector2>
  auto interval_join(const KeyedStream<B, Selector2>& other) const;
  detail::PoisonSteps interval_join(const detail::PoisonStream&) const;

  // As on any stream; function objects may hold keyed state.
  template <class Out = void, class F>
  auto map(F function) const {
    return detail::add_map<Out, T>(this->node_, std::move(function), selector_or_none<F>());
  }
  template <class Out = void, class F>
  auto flat_map(F function) const {
    return detail::add_flat_map<Out, T>(this->node_, std::move(function), selector_or_none<F>());
  }
  template <class F>
  auto filter(F predicate) const {
    return detail::add_filter<T>(this->node_, std::move(predicate), selector_or_none<F>());
  }

  using DataStream<T>::connect;
  // Keyed by the same type: the function of both has their keyed state.
  template <class B, class Selector2>
  auto connect(const KeyedStream<B, Selector2>& other) const;
  template <class B>
  BroadcastConnectedStream<T, B, Selector> connect(const BroadcastStream<B>& other) const;

  const Selector& selector() const { return selector_; }

 private:
  template <class F>
  auto selector_or_none() const {
    if constexpr (detail::may_hold_state<detail::function_t<F>>) return selector_;
    else return detail::NoKey{};
  }

  Selector selector_;
};

template <class T>
template <class... Selectors>
auto DataStream<T>::key_by(Selectors... selectors) const {
  if constexpr (detail::is_poison<T>) {
    return detail::PoisonSteps{};
  } else {
    constexpr bool selects =
        sizeof...(Selectors) > 0 && (std::is_invocable_v<const Selectors&, const T&> && ...);
    static_assert(selects,
                  "flinkc: key_by takes &Record::field, a function of const Record&, or "
                  "several of them; this one does not take the stream's records");
    if constexpr (selects) {
      constexpr bool hashable =
          (detail::key_fits<std::decay_t<std::invoke_result_t<const Selectors&, const T&>>>() &&
           ...);
      if constexpr (hashable) {
        auto select = [&] {
          if constexpr (sizeof...(Selectors) == 1) {
            return detail::KeySelector<T, Selectors...>{selectors...};
          } else {
            return detail::CompositeKey<T, Selectors...>{std::tuple<Selectors...>{selectors...}};
          }
        }();
        using Select = decltype(select);
        Partitioning how{ShipStrategy::hash, true, {}, schema_of<typename Select::key_type>()};
        how.make_partitioner = [select] {
          return detail::make_owned<Partitioner, detail::KeyPartitioner<T, Select>>(select);
        };
        return KeyedStream<T, Select>{node_.partitioned(std::move(how)), select};
      } else {
        return detail::PoisonSteps{};
      }
    } else {
      return detail::PoisonSteps{};
    }
  }
}

}  // namespace flink
