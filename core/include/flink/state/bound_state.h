// SPDX-License-Identifier: Apache-2.0
// What a state handle points to once it is bound: one registered state of an operator's subtask,
// and the key rows that it shares with the operator's other states.
//
// A key row: [Row][key][a byte of CellBit for each state but the first][cells]. A cell is the value
// of a small state (value, reducing, aggregating) or the CollectionHead of a list or map
// state, whose elements are rows of a table of their own: [Element][subkey][value]. Values of TTL
// states have the time of their last access (wall-clock milliseconds) beside them. One lookup a
// record finds the key row.
//
// Where an operator has namespaces (windows), a row is that of a key and a namespace, and what is
// said of a key here holds for both: [NamespacedRow][key]…
//
// Owned by the backend, made in open(); the slot's thread only. Nothing is evicted or freed within
// a callback, so rows found in one stay valid until the next set_current_key().
#pragma once

#include <flink/base/memory.h>
#include <flink/state/namespace.h>
#include <flink/state/rows.h>
#include <flink/state/ttl.h>
#include <flink/state/type_ops.h>

#include <string>
#include <vector>

namespace flink::state {

class KeyedStateBackend;

enum class StateKind : std::uint8_t { value, list, map, reducing, aggregating };
constexpr bool is_collection(StateKind kind) {
  return kind == StateKind::list || kind == StateKind::map;
}

enum CellBit : std::uint8_t {
  present = 1,  // a value is constructed in the cell
  stored = 2,   // runs may have a value
  unknown = 4,  // what runs have was not looked up yet
};

// An element of a collection. Live ones are chained from the head in their key row.
struct Element : Row {
  Row* owner;
  Element* previous;
  Element* next;
};

struct CollectionHead {
  Element* first;
  Element* last;
  std::uint64_t next_index;  // lists: of the next chunk
  std::uint32_t live;        // elements in the chain
  std::uint32_t held;        // elements in memory, dead ones too
  std::uint32_t cleared_epoch;
  bool cleared;      // a prefix tombstone has to be written
  bool complete;     // runs have no live element that memory does not have
  bool index_known;  // next_index is right
};

// Elements that runs have and memory has not, one by one.
class ColdElements {
 public:
  virtual ~ColdElements() = default;
  // Reads the next one into constructed objects; false: no more.
  virtual bool next(void* subkey, void* value) = 0;
};

// The current key and namespace, and their row.
struct Cursor {
  Row* row = nullptr;          // null: none in memory
  std::uint64_t hash = 0;      // of the row
  std::uint64_t key_hash = 0;  // with namespaces only; else `hash` is the key's
  const void* key = nullptr;   // null: no key is current
  Namespace name_space;
};

struct KeyRows;

struct BoundState {
  KeyedStateBackend* backend = nullptr;
  KeyRows* rows = nullptr;
  Cursor* at = nullptr;  // whose state it is; `rows` unless the operator says otherwise
  std::string name;
  std::uint32_t id = 0;  // of its entries in runs
  StateKind kind = StateKind::value;
  const TypeOps* value = nullptr;   // of a cell, or of an element (a list's: of a chunk)
  const TypeOps* subkey = nullptr;  // collections
  StateTtlConfig ttl;
  bool has_ttl = false;

  std::uint32_t bits_offset = 0;   // in the key row
  std::uint32_t stamp_offset = 0;  // TTL: in the key row, or in an element
  std::uint32_t cell_offset = 0;
  std::unique_ptr<RowTable> elements;
  std::size_t owners = 0;                             // keys that have some
  std::uint32_t subkey_offset = 0, value_offset = 0;  // in an element

  // Maps: walks under way, what reads loaded meanwhile, and changes that walks do not bear.
  std::uint32_t walks = 0;
  std::uint64_t changes = 0;
  std::vector<Element*> loaded;

  // ---- layout
  std::uint8_t& bits(Row* row) const {
    return *(reinterpret_cast<std::uint8_t*>(row) + bits_offset);
  }
  void* cell(Row* row) const { return reinterpret_cast<char*>(row) + cell_offset; }
  std::int64_t& stamp(Row* row) const {
    return *reinterpret_cast<std::int64_t*>(reinterpret_cast<char*>(row) + stamp_offset);
  }
  CollectionHead& head(Row* row) const { return *static_cast<CollectionHead*>(cell(row)); }
  void* subkey_of(Element* e) const { return reinterpret_cast<char*>(e) + subkey_offset; }
  void* value_of(Element* e) const { return reinterpret_cast<char*>(e) + value_offset; }

  // ---- small states, of the current key
  // The value; null when there is none (or it is too old).
  void* read();  // inline, in keyed_state_backend.h
  // The cell, about to be written: with what is in it (a value iff `present` in bits(row)). What
  // runs have is not looked up. The caller sets the value and calls written().
  Row* write();
  void written(Row* row, std::size_t heap_before, std::size_t heap_after);
  void clear();
  void* read_slow();

  // ---- collections, of the current key
  // Without a look into runs.
  bool surely_empty() const;  // inline, in keyed_state_backend.h
  // The key row and head; null when there is certainly nothing.
  Row* owner();
  Row* owner_to_write();
  // What memory has, dead or alive.
  template <class Equal>
  Element* find(std::uint64_t hash, Row* owner, Equal&& equal) const {
    return static_cast<Element*>(elements->find(hash, [&](Row* row) {
      auto* e = static_cast<Element*>(row);
      return e->owner == owner && equal(e);
    }));
  }
  // Looks in runs for what find() did not find; null when it is not there.
  Element* load(Row* owner, std::uint64_t hash, const void* subkey);
  // A live element, its value not constructed, its subkey copied; after find() found none.
  Element* add(Row* owner, std::uint64_t hash, const void* subkey);
  // About to change, or to come back to life: then its value is not constructed, and true is said.
  bool change(Element* e);
  void element_written(Element* e, std::size_t heap_before, std::size_t heap_after);
  void remove(Element* e);
  // Its value could not be constructed.
  void give_up(Element* e);
  // So that a later look into runs does not find it either; after find() found none.
  void remove_unseen(Row* owner, std::uint64_t hash, const void* subkey);
  void clear_all();
  void end_walks() noexcept;
  // Walks that are under way cannot go on.
  void note_change() noexcept {
    ++changes;
    if (!loaded.empty()) [[unlikely]]
      end_walks();
  }
  [[noreturn]] void fail_walk() const;
  // Whether it may be given out; touches it where reading makes it young.
  bool visible(Element* e);
  void load_all(Row* owner);                       // lists: every chunk in memory, in order
  void find_next_index(Row* owner);                // lists
  std::unique_ptr<ColdElements> cold(Row* owner);  // null when memory has everything
};

// How the hash of an element in its table comes from that of its key.
inline std::uint64_t element_hash(const Row* owner, std::uint64_t subkey_hash) {
  return flink::detail::combine_hash(owner->hash, subkey_hash);
}

}  // namespace flink::state
