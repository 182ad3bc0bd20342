// SPDX-License-Identifier: Apache-2.0
// One suite for both backends: random operations on every kind of state against a plain model, with
// checkpoints, savepoints, aborts, helpers that run late, tiny budgets, disks that fail for a
// while, and restores into other splits of the key groups. FLINK_TEST_SEED repeats one seed.
#include <doctest/doctest.h>
#include <flink/error.h>
#include <flink/types/key_group.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "state/run_reader.h"
#include "unit/state/engine_support.h"

using namespace flink;
using namespace flink::test;

namespace {

constexpr std::int64_t ttl_millis = 200;

struct Mean {
  struct Accumulator {
    std::int64_t sum = 0, count = 0;
  };
  Accumulator create_accumulator() const { return {}; }
  void add(const std::int64_t& value, Accumulator& into) const {
    into.sum += value;
    ++into.count;
  }
  std::int64_t get_result(const Accumulator& from) const { return from.sum * 1000 / from.count; }
  void merge(const Accumulator& from, Accumulator& into) const {
    into.sum += from.sum;
    into.count += from.count;
  }
};

struct States {
  ValueState<std::string> text{"text"};
  ValueState<std::int64_t> number{"number"};
  ListState<std::string> list{"list"};
  MapState<std::string, std::string> map{"map"};
  MapState<std::int64_t, std::int64_t> numbers{"numbers"};
  ReducingState<std::int64_t> sum{
      "sum", [](const std::int64_t& a, const std::int64_t& b) { return a + b; }};
  AggregatingState<Mean> mean{"mean"};
  ValueState<std::int64_t> old_value{"old-value"};
  MapState<std::int64_t, std::int64_t> old_map{"old-map"};
  ListState<std::int64_t> old_list{"old-list"};
  States() {
    const auto written = StateTtlConfig::new_builder(std::chrono::milliseconds{ttl_millis}).build();
    const auto read = StateTtlConfig::new_builder(std::chrono::milliseconds{ttl_millis})
                          .update_ttl_on_read_and_write()
                          .cleanup_full_snapshot()
                          .build();
    old_value.enable_time_to_live(read);
    old_map.enable_time_to_live(written);
    old_list.enable_time_to_live(written);
  }
};

struct Aged {
  std::int64_t value = 0, stamp = 0;
  bool alive(std::int64_t now) const { return stamp + ttl_millis > now; }
};

struct Model {
  std::optional<std::string> text;
  std::optional<std::int64_t> number;
  std::vector<std::string> list;
  std::map<std::string, std::string> map;
  std::map<std::int64_t, std::int64_t> numbers;
  std::optional<std::int64_t> sum;
  std::int64_t mean_sum = 0, mean_count = 0;
  std::optional<Aged> old_value;
  std::map<std::int64_t, Aged> old_map;
  std::vector<Aged> old_list;
  std::set<std::int64_t> timers;
};
template <class K>
using Models = std::map<K, Model>;

std::string key_of(int i, const std::string*) {
  std::string key = "key " + std::to_string(i);
  if (i % 7 == 3) key += std::string(600 + static_cast<std::size_t>(i), 'x');  // LMDB takes 511
  if (i % 5 == 1) key += std::string("\0\1\xff", 3) + std::to_string(i);
  return key;
}
std::int64_t key_of(int i, const std::int64_t*) { return i % 2 == 0 ? i : -i * 1000; }

template <class K>
class Run {
 public:
  Run(std::uint64_t seed, std::string type, std::size_t memory_bytes)
      : random_(seed), type_(std::move(type)), memory_bytes_(memory_bytes) {
    start({}, 1 + below(3));
  }

  void go(int steps) {
    for (int done = 0; done < steps; ++done) {
      try {
        step();
      } catch (const Error& failure) {  // no room in memory and none on disk: the tasks die
        REQUIRE_MESSAGE(failure.kind() == ErrorKind::resource, failure.what());
        REQUIRE(was_broken_);
        restore();
      }
    }
    set_broken(false);
    check(models_);
    settle_all();
    restore();
    check(models_);
  }

