// SPDX-License-Identifier: Apache-2.0
// A checkpoint or savepoint, opened for reading: its operators, their states, every entry of these,
// whatever the parallelism and however many runs they lie in. No code of the job is needed.
// Blocking; one thread. Runs are verified and opened when an operator's entries are first asked
// for. Damaged or missing files throw Error that names them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "checkpoint/metadata.h"
#include "state/run_merge.h"

namespace flink::client {

// One thing that a state holds for a key. Lists: all elements of the key, as one list.
struct StateEntry {
  std::string order;  // entries of one state come in ascending order of this
  std::string key, name_space;
  std::string subkey;     // of a map, serialized; of a timer, see time
  std::int64_t time = 0;  // of a timer, milliseconds
  std::string value;
  std::uint64_t last_access_millis = 0;  // TTL; lists: of the youngest part
  // As it was when this entry was written. Valid for as long as the Savepoint.
  const state::StateDescriptor* state = nullptr;
};

// The entries of one state.
class StateEntries {
 public:
  StateEntries(const std::vector<state::MergeInput>& inputs, const state::StateDescriptor& state,
               int max_parallelism);
  // False: there are no more.
  bool next(StateEntry& out);

 private:
  bool find();
  void take(StateEntry& out);

  const std::vector<state::MergeInput>& inputs_;
  state::StateDescriptor state_;
  int group_ = 0;
  int groups_ = 0;
  std::optional<state::RunMerge> merge_;
};

class Savepoint {
 public:
  // `where`: its directory, or the file _metadata in it.
  Savepoint(base::FileSystem& files, const std::string& where);

  const std::string& path() const { return path_; }  // of its _metadata
  const checkpoint::Metadata& metadata() const { return metadata_; }
  // By uid, name, id or the start of an id. Throws Error{user} that lists what there is.
  const checkpoint::OperatorState& find(std::string_view wanted) const;

  // Keyed states, by name; of several versions of a state the newest.
  std::vector<state::StateDescriptor> keyed_states(const checkpoint::OperatorState& op);
  StateEntries entries(const checkpoint::OperatorState& op, const state::StateDescriptor& state);
  // Operator state of all subtasks: items of split and union lists one after the other, one
  // subtask's of broadcast state. By name.
  std::map<std::string, OperatorListState> operator_lists(const checkpoint::OperatorState& op);

 private:
  const std::vector<state::MergeInput>& runs(const checkpoint::OperatorState& op);

  base::FileSystem& files_;
  std::string path_;
  checkpoint::Metadata metadata_;
  std::map<std::string, std::shared_ptr<const state::Run>> opened_;  // by path
  std::map<base::OperatorId, std::vector<state::MergeInput>> runs_;
};

std::string_view mode_name(OperatorStateMode mode);

}  // namespace flink::client
