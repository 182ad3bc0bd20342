// SPDX-License-Identifier: Apache-2.0
// KeyedStream: records of equal keys meet in one subtask (Flink, "KeyBy").
#pragma once

#include <flink/data_stream.h>
#include <flink/detail/field_updates.h>
#include <flink/operators/keyed_update.h>

namespace flink {

template <class T, class Selector>
class KeyedStream : public DataStream<T> {
 public:
  using key_type = typename Selector::key_type;
  KeyedStream(detail::StreamNode node, Selector selector)
      : DataStream<T>(std::move(node)), selector_(std::move(selector)) {}

  // T(const T& accumulated, const T& record); emits the accumulated record each time.
  template <class F>
  auto reduce(F function) const;

  // By member pointer or field name. sum, min and max change that one field of the first record;
  // min_by and max_by give the whole record that has it (the earlier one when equal). In the order
  // of these four NaN is the greatest number, and -0.0 comes before 0.0.
  template <class Field>
  auto sum(Field field) const {
    return aggregate("Sum", field, [](auto& kept, const auto& value) { kept += value; });
  }
  template <class Field>
  auto min(Field field) const {
    return aggregate("Min", field, [](auto& kept, const auto& value) {
      if (detail::comes_before(value, kept)) kept = value;
    });
  }
  template <class Field>
  auto max(Field field) const {
    return aggregate("Max", field, [](auto& kept, const auto& value) {
      if (detail::comes_before(kept, value)) kept = value;
    });
  }
  template <class Field>
  auto min_by(Field field) const {
    return replace("Min By", field, [](const auto& kept, const auto& value) {
      return detail::comes_before(value, kept);
    });
  }
  template <class Field>
  auto max_by(Field field) const {
    return replace("Max By", field, [](const auto& kept, const auto& value) {
      return detail::comes_before(kept, value);
    });
  }

  // An object with process_element(const T&, KeyedContext<Key>&, Collector<Out>&) and, if it sets
  // timers, on_timer(Timestamp, KeyedContext<Key>&, Collector<Out>&).
  template <class Out = void, class F>
  auto process(F function) const;

  // As on any stream; function objects may hold keyed state.
  template <class Out = void, class F>
  auto map(F function) const {
    return this->template map_by<Out>(std::move(function), selector_or_none<F>());
  }
  template <class Out = void, class F>
  auto flat_map(F function) const {
    return this->template flat_map_by<Out>(std::move(function), selector_or_none<F>());
  }
  template <class F>
  auto filter(F predicate) const {
    return this->filter_by(std::move(predicate), selector_or_none<F>());
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
  template <class Update>
  auto update(std::string name, Update update,
              const detail::FunctionStates* states = nullptr) const;
  template <class Field, class Combine>
  auto aggregate(std::string name, Field field, Combine combine) const;
  template <class Field, class Better>
  auto replace(std::string name, Field field, Better better) const;

  Selector selector_;
};

}  // namespace flink

#include <flink/detail/keyed_stream_operators.h>
