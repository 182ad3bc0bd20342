// SPDX-License-Identifier: Apache-2.0
// `flinkctl state list|get|dump|diff` without their command line: what is in a checkpoint or
// savepoint, as text or JSON lines, and where two of them differ. Blocking.
//
// diff compares entry by entry, whatever parallelism the jobs had and however their runs lie; sets
// and maps count as equal in any order, lists do not; lists of operators (split, union) are
// compared as bags, since their order is that of subtasks. Left out unless asked for: time stamps
// of TTL, and lists without a schema, which are an operator's own business (positions, file names).
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/file_system.h"

namespace flink::client {

using PrintLine = std::function<void(const std::string& line)>;

struct StateFilter {
  std::string uid;    // uid, name, id or the start of an id; empty: all operators
  std::string state;  // empty: all states
};

// A page, or with `json` one document.
std::string list_states(base::FileSystem& files, const std::string& savepoint, bool json);

// Every entry as one line of JSON.
void dump_states(base::FileSystem& files, const std::string& savepoint, const StateFilter& filter,
                 const PrintLine& print);

// One key's value as JSON: of a map all its entries, of timers their times. `key`, `name_space`:
// JSON. Empty: the key has none.
std::string get_state(base::FileSystem& files, const std::string& savepoint,
                      const StateFilter& filter, const std::string& key,
                      const std::string& name_space);

struct DiffOptions {
  StateFilter filter;
  bool json = false;
  bool ttl = false;       // time stamps too
  bool internal = false;  // what sources and sinks keep for themselves too
  std::uint64_t lines_max = 100;
};
// How many differences there are; of these at most lines_max are printed.
std::uint64_t diff_states(base::FileSystem& files, const std::string& a, const std::string& b,
                          const DiffOptions& options, const PrintLine& print);

}  // namespace flink::client