 private:
  using State = Keyed<K, States>;
  struct Subtask {
    state::KeyGroupRange groups;
    std::string scratch;
    std::unique_ptr<State> state;
  };
  struct Snapshot {
    std::int64_t id = 0;
    bool savepoint = false;
    Models<K> models;
    std::int64_t millis = 0;
    std::map<int, std::optional<state::KeyedSnapshotResult>> results;  // by subtask
    bool done() const {
      for (const auto& [subtask, result] : results) {
        if (!result) return false;
      }
      return true;
    }
    bool failed() const {
      for (const auto& [subtask, result] : results) {
        if (result && !result->handle) return true;
      }
      return false;
    }
  };

  void step() {
    const int what = below(200);
    if (what == 0) {
      begin(below(6) == 0);
    } else if (what == 1) {
      end_one();
    } else if (what == 2) {
      if (below(4) == 0) restore();
      else set_broken(below(2) == 0);
    } else if (what < 6) {
      world_.clock.millis += below(static_cast<int>(ttl_millis));
    } else if (what < 9) {
      fire();
    } else if (what < 40) {
      for (auto& subtask : subtasks_) {
        subtask.state->backend().work(std::chrono::microseconds{below(20)});
      }
    } else if (what < 60 && !world_.helpers.jobs.empty()) {
      world_.helpers.run(
          static_cast<std::size_t>(below(static_cast<int>(world_.helpers.jobs.size()))));
    } else {
      change();
    }
  }
  // No run can be made meanwhile.
  void set_broken(bool broken) {
    if (broken == broken_) return;
    broken_ = broken;
    was_broken_ |= broken;
    for (const Subtask& subtask : subtasks_) {
      const std::string away = subtask.scratch + ".away";
      std::filesystem::rename(broken ? subtask.scratch : away, broken ? away : subtask.scratch);
    }
  }

  int below(int n) { return static_cast<int>(random_() % static_cast<std::uint64_t>(n)); }
  K some_key() { return key_of(below(below(3) == 0 ? 60 : 8), static_cast<const K*>(nullptr)); }
  std::string some_text() {
    return std::string(static_cast<std::size_t>(below(below(20) == 0 ? 3000 : 30)),
                       static_cast<char>('a' + below(26)));
  }

  void start(const std::vector<state::KeyedStateHandle>& restored, int subtasks) {
    set_broken(false);
    subtasks_.clear();
    world_.helpers.jobs.clear();
    ++attempt_;
    for (int i = 0; i < subtasks; ++i) {
      Subtask subtask;
      subtask.groups = {(128 * i + subtasks - 1) / subtasks,
                        (128 * (i + 1) + subtasks - 1) / subtasks - 1};
      auto setup = world_.setup(type_, memory_bytes_, subtask.groups);
      setup.direct_runs = below(2) == 0;
      setup.restored = restored;
      if (below(2) == 0) {
        setup.find_local = [this](const state::RunFile& file) {
          const auto found = locals_.find(file.path);
          if (found == locals_.end()) return std::shared_ptr<const state::Run>{};
          REQUIRE(found->second->has_bytes_of(file));
          return found->second;
        };
      }
      subtask.scratch = setup.scratch_directory;
      subtask.state = std::make_unique<State>(std::move(setup));
      subtasks_.push_back(std::move(subtask));
    }
  }
  State& use(const K& key) {
    const int group = key_group(key_hash(key), 128);
    for (auto& subtask : subtasks_) {
      if (!subtask.groups.contains(group)) continue;
      subtask.state->use(key);
      return *subtask.state;
    }
    FAIL("no subtask has the key");
    return *subtasks_.front().state;
  }

  // ---- operations

  void change() {
    const K key = some_key();
    State& state = use(key);
    Model& model = models_[key];
    const int times = 1 + below(4);
    for (int i = 0; i < times; ++i) {
      switch (below(3)) {
        case 0:
          change_small(state, model);
          break;
        case 1:
          change_collections(state, model);
          break;
        default:
          change_aging(state, model);
      }
    }
    if (below(10) == 0) check_key(state, model, world_.clock.millis);
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
    const std::int64_t now = world_.clock.millis;
    const std::int64_t n = below(20);
    switch (below(9)) {
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
      case 5:
        if (below(4) != 0) break;
        model.old_list.clear();
        state->old_list.clear();
        break;
      case 6:
      case 7: {
        const std::int64_t at = watermark_ + 1 + below(500);
        model.timers.insert(at);
        state.timers().register_event_time_timer(timestamp_of_millis(at));
        break;
      }
      default:
        if (model.timers.empty()) break;
        auto timer = model.timers.begin();
        std::advance(timer, below(static_cast<int>(model.timers.size())));
        state.timers().delete_event_time_timer(timestamp_of_millis(*timer));
        model.timers.erase(timer);
    }
  }

