// SPDX-License-Identifier: Apache-2.0
// One suite for both backends, with and without namespaces: random operations on every kind of
// state against a plain model (conformance_oracle.h), with checkpoints, savepoints, aborts, helpers
// that run late, tiny budgets, disks that fail for a while, and restores into other splits of the
// key groups. FLINK_TEST_SEED repeats one seed.
#include <doctest/doctest.h>
#include <flink/error.h>
#include <flink/types/key_group.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "state/run_reader.h"
#include "unit/state/conformance_oracle.h"

using namespace flink;
using namespace flink::test;

namespace {

template <class K>
class Run {
 public:
  Run(std::uint64_t seed, std::string type, std::size_t memory_bytes, bool namespaces)
      : oracle_(seed, world_.clock),
        type_(std::move(type)),
        memory_bytes_(memory_bytes),
        namespaces_(namespaces) {
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
  using State = typename Oracle<K>::State;
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

  int below(int n) { return oracle_.below(n); }

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
      subtask.state =
          std::make_unique<State>(std::move(setup), States{}, namespaces_ ? "bytes" : "");
      subtasks_.push_back(std::move(subtask));
    }
  }
  State& use(const Place<K>& place) {
    const int group = key_group(key_hash(place.first), 128);
    for (auto& subtask : subtasks_) {
      if (!subtask.groups.contains(group)) continue;
      subtask.state->use(place.first, place.second);
      return *subtask.state;
    }
    FAIL("no subtask has the key");
    return *subtasks_.front().state;
  }

  // ---- operations

  void change() {
    const Place<K> place{oracle_.some_key(), namespaces_ ? oracle_.some_namespace() : ""};
    State& state = use(place);
    oracle_.change(state, models_[place]);
    if (!namespaces_) return;
    switch (below(12)) {
      case 0:
        oracle_.merge(state, models_, place.first, oracle_.some_namespace(),
                      {oracle_.some_namespace(), oracle_.some_namespace()});
        oracle_.change(state, models_[place]);
        break;
      case 1:
        oracle_.clear(state, models_[place]);
        break;
      case 2:
        change_two_at_once(state, place);
        break;
      default:
        break;
    }
  }
  // One state of the void namespace, the others of the place's.
  void change_two_at_once(State& state, const Place<K>& place) {
    Model& whole = models_[{place.first, ""}];
    state.enter_void();
    state->text.stand_at(state.second());
    whole.text = "of the key " + std::to_string(below(100));
    state->text.update(*whole.text);
    models_[place].number = 7;
    state->number.update(7);
    CHECK(state->text.value_or("-") == *whole.text);
    state->text.stand_at(state.rows());
    oracle_.change(state, models_[place]);
  }

  void fire() {
    oracle_.advance_watermark();
    fire(oracle_.watermark(), &Model::event_timers, [](State& state, std::int64_t millis, auto on) {
      state.timers().advance_watermark(timestamp_of_millis(millis), on);
    });
    fire(world_.clock.millis, &Model::processing_timers,
         [](State& state, std::int64_t millis, auto on) {
           state.timers().advance_processing_time(millis, on);
         });
  }
  template <class Advance>
  void fire(std::int64_t now, std::set<std::int64_t> Model::*timers, const Advance& advance) {
    std::multiset<std::pair<std::int64_t, Place<K>>> expected, fired;
    for (auto& [place, model] : models_) {
      std::set<std::int64_t>& set = model.*timers;
      for (; !set.empty() && *set.begin() <= now; set.erase(set.begin())) {
        expected.emplace(*set.begin(), place);
      }
    }
    for (auto& subtask : subtasks_) {
      std::int64_t last = INT64_MIN;
      advance(*subtask.state, now, [&](Timestamp at) {
        const std::int64_t millis = at.time_since_epoch().count();
        CHECK(millis >= last);
        last = millis;
        const Place<K> place = subtask.state->place();
        fired.emplace(millis, place);
        // A timer's callback changes its key's state.
        models_[place].number = millis;
        (*subtask.state)->number.update(millis);
      });
    }
    CHECK(fired == expected);
  }

  // ---- checks

  void check(const Models<K>& models) {
    for (const auto& [place, model] : models) oracle_.check(use(place), model, world_.clock.millis);
    // And no place more than there are.
    std::set<Place<K>> with_map, expected;
    for (const auto& [place, model] : models) {
      if (!model.map.empty()) expected.insert(place);
    }
    for (auto& subtask : subtasks_) {
      subtask.state->backend().for_each_key((*subtask.state)->map.bound(), [&] {
        CHECK(with_map.insert(subtask.state->place()).second);
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
        for (auto& [place, model] : models_) {
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
  Oracle<K> oracle_;
  std::map<std::string, std::shared_ptr<const state::Run>> locals_;  // of all checkpoints
  std::string type_;
  std::size_t memory_bytes_;
  bool namespaces_;
  std::vector<Subtask> subtasks_;
  Models<K> models_;
  std::vector<std::shared_ptr<Snapshot>> pending_;
  std::shared_ptr<Snapshot> complete_;
  std::int64_t last_id_ = 0;
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
    for (const bool namespaces : {false, true}) {
      CAPTURE(namespaces);
      Run<K>(seed, type, memory_bytes, namespaces).go(steps);
    }
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
