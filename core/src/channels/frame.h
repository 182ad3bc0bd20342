// SPDX-License-Identifier: Apache-2.0
// What goes over a connection of the data plane: frames. Sans-io; one thread. Nothing that comes
// from the wire is trusted: what cannot be throws ProtocolError, which ends the connection.
//
//   frame   = magic:u32 kind:u8 flags:u8 0:u16 channel:u32 sequence:u32 length:u32 payload
//   hello   = version:u32 job:u128 epoch:u64           both sides, first
//   open    = ChannelId:5*i32 type fingerprint:u64     producer; numbers count up from 0
//   credit  = bytes:u32 taken:u32 wanted:u32           consumer; the first one accepts the channel
//   data    = [count:u32 bytes:u32] part of a message  flags & more: the message goes on; the head
//                                                      in its first frame only
//   announce = as a barrier                          a barrier is under way behind data
//   fetch   = ChannelId:5*i32 port:u16 host            a consumer's process to where a finished
//                                                      partition lies: send me that channel
//   unfetch = ChannelId:5*i32                          no more of it
//   unserved = ChannelId:5*i32 text                    the answer: why it does not come (any more)
//   refuse  = text                                     why the connection is being closed
// Numbers are little-endian. Frames of a channel that carry elements are numbered by `sequence`.
#pragma once

#include <flink/types/batch.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/address.h"
#include "channels/channel_id.h"
#include "channels/element.h"

namespace flink::channels {

class ProtocolError final : public std::exception {
 public:
  explicit ProtocolError(std::string message) : message_(std::move(message)) {}
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
};

enum class FrameKind : std::uint8_t {
  hello = 1,
  open,
  close,
  credit,
  refuse,  // of the connection
  data,
  watermark,
  status,
  barrier,
  end,       // elements, numbered
  announce,  // of a barrier; not numbered
  // Of partitions: to and from the process that holds one, on a connection made by the other.
  fetch,
  unfetch,
  unserved,
};

struct FrameHeader {
  static constexpr std::uint32_t magic = 0x50444c46;  // "FLDP"
  static constexpr std::size_t bytes = 20;
  static constexpr std::uint8_t more = 1;  // flag

  FrameKind kind{};
  std::uint8_t flags = 0;
  std::uint32_t channel = 0;
  std::uint32_t sequence = 0;
  std::uint32_t length = 0;  // of the payload
};

// Frames are 32 KiB, header included; a larger payload is refused.
inline constexpr std::size_t frame_bytes_max = 32 * 1024;
inline constexpr std::size_t payload_bytes_max = frame_bytes_max - FrameHeader::bytes;
inline constexpr std::size_t message_head_bytes = 8;
// All but the last record of a message fit into a frame, and most take a byte at least.
inline constexpr std::uint32_t message_records_max = frame_bytes_max;
// What a watermark or status takes of the credit, so that a flood of them is bounded, too.
inline constexpr std::size_t control_charge = 16;

// A frame to send.
struct OutFrame {
  BufferRef buffer;
  std::size_t size = 0;  // bytes of it, from the start
};

struct Hello {
  static constexpr std::uint32_t version = 3;
  std::uint64_t job_high = 0, job_low = 0, epoch = 0;
  friend bool operator==(const Hello&, const Hello&) = default;
};
struct OpenChannel {
  ChannelId id;
  std::uint64_t fingerprint = 0;
};
// What a consumer lets its producer know: bytes that may be sent beyond those it had, records taken
// since it last said so, and how many may be under way (at least one).
struct Credit {
  std::uint32_t bytes = 0, taken = 0, wanted = 1;
  friend bool operator==(const Credit&, const Credit&) = default;
};

// A channel that is asked for, and where its consumer's data plane is.
struct Fetch {
  ChannelId id;
  base::Address consumer;
};
struct Unserved {
  ChannelId id;
  std::string why;
};

void write_header(const FrameHeader& header, char* to);
OutFrame encode_hello(const Hello& hello);
OutFrame encode_open(std::uint32_t channel, const OpenChannel& open);
OutFrame encode_close(std::uint32_t channel);
OutFrame encode_credit(std::uint32_t channel, const Credit& credit);
OutFrame encode_refuse(std::string_view why);
OutFrame encode_announce(std::uint32_t channel, const Barrier& barrier);
OutFrame encode_fetch(const Fetch& fetch);
OutFrame encode_unfetch(const ChannelId& id);
OutFrame encode_unserved(const ChannelId& id, std::string_view why);
// Control elements; batches are data frames.
OutFrame encode_control(std::uint32_t channel, std::uint32_t sequence, const Element& element);

// A received frame. The payload points into `block`, which the frame keeps.
struct InFrame {
  FrameHeader header;
  BufferRef block;
  std::string_view payload;

  // What it takes of its channel's credit.
  std::size_t charge() const;
};

Hello decode_hello(const InFrame& frame);
OpenChannel decode_open(const InFrame& frame);
Credit decode_credit(const InFrame& frame);
Fetch decode_fetch(const InFrame& frame);
ChannelId decode_unfetch(const InFrame& frame);
Unserved decode_unserved(const InFrame& frame);
Element decode_control(const InFrame& frame);
Barrier decode_barrier(const InFrame& frame);  // or an announcement

// Cuts a byte stream into frames. Payloads are not copied but for small ones, which would pin a
// block.
class FrameParser {
 public:
  FrameParser();
  // Where the next bytes go, and what keeps that memory alive; then received() says how many came.
  std::span<char> room();
  const BufferRef& block() const { return block_; }
  void received(std::size_t bytes) { end_ += bytes; }
  std::optional<InFrame> next();

 private:
  static constexpr std::size_t block_bytes = 3 * frame_bytes_max;
  static constexpr std::size_t copied_max = 4 * 1024;
  static constexpr std::size_t blocks_kept = 8;

  BufferRef free_block();

  BufferRef block_;
  std::deque<BufferRef> used_;       // blocks that frames were cut from, oldest first
  std::size_t begin_ = 0, end_ = 0;  // received and not yet cut
};

}  // namespace flink::channels
