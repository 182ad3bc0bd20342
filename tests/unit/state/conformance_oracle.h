// SPDX-License-Identifier: Apache-2.0
// Random operations on the states of one place, done to a model as well, and the comparison.
#pragma once

#include <doctest/doctest.h>

#include <random>

#include "unit/state/conformance_model.h"
#include "unit/state/engine_support.h"

namespace flink::test {

template <class K>
class Oracle {
 public:
  using State = Keyed<K, States>;

  Oracle(std::uint64_t seed, const FakeClock& clock) : random_(seed), clock_(clock) {}

  int below(int n) { return static_cast<int>(random_() % static_cast<std::uint64_t>(n)); }
  K some_key() { return key_of(below(below(3) == 0 ? 60 : 8), static_cast<const K*>(nullptr)); }
  std::string some_namespace() { return namespace_of(below(below(3) == 0 ? 20 : 4)); }
  std::int64_t watermark() const { return watermark_; }
  void advance_watermark() { watermark_ += below(100); }

  // Some operations where `state` stands.
  void change(State& state, Model& model) {
    const int times = 1 + below(4);
    for (int i = 0; i < times; ++i) {
      switch (below(4)) {
        case 0:
          change_small(state, model);
          break;
        case 1:
          change_collections(state, model);
          break;
        case 2:
          change_aging(state, model);
          break;
        default:
          change_timers(state, model);
      }
    }
    if (below(10) == 0) check(state, model, clock_.millis);
  }

  // Every state but timers and those with a time-to-live: those, reads make young.
  void check(State& state, const Model& model, std::int64_t now) {
    CHECK(state->text.value_or("-") == model.text.value_or("-"));
    CHECK(state->number.value_or(-1) == model.number.value_or(-1));
    CHECK((state->sum.get() == nullptr ? -1 : *state->sum.get()) == model.sum.value_or(-1));
    const std::int64_t* const mean = state->mean.get();
    CHECK((mean == nullptr ? -1 : *mean) ==
          (model.mean_count == 0 ? -1 : model.mean_sum * 1000 / model.mean_count));
    std::vector<std::string> list;
    for (const auto& element : state->list.get()) list.push_back(element);
    CHECK(list == model.list);
    std::map<std::string, std::string> map;
    for (const auto& [key, value] : state->map.entries()) CHECK(map.emplace(key, value).second);
    CHECK(map == model.map);
    std::map<std::int64_t, std::int64_t> numbers;
    for (const auto& [key, value] : state->numbers.entries()) {
      CHECK(numbers.emplace(key, value).second);
    }
    CHECK(numbers == model.numbers);
    std::map<std::int64_t, std::int64_t> old_map, old_map_model;
    for (const auto& [key, value] : state->old_map.entries()) old_map[key] = value;
    for (const auto& [key, aged] : model.old_map) {
      if (aged.alive(now)) old_map_model[key] = aged.value;
    }
    CHECK(old_map == old_map_model);
    std::vector<std::int64_t> old_list, old_list_model;
    for (const auto& element : state->old_list.get()) old_list.push_back(element);
    for (const auto& aged : model.old_list) {
      if (aged.alive(now)) old_list_model.push_back(aged.value);
    }
    CHECK(old_list == old_list_model);
  }

  // What namespaces of the current key have becomes `into`'s.
  void merge(State& state, Models<K>& models, const K& key, const std::string& into,
             const std::vector<std::string>& from) {
    std::vector<state::Namespace> sources;
    Model& target = models[{key, into}];
    for (const std::string& source : from) {
      sources.emplace_back(source);
      if (source == into) continue;
      Model& model = models[{key, source}];
      if (model.sum) target.sum = target.sum.value_or(0) + *std::exchange(model.sum, {});
      target.mean_sum += std::exchange(model.mean_sum, 0);
      target.mean_count += std::exchange(model.mean_count, 0);
      target.list.insert(target.list.end(), model.list.begin(), model.list.end());
      model.list.clear();
    }
    const state::Namespace name_space(into);
    state->sum.merge_namespaces(name_space, sources);
    state->mean.merge_namespaces(name_space, sources);
    state->list.merge_namespaces(name_space, sources);
  }

  static void clear(State& state, Model& model) {
    Model empty;
    empty.event_timers = model.event_timers;
    empty.processing_timers = model.processing_timers;
    model = empty;
    state.clear();
  }

 private:
  std::string some_text() {
    return std::string(static_cast<std::size_t>(below(below(20) == 0 ? 3000 : 30)),
                       static_cast<char>('a' + below(26)));
  }

