// SPDX-License-Identifier: Apache-2.0
#include "channels/partition_format.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <cstring>

namespace flink::channels {

namespace {

constexpr std::size_t place_bytes = 12;

[[noreturn]] void fail_item(std::string_view what) {
  throw Error{ErrorKind::transient, detail::concat("a spilled partition is damaged: ", what)};
}

template <class Number>
Number take(std::string_view& from) {
  if (from.size() < sizeof(Number)) fail_item("an item of it is cut off");
  Number value;
  std::memcpy(&value, from.data(), sizeof value);
  from.remove_prefix(sizeof value);
  return value;
}

}  // namespace

std::size_t write_item(const RecordType& type, const Batch& batch, std::size_t from,
                       std::size_t bytes_max, ByteWriter& to) {
  const std::size_t begin = to.size();
  to.u8(static_cast<std::uint8_t>(FrameKind::data));
  to.fixed64(0);  // filled in below
  const auto count = type.write(batch, from, bytes_max, to);
  const std::size_t bytes = to.size() - begin - item_head_bytes;
  if (bytes > spill::block_bytes_max / 2) {
    throw Error{ErrorKind::user, detail::concat("a record of type ", type.name(), " takes ", bytes,
                                                " bytes, more than can be spilled at once")};
  }
  FLINK_CHECK(count > 0, count);
  to.patch32(begin + 1, static_cast<std::uint32_t>(count));
  to.patch32(begin + 5, static_cast<std::uint32_t>(bytes));
  return count;
}

void write_item(const Element& element, ByteWriter& to) {
  if (const auto* watermark = std::get_if<Watermark>(&element)) {
    to.u8(static_cast<std::uint8_t>(FrameKind::watermark));
    to.fixed(watermark->millis);
  } else if (const auto* status = std::get_if<WatermarkStatus>(&element)) {
    to.u8(static_cast<std::uint8_t>(FrameKind::status));
    to.u8(status->idle ? 1 : 0);
  } else {
    FLINK_CHECK(std::holds_alternative<EndOfPartition>(element), element.index());
    to.u8(static_cast<std::uint8_t>(FrameKind::end));
  }
}

std::optional<Item> ItemReader::next() {
  if (left_.empty()) return std::nullopt;
  Item item;
  item.kind = static_cast<FrameKind>(take<std::uint8_t>(left_));
  std::size_t bytes = 0;
  switch (item.kind) {
    case FrameKind::data:
      item.records = take<std::uint32_t>(left_);
      bytes = take<std::uint32_t>(left_);
      // Memory is taken for that many before they are read.
      if (item.records == 0 || item.records > std::max<std::size_t>(Batch::records_max, bytes)) {
        fail_item("its number of records cannot be");
      }
      break;
    case FrameKind::watermark:
      bytes = 8;
      break;
    case FrameKind::status:
      bytes = 1;
      break;
    case FrameKind::end:
      break;
    default:
      fail_item("it has an item of unknown kind");
  }
  if (left_.size() < bytes) fail_item("an item of it is cut off");
  item.payload = left_.substr(0, bytes);
  left_.remove_prefix(bytes);
  return item;
}

BatchRef read_records(const Item& item, const RecordType& type, const BufferRef& block,
                      BatchRef spare) {
  ByteReader in{item.payload};
  auto batch = type.read(in, item.records, block, std::move(spare));
  if (!in.at_end()) fail_item("bytes are left over behind its records");
  return batch;
}

Element control_of(const Item& item) {
  auto from = item.payload;
  if (item.kind == FrameKind::watermark) return Watermark{take<std::int64_t>(from)};
  if (item.kind == FrameKind::end) return EndOfPartition{};
  const auto idle = take<std::uint8_t>(from);
  if (idle > 1) fail_item("it has a watermark status that cannot be");
  return WatermarkStatus{idle == 1};
}

std::string write_places(const std::vector<spill::BlockPlace>& places) {
  std::string out;
  out.reserve(places.size() * place_bytes);
  for (const auto& place : places) {
    out.append(reinterpret_cast<const char*>(&place.offset), sizeof place.offset);
    out.append(reinterpret_cast<const char*>(&place.bytes), sizeof place.bytes);
  }
  return out;
}

std::vector<spill::BlockPlace> read_places(std::string_view index) {
  if (index.size() % place_bytes != 0) fail_item("its index is cut off");
  std::vector<spill::BlockPlace> places;
  places.reserve(index.size() / place_bytes);
  while (!index.empty()) {
    const auto offset = take<std::uint64_t>(index);
    places.push_back({offset, take<std::uint32_t>(index)});
  }
  return places;
}

}  // namespace flink::channels
