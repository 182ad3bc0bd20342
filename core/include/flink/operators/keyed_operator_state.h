// SPDX-License-Identifier: Apache-2.0
// KeyedOperatorState<K>: what a keyed operator owns beside its function. Use:
//   - detail::UserFunction<F> copies the function and finds the handles in it;
//   - open(): state.open(context, handles, uses_timers);
//   - each record: state.set_current_key(hash, key); then call the function;
//   - process_watermark(): state.timers().advance_watermark(watermark, fire); emit the watermark;
//   - on_processing_time(now): state.timers().advance_processing_time(now, fire).
// In fire(timestamp) the timer's key is current. With namespaces, a record is taken by
// set_current(hash, key, window), set_namespace(window) for each further one, and a timer's window
// is current_namespace(). One thread: the slot's.
#pragma once

#include <flink/graph/operator.h>
#include <flink/operators/user_function.h>
#include <flink/state/state_handle.h>
#include <flink/state/timer_service.h>
#include <flink/types/views.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace flink::state {

[[noreturn]] void fail_without_backend();

// A user's function and the handles in it.
template <class F>
class BoundFunction {
 public:
  explicit BoundFunction(const F& prototype) : function_(prototype) {}
  flink::detail::UserFunction<F>& hooks() noexcept { return function_; }
  flink::detail::function_t<F>& operator*() noexcept { return *function_; }
  const std::vector<StateHandle*>& handles() noexcept { return function_.states().keyed(); }

 private:
  flink::detail::UserFunction<F> function_;
};

template <class K>
class KeyedOperatorState {
 public:
  KeyedOperatorState() = default;
  KeyedOperatorState(const KeyedOperatorState&) = delete;
  KeyedOperatorState& operator=(const KeyedOperatorState&) = delete;

  // Binds the handles; restores. In the operator's open(), before the function's.
  // `namespace_schema`: of the operator's namespaces; empty: it has none.
  void open(OperatorContext& context, const std::vector<StateHandle*>& handles, bool with_timers,
            std::string namespace_schema = {}) {
    if (handles.empty() && !with_timers) return;
    KeyedStateBackend* const backend = context.keyed_state();
    if (backend == nullptr) fail_without_backend();
    rows_ = &backend->key_rows(key_ops<K>, std::move(namespace_schema));
    for (StateHandle* handle : handles) handle->bind(*backend, *rows_);
    if (with_timers) {
      timers_.open(*backend, *rows_,
                   [&context](std::int64_t millis) { context.wake_at_processing_time(millis); });
      timers_.set_watermark(context.restored_watermark());
    }
    backend->start();
    backend_ = backend;
    if (with_timers) timers_.wake_for_restored();
  }

