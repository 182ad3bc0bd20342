// SPDX-License-Identifier: Apache-2.0
#include "channels/frame.h"

#include <flink/base/check.h>

#include <algorithm>
#include <cstring>

namespace flink::channels {

namespace {

template <class Number>
void put(char*& to, Number value) {
  std::memcpy(to, &value, sizeof value);
  to += sizeof value;
}
template <class Number>
Number take(const char*& from) {
  Number value;
  std::memcpy(&value, from, sizeof value);
  from += sizeof value;
  return value;
}

struct Small {
  OutFrame frame;
  char* payload;
};
Small small_frame(FrameKind kind, std::uint32_t channel, std::uint32_t sequence,
                  std::size_t length) {
  OutFrame frame{make_ref<Buffer>(FrameHeader::bytes + length), FrameHeader::bytes + length};
  write_header({kind, 0, channel, sequence, static_cast<std::uint32_t>(length)},
               frame.buffer->data());
  char* payload = frame.buffer->data() + FrameHeader::bytes;
  return {std::move(frame), payload};
}

constexpr std::size_t hello_bytes = 28, open_bytes = 28, credit_bytes = 12;
constexpr std::size_t id_bytes = 20;
constexpr std::size_t fetch_head_bytes = id_bytes + 2, host_bytes_max = 255;
constexpr std::size_t barrier_head_bytes = 17;  // then the directory
constexpr std::size_t barrier_directory_max = 4096;
constexpr std::size_t refuse_bytes_max = 1024;

[[noreturn]] void bad_length(const FrameHeader& header) {
  throw ProtocolError{detail::concat("a frame of kind ", header.kind, " has ", header.length,
                                     " bytes, which cannot be")};
}

void check_length(const FrameHeader& header) {
  const std::size_t length = header.length;
  bool right = false;
  switch (header.kind) {
    case FrameKind::hello:
      right = length == hello_bytes;
      break;
    case FrameKind::open:
      right = length == open_bytes;
      break;
    case FrameKind::credit:
      right = length == credit_bytes;
      break;
    case FrameKind::refuse:
      right = length <= refuse_bytes_max;
      break;
    case FrameKind::data:
      right = length > 0 && length <= payload_bytes_max;
      break;
    case FrameKind::watermark:
      right = length == 8;
      break;
    case FrameKind::status:
      right = length == 1;
      break;
    case FrameKind::barrier:
    case FrameKind::announce:
      right = length >= barrier_head_bytes && length <= barrier_head_bytes + barrier_directory_max;
      break;
    case FrameKind::fetch:
      right = length > fetch_head_bytes && length <= fetch_head_bytes + host_bytes_max;
      break;
    case FrameKind::unfetch:
      right = length == id_bytes;
      break;
    case FrameKind::unserved:
      right = length >= id_bytes && length <= id_bytes + refuse_bytes_max;
      break;
    case FrameKind::close:
    case FrameKind::end:
      right = length == 0;
      break;
    default:
      throw ProtocolError{detail::concat("a frame of unknown kind ", header.kind)};
  }
  if (!right) bad_length(header);
}

FrameHeader read_header(const char* from) {
  const auto magic = take<std::uint32_t>(from);
  if (magic != FrameHeader::magic) {
    throw ProtocolError{detail::concat("bytes that are no frame (magic ", magic, ")")};
  }
  FrameHeader header;
  header.kind = static_cast<FrameKind>(take<std::uint8_t>(from));
  header.flags = take<std::uint8_t>(from);
  const auto zero = take<std::uint16_t>(from);
  header.channel = take<std::uint32_t>(from);
  header.sequence = take<std::uint32_t>(from);
  header.length = take<std::uint32_t>(from);
  check_length(header);
  const std::uint8_t allowed = header.kind == FrameKind::data ? FrameHeader::more : 0;
  if ((header.flags & ~allowed) != 0 || zero != 0) {
    throw ProtocolError{detail::concat("a frame with unknown flags ", header.flags)};
  }
  return header;
}

}  // namespace

void write_header(const FrameHeader& header, char* to) {
  put(to, FrameHeader::magic);
  put(to, static_cast<std::uint8_t>(header.kind));
  put(to, header.flags);
  put(to, std::uint16_t{0});
  put(to, header.channel);
  put(to, header.sequence);
  put(to, header.length);
}

namespace {

void put_id(char*& to, const ChannelId& id) {
  for (const auto part :
       {id.edge, id.producer, id.producer_attempt, id.consumer, id.consumer_attempt}) {
    put(to, part);
  }
}

ChannelId take_id(const char*& from) {
  ChannelId id;
  for (auto* part :
       {&id.edge, &id.producer, &id.producer_attempt, &id.consumer, &id.consumer_attempt}) {
    *part = take<std::int32_t>(from);
  }
  return id;
}

}  // namespace

OutFrame encode_hello(const Hello& hello) {
  auto [frame, to] = small_frame(FrameKind::hello, 0, 0, hello_bytes);
  put(to, Hello::version);
  put(to, hello.job_high);
  put(to, hello.job_low);
  put(to, hello.epoch);
  return std::move(frame);
}

OutFrame encode_open(std::uint32_t channel, const OpenChannel& open) {
  auto [frame, to] = small_frame(FrameKind::open, channel, 0, open_bytes);
  put_id(to, open.id);
  put(to, open.fingerprint);
  return std::move(frame);
}

OutFrame encode_close(std::uint32_t channel) {
  return small_frame(FrameKind::close, channel, 0, 0).frame;
}

OutFrame encode_credit(std::uint32_t channel, const Credit& credit) {
  auto [frame, to] = small_frame(FrameKind::credit, channel, 0, credit_bytes);
  for (const auto part : {credit.bytes, credit.taken, credit.wanted}) put(to, part);
  return std::move(frame);
}

OutFrame encode_refuse(std::string_view why) {
  why = why.substr(0, refuse_bytes_max);
  auto [frame, to] = small_frame(FrameKind::refuse, 0, 0, why.size());
  std::copy(why.begin(), why.end(), to);
  return std::move(frame);
}

namespace {

OutFrame barrier_frame(FrameKind kind, std::uint32_t channel, std::uint32_t sequence,
                       const Barrier& barrier) {
  const auto& directory = barrier.directory;
  FLINK_CHECK(directory.size() <= barrier_directory_max, directory.size());
  auto [frame, to] = small_frame(kind, channel, sequence, barrier_head_bytes + directory.size());
  put(to, barrier.checkpoint_id);
  put(to, barrier.timestamp_millis);
  put(to, barrier.options);
  std::copy(directory.begin(), directory.end(), to);
  return std::move(frame);
}

}  // namespace

OutFrame encode_fetch(const Fetch& fetch) {
  const auto& host = fetch.consumer.host;
  FLINK_CHECK(!host.empty() && host.size() <= host_bytes_max, host);
  auto [frame, to] = small_frame(FrameKind::fetch, 0, 0, fetch_head_bytes + host.size());
  put_id(to, fetch.id);
  put(to, fetch.consumer.port);
  std::copy(host.begin(), host.end(), to);
  return std::move(frame);
}

OutFrame encode_unfetch(const ChannelId& id) {
  auto [frame, to] = small_frame(FrameKind::unfetch, 0, 0, id_bytes);
  put_id(to, id);
  return std::move(frame);
}

OutFrame encode_unserved(const ChannelId& id, std::string_view why) {
  why = why.substr(0, refuse_bytes_max);
  auto [frame, to] = small_frame(FrameKind::unserved, 0, 0, id_bytes + why.size());
  put_id(to, id);
  std::copy(why.begin(), why.end(), to);
  return std::move(frame);
}

OutFrame encode_announce(std::uint32_t channel, const Barrier& barrier) {
  return barrier_frame(FrameKind::announce, channel, 0, barrier);
}

OutFrame encode_control(std::uint32_t channel, std::uint32_t sequence, const Element& element) {
  if (const auto* watermark = std::get_if<Watermark>(&element)) {
    auto [frame, to] = small_frame(FrameKind::watermark, channel, sequence, 8);
    put(to, watermark->millis);
    return std::move(frame);
  }
  if (const auto* status = std::get_if<WatermarkStatus>(&element)) {
    auto [frame, to] = small_frame(FrameKind::status, channel, sequence, 1);
    put(to, static_cast<std::uint8_t>(status->idle));
    return std::move(frame);
  }
  if (const auto* barrier = std::get_if<Barrier>(&element)) {
    return barrier_frame(FrameKind::barrier, channel, sequence, *barrier);
  }
  FLINK_CHECK(std::holds_alternative<EndOfPartition>(element), element.index());
  return small_frame(FrameKind::end, channel, sequence, 0).frame;
}

std::size_t InFrame::charge() const {
  switch (header.kind) {
    case FrameKind::data:
      return header.length;
    case FrameKind::watermark:
    case FrameKind::status:
      return control_charge;
    default:
      return 0;
  }
}

Hello decode_hello(const InFrame& frame) {
  const char* from = frame.payload.data();
  const auto version = take<std::uint32_t>(from);
  if (version != Hello::version) {
    throw ProtocolError{detail::concat("data plane version ", version, ", mine is ", Hello::version,
                                       ": both must run the same executable")};
  }
  Hello hello;
  hello.job_high = take<std::uint64_t>(from);
  hello.job_low = take<std::uint64_t>(from);
  hello.epoch = take<std::uint64_t>(from);
  return hello;
}

OpenChannel decode_open(const InFrame& frame) {
  const char* from = frame.payload.data();
  OpenChannel open;
  open.id = take_id(from);
  open.fingerprint = take<std::uint64_t>(from);
  return open;
}

Credit decode_credit(const InFrame& frame) {
  const char* from = frame.payload.data();
  Credit credit;
  for (auto* part : {&credit.bytes, &credit.taken, &credit.wanted}) {
    *part = take<std::uint32_t>(from);
  }
  if (credit.wanted == 0) throw ProtocolError{"a consumer that wants no records"};
  return credit;
}

Fetch decode_fetch(const InFrame& frame) {
  const char* from = frame.payload.data();
  Fetch fetch;
  fetch.id = take_id(from);
  fetch.consumer.port = take<std::uint16_t>(from);
  fetch.consumer.host = frame.payload.substr(fetch_head_bytes);
  return fetch;
}

ChannelId decode_unfetch(const InFrame& frame) {
  const char* from = frame.payload.data();
  return take_id(from);
}

Unserved decode_unserved(const InFrame& frame) {
  const char* from = frame.payload.data();
  Unserved unserved;
  unserved.id = take_id(from);
  unserved.why = frame.payload.substr(id_bytes);
  return unserved;
}

Element decode_control(const InFrame& frame) {
  const char* from = frame.payload.data();
  switch (frame.header.kind) {
    case FrameKind::watermark:
      return Watermark{take<std::int64_t>(from)};
    case FrameKind::status: {
      const auto idle = take<std::uint8_t>(from);
      if (idle > 1) throw ProtocolError{detail::concat("a watermark status of ", idle)};
      return WatermarkStatus{idle == 1};
    }
    case FrameKind::barrier:
      return decode_barrier(frame);
    default:
      FLINK_CHECK(frame.header.kind == FrameKind::end, frame.header.kind);
  }
  return EndOfPartition{};
}

Barrier decode_barrier(const InFrame& frame) {
  const char* from = frame.payload.data();
  Barrier barrier;
  barrier.checkpoint_id = take<std::int64_t>(from);
  barrier.timestamp_millis = take<std::int64_t>(from);
  barrier.options = take<std::uint8_t>(from);
  barrier.directory = frame.payload.substr(barrier_head_bytes);
  return barrier;
}

FrameParser::FrameParser() : block_(make_ref<Buffer>(block_bytes)) {}

std::span<char> FrameParser::room() {
  const std::size_t kept = end_ - begin_;
  // Less than a frame's room left: start anew with the part of a frame that is there.
  if (block_->size() - end_ < frame_bytes_max) {
    if (block_->unique()) {
      std::memmove(block_->data(), block_->data() + begin_, kept);
    } else {
      auto fresh = free_block();
      std::memcpy(fresh->data(), block_->data() + begin_, kept);
      used_.push_back(std::exchange(block_, std::move(fresh)));
    }
    begin_ = 0;
    end_ = kept;
  }
  return {block_->data() + end_, block_->size() - end_};
}

// Frames are done with in the order in which they came, so the oldest block is the first that
// nobody holds any more. Memory that was used lately needs no page faults.
BufferRef FrameParser::free_block() {
  while (used_.size() > blocks_kept) used_.pop_front();
  if (used_.empty() || !used_.front()->unique()) return make_ref<Buffer>(block_bytes);
  auto block = std::move(used_.front());
  used_.pop_front();
  return block;
}

std::optional<InFrame> FrameParser::next() {
  if (end_ - begin_ < FrameHeader::bytes) return std::nullopt;
  const char* start = block_->data() + begin_;
  const FrameHeader header = read_header(start);
  const std::size_t size = FrameHeader::bytes + header.length;
  if (end_ - begin_ < size) return std::nullopt;
  begin_ += size;
  const std::string_view payload{start + FrameHeader::bytes, header.length};
  if (header.kind != FrameKind::data || payload.size() > copied_max) {
    return InFrame{header, block_, payload};
  }
  auto copy = make_ref<Buffer>(payload.size());
  std::memcpy(copy->data(), payload.data(), payload.size());
  const std::string_view copied{copy->data(), copy->size()};
  return InFrame{header, std::move(copy), copied};
}

}  // namespace flink::channels
