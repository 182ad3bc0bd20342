// SPDX-License-Identifier: Apache-2.0
// What a part of a partition holds: a partition is what one subtask has written to one blocking
// exchange, a part of it is one consumer's. Sans-io; what is read from a disk is not trusted.
//
//   block  = item...                                   of one part
//   item   = kind:u8 payload                           kinds as on the wire (FrameKind)
//   data   = count:u32 bytes:u32 message               as RecordType::write() makes it
//   watermark = millis:i64     status = idle:u8     end = nothing; the last one of a part
//   places = (offset:u64 bytes:u32)...                 a part's blocks, in order: its index
// Blocks and indexes lie in a spill::SpillFile, which compresses and checks them.
#pragma once

#include <flink/types/bytes.h>
#include <flink/types/record_type.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channels/element.h"
#include "channels/frame.h"
#include "spill/spill_file.h"

namespace flink::channels {

inline constexpr std::size_t item_head_bytes = 9;  // of data

// Appends an item with as many records from `from` on as fit about `bytes_max`, one at least;
// returns how many.
std::size_t write_item(const RecordType& type, const Batch& batch, std::size_t from,
                       std::size_t bytes_max, ByteWriter& to);
// A control element other than a barrier.
void write_item(const Element& element, ByteWriter& to);

struct Item {
  FrameKind kind{};
  std::uint32_t records = 0;  // of data
  std::string_view payload;
};
// The items of a block. Throws Error{transient} for what cannot be.
class ItemReader {
 public:
  explicit ItemReader(std::string_view block) : left_(block) {}
  std::optional<Item> next();

 private:
  std::string_view left_;
};
// The records of a data item; views in them point into `block`.
BatchRef read_records(const Item& item, const RecordType& type, const BufferRef& block,
                      BatchRef spare);
// Of the others.
Element control_of(const Item& item);

std::string write_places(const std::vector<spill::BlockPlace>& places);
std::vector<spill::BlockPlace> read_places(std::string_view index);

}  // namespace flink::channels
