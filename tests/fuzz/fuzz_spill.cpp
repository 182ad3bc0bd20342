// SPDX-License-Identifier: Apache-2.0
// What is read back of a spilled partition: a block, then the items or the index in it. Input: a
// byte that says whether the block is given as it is, or made of the bytes by that codec (so that
// what lies behind the checksum is met, too), then bytes.
#include <flink/error.h>

#include <optional>
#include <string>
#include <vector>

#include "channels/partition_format.h"
#include "fuzz/fuzz.h"
#include "spill/block.h"

namespace flink::fuzz {
namespace {

using namespace channels;

constexpr std::size_t bytes_max = 1 << 20;

struct Record {
  std::string text;
  std::vector<std::int64_t> numbers;
  std::optional<double> share;
};

std::string block_of(std::string_view bytes, spill::Codec codec) {
  std::string out;
  spill::BlockEncoder{codec}.encode(bytes, out);
  return out;
}

void read_items(const BufferRef& block) {
  const std::string_view bytes{block->data(), block->size()};
  const auto& type = record_type<Record>();
  ByteWriter again;
  ItemReader items{bytes};
  while (const auto item = items.next()) {
    if (item->kind != FrameKind::data) {
      write_item(control_of(*item), again);
      continue;
    }
    const auto batch = read_records(*item, type, block, nullptr);
    require(batch->size() == item->records, "a data item holds as many records as it says");
    require_no_error("a batch can be written", [&] {
      for (std::size_t from = 0; from < batch->size();) {
        from += write_item(type, *batch, from, 1000, again);
      }
    });
  }
  const auto copy = make_ref<Buffer>(again.size());
  std::copy(again.view().begin(), again.view().end(), copy->data());
  require_no_error("what was written can be read", [&] {
    ItemReader written{{copy->data(), copy->size()}};
    while (const auto item = written.next()) {
      if (item->kind == FrameKind::data) read_records(*item, type, copy, nullptr);
      else control_of(*item);
    }
  });
}

}  // namespace

std::vector<std::string> seeds() {
  auto batch = make_ref<RecordBatch<Record>>();
  for (int i = 0; i < 5; ++i) batch->emplace(Record{"text text text", {1, 2, i}, 0.5});
  ByteWriter items;
  write_item(record_type<Record>(), *batch, 0, 1000, items);
  write_item(Element{Watermark{77}}, items);
  write_item(Element{WatermarkStatus{true}}, items);
  write_item(Element{EndOfPartition{}}, items);
  const std::string plain{items.view()};
  const auto index = write_places({{0, 100}, {100, 2000}});
  std::vector<std::string> out;
  for (const auto& bytes : {plain, index}) {
    for (const auto codec : {spill::Codec::none, spill::Codec::lz4, spill::Codec::zstd}) {
      out.push_back('\0' + block_of(bytes, codec));
      out.push_back(static_cast<char>(1 + static_cast<int>(codec)) + bytes);
    }
  }
  return out;
}

void run(std::string_view input) {
  if (input.empty()) return;
  const auto how = static_cast<unsigned char>(input[0]) % 4;
  const auto bytes = input.substr(1);
  BufferRef block;
  if (how == 0) {
    try {
      block = spill::decode_block(bytes, bytes_max);
    } catch (const Error&) {
      return;
    }
  } else {
    const auto stored = block_of(bytes, static_cast<spill::Codec>(how - 1));
    block = require_no_error("a block is read back", [&] { return spill::decode_block(stored); });
    require(std::string_view{block->data(), block->size()} == bytes, "as it was written");
  }
  try {
    read_items(block);
  } catch (const Error&) {
  }
  try {
    const std::string_view index{block->data(), block->size()};
    require(write_places(read_places(index)) == index, "an index survives a round trip");
  } catch (const Error&) {
  }
}

}  // namespace flink::fuzz
