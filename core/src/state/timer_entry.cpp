// SPDX-License-Identifier: Apache-2.0
#include "state/timer_entry.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <utility>

namespace flink::state {

namespace {
constexpr std::uint64_t sign = std::uint64_t{1} << 63;
constexpr std::size_t time_bytes = 8;
}  // namespace

std::uint32_t timers_id(std::string_view name) { return state_id(std::string{name} + " by time"); }

std::string_view timer_bytes(std::int64_t millis, std::string& out) {
  std::uint64_t bits = static_cast<std::uint64_t>(millis) ^ sign;
  out.resize(time_bytes);
  for (std::size_t i = time_bytes; i-- > 0; bits >>= 8) out[i] = static_cast<char>(bits);
  return out;
}

std::int64_t timer_millis(std::string_view bytes) {
  if (bytes.size() != time_bytes) {
    throw Error{
        ErrorKind::transient,
        flink::detail::concat("state: a timer's time has ", bytes.size(), " bytes instead of ",
                              time_bytes, ": restore from another checkpoint or savepoint")};
  }
  std::uint64_t bits = 0;
  for (const char byte : bytes) bits = bits << 8 | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(bits ^ sign);
}

std::int64_t take_timer(const StateDescriptor& state, std::string& key, std::string& subkey) {
  if (state.id == timers_id(state.name)) std::swap(key, subkey);
  return timer_millis(subkey);
}

}  // namespace flink::state
