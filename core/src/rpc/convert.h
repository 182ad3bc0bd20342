// SPDX-License-Identifier: Apache-2.0
// Plain values to and from their wire types.
#pragma once

#include <span>
#include <string>

#include "rpc/message_stream.h"
#include "wire/flink.capnp.h"

namespace flink::rpc {

inline std::string text(capnp::Text::Reader from) { return {from.begin(), from.size()}; }
inline capnp::Text::Reader text(const std::string& from) { return {from.c_str(), from.size()}; }
inline capnp::Data::Reader data(std::string_view from) {
  return {reinterpret_cast<const kj::byte*>(from.data()), from.size()};
}
inline std::string_view data(capnp::Data::Reader from) {
  return {reinterpret_cast<const char*>(from.begin()), from.size()};
}

// The call `deliver` of either side.
template <class Call>
void write_chunks(Call& call, std::uint64_t epoch, std::uint64_t first,
                  std::span<const Chunk> chunks) {
  call.setEpoch(epoch);
  call.setFirst(first);
  auto list = call.initChunks(static_cast<unsigned>(chunks.size()));
  for (unsigned i = 0; i < list.size(); ++i) {
    list[i].setBytes(data(chunks[i].bytes));
    list[i].setLast(chunks[i].last);
  }
}
// Gives each message that is whole now to `take`.
template <class Call, class Take>
void read_chunks(Call call, MessageReceiver& receiver, const Take& take) {
  auto number = call.getFirst();
  for (auto chunk : call.getChunks()) {
    if (auto message = receiver.take(number++, {data(chunk.getBytes()), chunk.getLast()})) {
      take(*message);
    }
  }
}

}  // namespace flink::rpc