  void fire() {
    watermark_ += below(100);
    std::multiset<std::pair<std::int64_t, K>> expected, fired;
    for (auto& [key, model] : models_) {
      while (!model.timers.empty() && *model.timers.begin() <= watermark_) {
        expected.emplace(*model.timers.begin(), key);
        model.timers.erase(model.timers.begin());
      }
    }
    for (auto& subtask : subtasks_) {
      std::int64_t last = INT64_MIN;
      subtask.state->timers().advance_watermark(timestamp_of_millis(watermark_), [&](Timestamp at) {
        const std::int64_t millis = at.time_since_epoch().count();
        CHECK(millis >= last);
        last = millis;
        fired.emplace(millis, subtask.state->key());
        // A timer's callback changes its key's state.
        auto& model = models_[subtask.state->key()];
        model.number = millis;
        (*subtask.state)->number.update(millis);
      });
    }
    CHECK(fired == expected);
  }

  // ---- checks

  void check_key(State& state, const Model& model, std::int64_t now) {
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

  void check(const Models<K>& models) {
    for (const auto& [key, model] : models) check_key(use(key), model, world_.clock.millis);
    // And no key more than there are.
    std::set<K> with_map, expected;
    for (const auto& [key, model] : models) {
      if (!model.map.empty()) expected.insert(key);
    }
    for (auto& subtask : subtasks_) {
      subtask.state->backend().for_each_key((*subtask.state)->map.bound(), [&] {
        CHECK(with_map.insert(subtask.state->key()).second);
      });
    }
    CHECK(with_map == expected);
  }

  // ---- snapshots

  void begin(bool savepoint) {
    if (pending_.size() > 2) return;
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->id = ++last_id_;
    snapshot->savepoint = savepoint;
    snapshot->models = models_;
    snapshot->millis = world_.clock.millis;
    for (std::size_t i = 0; i < subtasks_.size(); ++i) {
      const int subtask = static_cast<int>(i);
      snapshot->results[subtask];
      const std::string prefix = std::to_string(attempt_) + "-" + std::to_string(subtask);
      subtasks_[i].state->backend().begin(world_.target(snapshot->id, prefix, savepoint),
                                          [this, snapshot, subtask](auto result) {
                                            for (const auto& local : result.local) {
                                              locals_[local.file.path] = local.run;
                                            }
                                            snapshot->results[subtask] = std::move(result);
                                          });
    }
    pending_.push_back(snapshot);
  }
  // Some snapshot, complete or not, succeeds or is aborted.
  void end_one() {
    if (pending_.empty()) return;
    const auto at = static_cast<std::size_t>(below(static_cast<int>(pending_.size())));
    const auto snapshot = pending_[at];
    if (snapshot->failed()) REQUIRE(was_broken_);
    if (snapshot->done() && !snapshot->failed() && below(3) != 0) {
      for (auto& subtask : subtasks_) subtask.state->backend().confirm(snapshot->id);
      if (complete_ == nullptr || complete_->id < snapshot->id) complete_ = snapshot;
      // Older ones are subsumed.
      std::erase_if(pending_, [&](const auto& other) { return other->id <= snapshot->id; });
    } else {
      for (auto& subtask : subtasks_) subtask.state->backend().abort(snapshot->id);
      remove_files_of(*snapshot);
      pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
  // What only the aborted one had is deleted, as the JobManager does.
  void remove_files_of(const Snapshot& aborted) {
    std::set<std::string> needed;
    const auto add = [&needed](const Snapshot& snapshot) {
      for (const auto& [subtask, result] : snapshot.results) {
        if (!result || !result->handle) continue;
        for (const auto& run : result->handle->runs) needed.insert(run.file.path);
      }
    };
    if (complete_ != nullptr) add(*complete_);
    for (const auto& [subtask, result] : aborted.results) {
      if (!result || !result->handle) continue;
      for (const auto& run : result->handle->runs) {
        if (!needed.contains(run.file.path)) std::filesystem::remove(run.file.path);
      }
    }
  }

  void settle_all() {
    begin(false);
    for (int round = 0; round < 1000 && !pending_.empty(); ++round) {
      world_.helpers.run_all();
      for (auto& subtask : subtasks_) {
        subtask.state->backend().work(std::chrono::microseconds{1000});
      }
      if (!pending_.back()->done()) continue;
      const auto snapshot = pending_.back();
      if (snapshot->failed()) {  // what had begun while the disk failed
        REQUIRE(was_broken_);
        for (auto& subtask : subtasks_) subtask.state->backend().abort(snapshot->id);
        pending_.clear();
        begin(false);
        continue;
      }
      for (auto& subtask : subtasks_) subtask.state->backend().confirm(snapshot->id);
      complete_ = snapshot;
      pending_.clear();
    }
    REQUIRE(pending_.empty());
  }

  // All tasks die; what the last complete snapshot has comes back, in another split.
  void restore() {
    pending_.clear();
    std::vector<state::KeyedStateHandle> handles;
    models_.clear();
    if (complete_ != nullptr) {
      models_ = complete_->models;
      for (const auto& [subtask, result] : complete_->results) {
        handles.push_back(*result->handle);
        for (const auto& run : handles.back().runs) {
          REQUIRE(std::filesystem::exists(run.file.path));
        }
      }
      if (complete_->savepoint) {
        // Left out of it: what was too old by then.
        for (auto& [key, model] : models_) {
          if (model.old_value && !model.old_value->alive(complete_->millis)) {
            model.old_value.reset();
          }
        }
      }
    }
    start(handles, 1 + below(4));
    check(models_);
  }

  World world_;
  std::map<std::string, std::shared_ptr<const state::Run>> locals_;  // of all checkpoints
  std::mt19937_64 random_;
  std::string type_;
  std::size_t memory_bytes_;
  std::vector<Subtask> subtasks_;
  Models<K> models_;
  std::vector<std::shared_ptr<Snapshot>> pending_;
  std::shared_ptr<Snapshot> complete_;
  std::int64_t last_id_ = 0, watermark_ = 0;
  int attempt_ = 0;
  bool broken_ = false, was_broken_ = false;
};

template <class K>
void run_seeds(const std::string& type, std::size_t memory_bytes, std::uint64_t first, int seeds,
               int steps) {
  const char* const given = std::getenv("FLINK_TEST_SEED");
  for (int i = 0; i < seeds; ++i) {
    const std::uint64_t seed =
        given != nullptr ? std::strtoull(given, nullptr, 10) : first + static_cast<unsigned>(i);
    CAPTURE(seed);
    CAPTURE(type);
    CAPTURE(memory_bytes);
    Run<K>(seed, type, memory_bytes).go(steps);
    if (given != nullptr) return;
  }
}

}  // namespace

TEST_CASE("hashmap conforms") {
  run_seeds<std::string>("hashmap", 0, 1000, 2, 2500);
  run_seeds<std::int64_t>("hashmap", 0, 2000, 2, 2500);
}
TEST_CASE("lmdb conforms with room for everything") {
  run_seeds<std::string>("lmdb", std::size_t{64} << 20, 3000, 1, 2500);
}
TEST_CASE("lmdb conforms with room for some") {
  run_seeds<std::string>("lmdb", 60'000, 4000, 2, 2500);
}
TEST_CASE("lmdb conforms with room for next to nothing") {
  run_seeds<std::string>("lmdb", 10'000, 5000, 1, 1500);
  run_seeds<std::int64_t>("lmdb", 10'000, 6000, 1, 1500);
}
// FLINK_TEST_SEEDS=100: as many more of each, longer ones.
TEST_CASE("as many seeds as asked for conform") {
  const char* const asked = std::getenv("FLINK_TEST_SEEDS");
  const int seeds = asked != nullptr ? std::atoi(asked) : 0;
  const auto first = static_cast<std::uint64_t>(std::random_device{}());
  run_seeds<std::string>("hashmap", 0, first, seeds, 4000);
  run_seeds<std::int64_t>("hashmap", 0, first, seeds, 4000);
  run_seeds<std::string>("lmdb", 60'000, first, seeds, 4000);
  run_seeds<std::string>("lmdb", 10'000, first, seeds, 3000);
  run_seeds<std::int64_t>("lmdb", 20'000, first, seeds, 4000);
}
