// SPDX-License-Identifier: Apache-2.0
// State that belongs to no key, and records on their way, as files of a checkpoint: what would be
// too long for a message lies here, and the message names it.
//
//   file = magic[8] list*      list = (varint length, bytes)*
//
// Where a list begins, and how many items it has, says its handle. A file gets its name when its
// bytes are durable. Helpers only: every call blocks. All throw Error.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "state/handles.h"

namespace flink::state {

class StateFileWriter {
 public:
  StateFileWriter(base::FileSystem& files, std::string path);
  ~StateFileWriter();  // what was not finished is removed
  StateFileWriter(const StateFileWriter&) = delete;
  StateFileWriter& operator=(const StateFileWriter&) = delete;

  // One list after the other. end_list() does not know the file yet.
  void begin_list();
  void add(std::string_view item);
  StoredItems end_list();
  StoredItems list(const std::vector<std::string>& items);
  StateFile finish();

 private:
  void write(std::string_view bytes);
  void flush();

  base::FileSystem& files_;
  std::string part_;  // its name until it is durable
  std::unique_ptr<base::WritableFile> file_;
  StateFile result_;
  std::string buffer_;
  StoredItems list_;
};

// Calls `take` with each of the items, in order. Throws Error{user} when the file is not what the
// checkpoint says.
void read_items(base::FileSystem& files, const StoredItems& items,
                const std::function<void(std::string item)>& take);
// Brings everything that a snapshot has in files into memory.
void load_stored(base::FileSystem& files, TaskSnapshot& snapshot);
void load_stored(base::FileSystem& files, OperatorSubtaskState& state);

bool has_stored(const TaskSnapshot& snapshot);

std::uint64_t count(const StoredList& list);  // of items

}  // namespace flink::state