  // Without namespaces. `hash`: key_hash(key). Key: K, or what K owns a copy of (a string_view for
  // a string).
  template <class Key>
  void set_current_key(std::uint64_t hash, const Key& key) {
    if (backend_ == nullptr) {
      key_ = to_owned(key);
      current_ = &key_;
      return;
    }
    backend_->settle();
    stand_on(find(hash, key), hash, key);
  }
  // The same where there is a backend. `likely` is most likely its row, as likely_head() said; it
  // may have gone since.
  template <class Key>
  void set_current_key(std::uint64_t hash, const Key& key, Row* likely) {
    backend_->settle();
    const bool is_it = likely != nullptr && likely->is(Row::used) &&
                       key_equal(*static_cast<const K*>(key_of(likely)), key);
    stand_on(is_it ? likely : find(hash, key), hash, key);
  }
  // With namespaces.
  template <class Key>
  void set_current(std::uint64_t hash, const Key& key, Namespace name_space) {
    backend_->settle();
    rows_->leave();  // the other cursors
    key_ = to_owned(key);
    rows_->key_hash = hash;
    rows_->key = current_ = &key_;
    enter(*rows_, std::move(name_space));
  }
  // Another namespace of the same key.
  void set_namespace(Namespace name_space) { enter(*rows_, std::move(name_space)); }
  // The same for timers alone: no row is looked up, and no state may be used there.
  void set_namespace_of_timers(Namespace name_space) {
    rows_->hash = name_space.row_hash(rows_->key_hash);
    rows_->row = nullptr;
    rows_->name_space = std::move(name_space);
  }
  // The row of a key and namespace, if it is in memory and was changed since the last snapshot:
  // what is present in it may be changed again at once. It does not become the current one.
  // `likely` is most likely it, as likely_row() said; it may have gone since.
  template <class Key>
  Row* changed_row(Row* likely, std::uint64_t row_hash, const Key& key,
                   const Namespace& name_space) const {
    const auto is_it = [&](Row* row) {
      return static_cast<NamespacedRow*>(row)->name_space == name_space &&
             key_equal(*namespaced_key_of(row), key);
    };
    if (likely == nullptr) return nullptr;
    Row* const row =
        likely->is(Row::used) && is_it(likely) ? likely : rows_->table->find(row_hash, is_it);
    return row != nullptr && row->epoch == backend_->epoch() ? row : nullptr;
  }
  const Namespace& current_namespace() const { return rows_->name_space; }
  const Cursor& main_cursor() const { return *rows_; }
  // To stand in several namespaces at once. In open(); lives as long as the state.
  Cursor& add_cursor() { return *rows_->cursors.emplace_back(std::make_unique<Cursor>()); }
  // Of the current key. States that are pointed at the cursor (StateHandle::stand_at) are of that
  // namespace then.
  void enter(Cursor& cursor, Namespace name_space) {
    const K& key = current_key();
    rows_->enter(cursor, std::move(name_space),
                 [&key](Row* row) { return key_equal(*namespaced_key_of(row), key); });
  }
  // Using a handle is refused until the next key.
  void clear_current_key() {
    if (backend_ != nullptr) rows_->leave();
  }
  // For batches: first the index of all, then the rows of all.
  void prefetch_index(std::uint64_t hash) const {
    if (backend_ != nullptr) rows_->table->prefetch_index(hash);
  }
  void prefetch_row(std::uint64_t hash) const {
    if (backend_ != nullptr) rows_->table->likely(hash);
  }
  // The same, and what runs have of keys that memory has not. key_at(i): the key of that hash.
  template <class KeyAt>
  void prefetch_rows(const std::uint64_t* hashes, std::size_t count, const KeyAt& key_at) const {
    if (backend_ == nullptr) return;
    if (backend_->complete()) [[likely]] {
      for (std::size_t i = 0; i < count; ++i) rows_->table->likely(hashes[i]);
      return;
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (rows_->table->likely(hashes[i]) != nullptr) continue;
      expect(hashes[i], key_at(i));
    }
    backend_->look_up_expected();
  }
  // The row that is most likely that one, also asked for; null: none is. It may be another's.
  Row* likely_row(std::uint64_t hash) const {
    return backend_ != nullptr ? rows_->table->likely(hash) : nullptr;
  }
  // The same, where the first line of a row is what counts.
  Row* likely_head(std::uint64_t hash) const {
    if (backend_ == nullptr) return nullptr;
    return static_cast<Row*>(rows_->table->index().view().template likely<true>(hash));
  }
  // Of the record, or of the timer that fires.
  const K& current_key() const {
    return backend_ != nullptr ? *static_cast<const K*>(rows_->key) : *current_;
  }

  // Only with timers.
  TimerService& timers() { return timers_; }
  // Null without any state.
  KeyedStateBackend* backend() const { return backend_; }

 private:
  template <class Key>
  Row* find(std::uint64_t hash, const Key& key) const {
    return rows_->table->find(
        hash, [&](Row* row) { return key_equal(*static_cast<const K*>(key_of(row)), key); });
  }
  template <class Key>
  void stand_on(Row* row, std::uint64_t hash, const Key& key) {
    rows_->hash = hash;
    rows_->row = row;
    if (row != nullptr) [[likely]] {
      current_ = static_cast<const K*>(key_of(row));
      row->set(Row::recent);
    } else {
      key_ = to_owned(key);
      current_ = &key_;
    }
    rows_->key = current_;
  }
  template <class Key>
  void expect(std::uint64_t hash, const Key& key) const {
    const K& owned = to_owned(key);
    backend_->expect(*rows_, hash, &owned);
  }
  static void* key_of(Row* row) {
    constexpr std::size_t offset = (sizeof(Row) + alignof(K) - 1) / alignof(K) * alignof(K);
    return reinterpret_cast<char*>(row) + offset;
  }
  static const K* namespaced_key_of(Row* row) {
    constexpr std::size_t end = sizeof(NamespacedRow);
    constexpr std::size_t offset = (end + alignof(K) - 1) / alignof(K) * alignof(K);
    return reinterpret_cast<const K*>(reinterpret_cast<char*>(row) + offset);
  }

  KeyedStateBackend* backend_ = nullptr;
  KeyRows* rows_ = nullptr;
  K key_{};
  const K* current_ = &key_;
  TimerService timers_;
};

}  // namespace flink::state
