// SPDX-License-Identifier: Apache-2.0
// BroadcastState<K, V>: a map that every subtask has a copy of, changed by a broadcast stream only
// (Flink, "The Broadcast State Pattern"). One value is descriptor and handle at once:
//
//   const BroadcastState<std::string, Rule> rules{"rules"};
//   orders.key_by(&Order::user).connect(rule_stream.broadcast(rules)).process(Apply{});
//
// In the function it is reached by ctx.get_broadcast_state(rules), or as a member of that name. It
// can be changed in process_broadcast_element only, the same way in every subtask: no order of the
// entries is promised, and no subtask sees what another did. Kept in memory; each subtask's copy is
// part of a checkpoint, and a restore gives each new subtask one copy.
#pragma once

#include <flink/base/memory.h>
#include <flink/operator_list.h>
#include <flink/operators/broadcast_table.h>
#include <flink/operators/operator_items.h>
#include <flink/state/state_checks.h>
#include <flink/types/key_hash.h>

#include <unordered_map>
#include <utility>

namespace flink {

namespace detail {

struct BroadcastKeyHash {
  template <class K>
  std::size_t operator()(const K& key) const {
    return key_hash(key);
  }
};
struct BroadcastKeyEqual {
  template <class K>
  bool operator()(const K& a, const K& b) const {
    return key_equal(a, b);
  }
};

template <class K, class V>
class BroadcastTableOf final : public BroadcastTable {
 public:
  using Map = std::unordered_map<K, V, BroadcastKeyHash, BroadcastKeyEqual>;
  explicit BroadcastTableOf(std::string name) : BroadcastTable(std::move(name)) {}
  Map entries;

  std::string key_schema() const override { return schema_of<K>(); }
  std::string value_schema() const override { return schema_of<V>(); }
  std::string item_schema() const override { return schema_of<std::pair<K, V>>(); }
  void save(std::vector<std::string>& items) const override {
    for (const auto& [key, value] : entries) {
      std::string& bytes = items.emplace_back();
      ByteWriter writer{bytes};
      Serializer<K>::write(writer, key);
      Serializer<V>::write(writer, value);
      writer.finish();
    }
  }
  void restore(const OperatorListState& restored) override {
    entries.clear();
    for (auto& entry : read_items<std::pair<K, V>>("the state \"" + name() + "\"", restored)) {
      entries.insert_or_assign(std::move(entry.first), std::move(entry.second));
    }
  }
};

}  // namespace detail

template <class K, class V>
class BroadcastState final : public detail::OperatorStateHandle {
  static_assert(state::map_key_fits<K>());
  static_assert(state::state_fits<V>());
  using Table = detail::BroadcastTableOf<K, V>;

 public:
  explicit BroadcastState(std::string_view name) : OperatorStateHandle(name) {}

  // Null when there is none. Valid until the next change.
  const V* get(const K& key) const {
    const auto& entries = table().entries;
    const auto found = entries.find(key);
    return found == entries.end() ? nullptr : &found->second;
  }
  V get_or(const K& key, V otherwise) const {
    const V* const found = get(key);
    return found != nullptr ? *found : std::move(otherwise);
  }
  bool contains(const K& key) const { return table().entries.contains(key); }
  // for (const auto& [key, value] : rules.entries()) …
  const typename Table::Map& entries() const { return table().entries; }
  std::size_t size() const { return table().entries.size(); }
  bool is_empty() const { return table().entries.empty(); }

  void put(K key, V value) {
    writable().entries.insert_or_assign(std::move(key), std::move(value));
  }
  template <class Entries>
  void put_all(const Entries& more) {
    for (const auto& [key, value] : more) put(key, value);
  }
  void remove(const K& key) { writable().entries.erase(key); }
  void clear() { writable().entries.clear(); }

  // What is const is read only.
  template <bool written = false>
  void put(K, V) const {
    check_written<written>();
  }
  template <class Entries, bool written = false>
  void put_all(const Entries&) const {
    check_written<written>();
  }
  template <bool written = false>
  void remove(const K&) const {
    check_written<written>();
  }
  template <bool written = false>
  void clear() const {
    check_written<written>();
  }

  const char* kind() const noexcept override { return "broadcast"; }
  OperatorStateMode mode() const noexcept override { return OperatorStateMode::broadcast; }
  std::string key_schema() const override { return schema_of<K>(); }
  std::string value_schema() const override { return schema_of<V>(); }

  // ---- for operators
  std::shared_ptr<detail::BroadcastTable> make_table() const {
    return std::make_shared<Table>(this->name());
  }

 private:
  Table& table() const {
    this->check_bound();
    return static_cast<Table&>(*this->broadcast_table());
  }
  template <bool written>
  static void check_written() {
    static_assert(written,
                  "flinkc: broadcast state is read-only here: change it in "
                  "process_broadcast_element, by ctx.get_broadcast_state(...)");
  }
  Table& writable() {
    Table& held = table();
    held.check_writable();
    return held;
  }
};

}  // namespace flink
