// SPDX-License-Identifier: Apache-2.0
// EntryWriter: rows as entries of runs. One thread.
#pragma once

#include <flink/types/bytes.h>

#include <string>

#include "state/entry_key.h"
#include "state/run_writer.h"
#include "state/tables.h"

namespace flink::state {

class EntryWriter {
 public:
  explicit EntryWriter(int max_parallelism) : max_parallelism_(max_parallelism) {}

  // The key as stored, appended to `out`; `owner` null: of the state's cursor. True: cut, so that
  // values carry the whole.
  bool append_key(std::string& out, const BoundState& state, const Row* owner,
                  const void* subkey = nullptr);
  // The prefix of what a state has of that key, in no namespace. True: cut.
  bool append_prefix(std::string& out, const BoundState& state, std::uint64_t key_hash,
                     const void* key_value);
  // What the row says now, and that it is stored.
  void capture(CapturedGroup& group, const StateTables::Table& table, Row* row);

 private:
  void capture_key_row(CapturedGroup& group, const KeyRows& rows, Row* row);
  void capture_element(CapturedGroup& group, const BoundState& state, Element* e);
  // One that is set, or one that is gone.
  void capture_timer(CapturedGroup& group, Timers& timers, const NamespacedRow& row, bool gone);
  void capture_value(CapturedGroup& group, const BoundState& state, const Row* owner,
                     const void* subkey, const void* value, std::int64_t stamp);
  void capture_gone(CapturedGroup& group, const BoundState& state, const Row* owner,
                    const void* subkey, EntryTag tag);

  int max_parallelism_;
  ByteWriter key_writer_, value_writer_;
  std::string stored_scratch_;  // the whole key, when append_key() cut it
};

}  // namespace flink::state
