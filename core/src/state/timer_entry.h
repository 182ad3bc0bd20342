// SPDX-License-Identifier: Apache-2.0
// How a timer is written in runs: an entry whose key is the time and whose subkey is the key, so
// that the timers of a key group lie in order of time. Until format 2 it was the other way round,
// under the id of the state's name. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "state/handles.h"

namespace flink::state {

std::uint32_t timers_id(std::string_view name);
// Big-endian with the sign flipped, so that bytes are in order.
std::string_view timer_bytes(std::int64_t millis, std::string& out);
std::int64_t timer_millis(std::string_view bytes);  // throws Error{transient}
// The time of an entry under that descriptor, whichever way it is written; `key` becomes the key.
std::int64_t take_timer(const StateDescriptor& state, std::string& key, std::string& subkey);

}  // namespace flink::state