  void change_small(State& state, Model& model) {
    const std::int64_t n = below(1000);
    switch (below(9)) {
      case 0:
        model.text = some_text();
        state->text.update(*model.text);
        break;
      case 1:
        model.text.reset();
        state->text.clear();
        break;
      case 2:
        CHECK(state->text.value_or("-") == model.text.value_or("-"));
        break;
      case 3:
        model.number = n;
        state->number.update(n);
        break;
      case 4:
        model.number = model.number.value_or(0) + n;
        state->number.update(state->number.value_or(0) + n);
        break;
      case 5:
        model.number.reset();
        state->number.clear();
        break;
      case 6:
        model.sum = model.sum.value_or(0) + n;
        state->sum.add(n);
        break;
      case 7:
        model.mean_sum += n;
        ++model.mean_count;
        state->mean.add(n);
        break;
      default:
        model.sum.reset();
        model.mean_sum = model.mean_count = 0;
        state->sum.clear();
        state->mean.clear();
    }
  }

  void change_collections(State& state, Model& model) {
    const std::string key =
        std::string(below(9) == 0 ? 400 + 120 * below(2) : 1, 'k') + std::to_string(below(30));
    const std::int64_t n = below(50);
    switch (below(14)) {
      case 0:
      case 1:
      case 2:
        model.map[key] = some_text();
        state->map.put(key, model.map[key]);
        break;
      case 3:
        model.map.erase(key);
        state->map.remove(key);
        break;
      case 4:
        CHECK(state->map.get_or(key, "-") == (model.map.contains(key) ? model.map[key] : "-"));
        CHECK(state->map.is_empty() == model.map.empty());
        break;
      case 5:
        if (below(4) != 0) break;
        model.map.clear();
        state->map.clear();
        break;
      case 6:
      case 7:
        for (int i = 0; i < 10; ++i) {
          model.numbers[n + i] = i;
          state->numbers.put(n + i, i);
        }
        break;
      case 8:
        for (const auto& [number, value] : state->numbers.entries()) {
          if (number % 3 == 0) state->numbers.remove(number);
        }
        std::erase_if(model.numbers, [](const auto& entry) { return entry.first % 3 == 0; });
        break;
      case 9:
        model.numbers.clear();
        state->numbers.clear();
        break;
      case 10:
      case 11:
        for (int i = below(40); i >= 0; --i) {
          model.list.push_back(some_text());
          state->list.add(model.list.back());
        }
        break;
      case 12:
        if (below(3) != 0) break;
        model.list = {some_text(), some_text()};
        state->list.update(model.list);
        break;
      default:
        if (below(3) != 0) break;
        model.list.clear();
        state->list.clear();
    }
  }

  void change_aging(State& state, Model& model) {
    const std::int64_t now = clock_.millis;
    const std::int64_t n = below(20);
    switch (below(6)) {
      case 0:
        model.old_value = {n, now};
        state->old_value.update(n);
        break;
      case 1: {
        const std::int64_t* const value = state->old_value.value();
        const bool alive = model.old_value && model.old_value->alive(now);
        CHECK((value != nullptr) == alive);
        if (alive) model.old_value->stamp = now;  // reading makes it young
        break;
      }
      case 2:
        model.old_map[n] = {n, now};
        state->old_map.put(n, n);
        break;
      case 3:
        CHECK(state->old_map.contains(n) ==
              (model.old_map.contains(n) && model.old_map[n].alive(now)));
        break;
      case 4:
        model.old_list.push_back({n, now});
        state->old_list.add(n);
        break;
      default:
        if (below(4) != 0) break;
        model.old_list.clear();
        state->old_list.clear();
    }
  }

  void change_timers(State& state, Model& model) {
    const bool event = below(2) == 0;
    std::set<std::int64_t>& timers = event ? model.event_timers : model.processing_timers;
    TimerService& service = state.timers();
    if (below(3) != 0) {
      const std::int64_t at = (event ? watermark_ : clock_.millis) + 1 + below(500);
      timers.insert(at);
      state::Row* const row = below(3) != 0 ? state.row_for_timer() : nullptr;
      if (row != nullptr && event) service.add_event_time_timer(row, timestamp_of_millis(at));
      else if (row != nullptr) service.add_processing_time_timer(row, timestamp_of_millis(at));
      else if (event) service.register_event_time_timer(timestamp_of_millis(at));
      else service.register_processing_time_timer(timestamp_of_millis(at));
    } else if (!timers.empty()) {
      auto timer = timers.begin();
      std::advance(timer, below(static_cast<int>(timers.size())));
      if (event) service.delete_event_time_timer(timestamp_of_millis(*timer));
      else service.delete_processing_time_timer(timestamp_of_millis(*timer));
      timers.erase(timer);
    }
  }

  std::mt19937_64 random_;
  const FakeClock& clock_;
  std::int64_t watermark_ = 0;
};

}  // namespace flink::test
