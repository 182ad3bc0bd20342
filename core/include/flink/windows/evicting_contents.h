// SPDX-License-Identifier: Apache-2.0
// What a window with an evictor keeps; see window_contents.h. All elements with their timestamps;
// what the evictor takes out before or after the function is gone for good.
#pragma once

#include <flink/types/batch.h>
#include <flink/windows/evictor.h>
#include <flink/windows/window_contents.h>

#include <optional>
#include <utility>
#include <vector>

namespace flink::detail {

template <class T>
class EvictingContents {
 public:
  using Result = Elements<T>;
  StateHandle& handle() { return state_; }

  bool add(const T& record, std::int64_t millis) {
    TimestampedValue<T> element{record, std::nullopt};
    if (millis != no_timestamp) element.timestamp = timestamp_of_millis(millis);
    state_.add(std::move(element));
    return true;
  }
  void clear() { state_.clear(); }
  void merge(const state::Namespace& into, std::span<const state::Namespace> from) {
    state_.merge_namespaces(into, from);
  }
  // The function is called even when the evictor has left nothing.
  template <class Evictor, class W, class F>
  void with(Evictor& evictor, const W& window, EvictorContext& ctx, F&& f) {
    std::vector<TimestampedValue<T>> elements;
    for (const auto& element : state_.get()) elements.push_back(element);
    if (elements.empty()) return;
    const std::size_t all = elements.size();
    evictor.evict_before(elements, elements.size(), window, ctx);
    if (elements.empty()) {
      f(Elements<T>{});
    } else {
      const ElementsPiece piece{reinterpret_cast<const char*>(&elements.front().value),
                                elements.size()};
      f(Elements<T>{{&piece, 1}, sizeof(TimestampedValue<T>)});
    }
    evictor.evict_after(elements, elements.size(), window, ctx);
    if (elements.size() != all) state_.update(elements);
  }

 private:
  ListState<TimestampedValue<T>> state_{window_contents};
};

// reduce and aggregate over elements that an evictor left.
template <class T, class Update>
struct FoldOfElements {
  Update update;
  template <class F>
  void operator()(const Elements<T>& elements, F&& f) {
    std::optional<T> kept;
    for (const T& element : elements) {
      if (kept) update(*kept, element);
      else kept = element;
    }
    if (kept) f(std::as_const(*kept));
  }
};
template <class T, class A>
struct AggregateOfElements {
  A aggregate;
  template <class F>
  void operator()(const Elements<T>& elements, F&& f) {
    auto accumulator = aggregate.create_accumulator();
    for (const T& element : elements) aggregate.add(element, accumulator);
    f(aggregate.get_result(std::as_const(accumulator)));
  }
};
struct ElementsThemselves {
  template <class E, class F>
  void operator()(const E& elements, F&& f) {
    f(elements);
  }
};

}  // namespace flink::detail
