// SPDX-License-Identifier: Apache-2.0
// What travels in a channel, in order: batches, and control elements between them.
#pragma once

#include <flink/types/batch.h>

#include <cstdint>
#include <string>
#include <variant>

namespace flink::channels {

// No record with a timestamp at or before it follows (milliseconds; INT64_MAX at the end of input).
struct Watermark {
  std::int64_t millis = 0;
};
// True: the producer has nothing for now and is left out of the merged watermark.
struct WatermarkStatus {
  bool idle = false;
};
// Separates the records of one checkpoint from those of the next.
struct Barrier {
  // Bits of options.
  static constexpr std::uint8_t savepoint = 1;  // to `directory`, all state
  static constexpr std::uint8_t unaligned = 2;  // overtakes records; may turn so on the way
  static constexpr std::uint8_t terminate = 4;  // stop-with-savepoint: sources end after it
  static constexpr std::uint8_t drain = 8;      // and have sent their last watermark before it
  static constexpr std::uint8_t full = 16;      // no run of an earlier checkpoint is built on

  std::int64_t checkpoint_id = 0;
  std::int64_t timestamp_millis = 0;  // when it was triggered
  std::uint8_t options = 0;
  std::string directory;  // of a savepoint; empty: the job's own chk-<n>
};
// The producer has finished; nothing follows.
struct EndOfPartition {};

using Element = std::variant<BatchRef, Watermark, WatermarkStatus, Barrier, EndOfPartition>;

// Of a batch, as its sender says.
inline std::size_t bytes_of(const Element& element) {
  const auto* batch = std::get_if<BatchRef>(&element);
  return batch == nullptr ? 0 : (*batch)->bytes;
}

}  // namespace flink::channels
