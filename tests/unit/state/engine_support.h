// SPDX-License-Identifier: Apache-2.0
// A subtask's keyed state as a task drives it, without a task: a clock that is set by hand, helpers
// whose jobs run when they are told to, files in a temporary directory.
#pragma once

#include <flink/operators/keyed_operator_state.h>
#include <flink/state.h>

#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fs/local_file_system.h"
#include "state/backend.h"
#include "unit/scratch_directory.h"

namespace flink::test {

// Each look at it takes a microsecond, so that turns end.
struct FakeClock final : base::Clock {
  mutable std::int64_t micros = 0;
  std::int64_t millis = 1000;
  base::TimePoint now() const override { return {std::chrono::microseconds{++micros}}; }
  std::int64_t wall_millis() const override { return millis; }
};

struct FakeHelpers final : base::Executor {
  std::deque<std::function<void()>> jobs;
  std::unique_ptr<base::WorkerHandle> start(std::string, base::Worker&) override { return nullptr; }
  void run_blocking(std::function<void()> function) override {
    jobs.push_back(std::move(function));
  }
  // The job at that place; others may overtake it.
  void run(std::size_t at) {
    auto job = std::move(jobs[at]);
    jobs.erase(jobs.begin() + static_cast<std::ptrdiff_t>(at));
    job();
  }
  void run_all() {
    while (!jobs.empty()) run(0);
  }
};

struct World {
  FakeClock clock;
  FakeHelpers helpers;
  fs::LocalFileSystem files;
  Scratch directory;
  int scratches = 0;

  state::KeyedStateSetup setup(std::string type, std::size_t memory_bytes,
                               state::KeyGroupRange groups) {
    state::KeyedStateSetup out;
    out.type = std::move(type);
    out.operator_name = "test";
    out.max_parallelism = 128;
    out.groups = groups;
    out.memory_bytes = memory_bytes;
    out.executor = &helpers;
    out.files = &files;
    out.clock = &clock;
    out.scratch_directory = directory.path + "/scratch-" + std::to_string(++scratches);
    std::filesystem::create_directories(out.scratch_directory);
    out.direct_runs = true;
    return out;
  }
  state::SnapshotTarget target(std::int64_t id, const std::string& prefix, bool savepoint) {
    state::SnapshotTarget out;
    out.checkpoint_id = id;
    out.directory = directory.path + "/chk-" + std::to_string(id);
    out.shared_directory = directory.path + "/shared";
    out.file_prefix = prefix;
    out.savepoint = savepoint;
    std::filesystem::create_directories(out.directory);
    std::filesystem::create_directories(out.shared_directory);
    return out;
  }
};

// A function's states, bound: what a keyed operator does, without its records.
template <class K, class F>
class Keyed {
 public:
  explicit Keyed(state::KeyedStateSetup setup, const F& prototype = F{},
                 std::string namespace_schema = {}, bool with_timers = true)
      : function_(prototype), backend_(state::make_keyed_state_backend(std::move(setup))) {
    rows_ = &backend_->key_rows(state::key_ops<K>, std::move(namespace_schema));
    for (StateHandle* handle : function_.handles()) handle->bind(*backend_, *rows_);
    if (with_timers) timers_.open(*backend_, *rows_, {});
    backend_->start();
    if (rows_->namespaced)
      second_ = rows_->cursors.emplace_back(std::make_unique<state::Cursor>()).get();
  }
  void use(const K& key, const std::string& name_space = {}) {
    backend_->settle();
    key_ = key;
    if (rows_->namespaced) {
      rows_->leave();
      rows_->key_hash = key_hash(key_);
      rows_->key = &key_;
      enter(*rows_, name_space);
      return;
    }
    rows_->hash = key_hash(key_);
    rows_->row = rows_->table->find(rows_->hash, [this](state::Row* row) {
      return key_equal(*static_cast<const K*>(rows_->key_of(row)), key_);
    });
    if (rows_->row != nullptr) rows_->row->set(state::Row::recent);
    rows_->key = rows_->row != nullptr ? rows_->key_of(rows_->row) : &key_;
  }
  // As an operator does for its next records.
  void expect(const K& key) { backend_->expect(*rows_, key_hash(key), &key); }
  void look_up_expected() { backend_->look_up_expected(); }
  const K& key() const { return *static_cast<const K*>(rows_->key); }
  std::pair<K, std::string> place() const { return {key(), std::string{rows_->name_space.view()}}; }
  // With namespaces: another one of the key, or the second cursor in the void one.
  void enter(state::Cursor& cursor, const std::string& name_space) {
    rows_->enter(cursor, state::Namespace(name_space), [this](state::Row* row) {
      return key_equal(*static_cast<const K*>(rows_->key_of(row)), key());
    });
  }
  void enter_void() { enter(*second_, {}); }
  state::Cursor& second() { return *second_; }
  state::Cursor& rows() { return *rows_; }
  // The current row, if it has room for a timer.
  state::Row* row_for_timer() { return rows_->namespaced ? rows_->row : nullptr; }
  void clear() { rows_->clear(*rows_); }
  F& operator*() { return *function_; }
  F* operator->() { return &*function_; }
  TimerService& timers() { return timers_; }
  state::KeyedState& backend() { return *backend_; }

 private:
  state::BoundFunction<F> function_;
  std::unique_ptr<state::KeyedState> backend_;
  state::KeyRows* rows_ = nullptr;
  state::Cursor* second_ = nullptr;
  TimerService timers_;
  K key_{};
};

}  // namespace flink::test
