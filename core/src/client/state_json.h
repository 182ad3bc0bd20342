// SPDX-License-Identifier: Apache-2.0
// Entries of state as JSON. One thread; keeps the schemas it has parsed.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "client/savepoint.h"
#include "types/value_json.h"

namespace flink::client {

class StateJson {
 public:
  std::string value(const std::string& schema, std::string_view bytes);
  // Bytes that equal values share: for comparing.
  std::string canonical(const std::string& schema, std::string_view bytes);

  // "key":…[,"namespace":…][,"map_key":…|,"time":…]: what tells an entry from others.
  std::string names(const StateEntry& entry);
  // ,"value":…[,"last_access":…]
  std::string contents(const StateEntry& entry, bool with_ttl);

 private:
  const types::ValueJson& schema(const std::string& text);
  std::map<std::string, std::unique_ptr<types::ValueJson>, std::less<>> schemas_;
};

// "uid":…,"operator":…,"state":…
std::string state_names(const checkpoint::OperatorState& op, std::string_view state);

}  // namespace flink::client
