// SPDX-License-Identifier: Apache-2.0
#include "channels/remote_reader.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace flink::channels {

namespace {

[[noreturn]] void fail_message(const char* what) {
  throw Error{ErrorKind::internal,
              detail::concat("a message between TaskManagers is not what it says: ", what,
                             "; both must run the same executable")};
}

}  // namespace

RemoteReader::RemoteReader(std::shared_ptr<InChannel> channel, const RecordType& type,
                           std::shared_ptr<FloatingBudget> budget, RemoteReaderOptions options)
    : channel_(std::move(channel)),
      type_(type),
      budget_(std::move(budget)),
      options_(std::move(options)),
      window_(*budget_, options_.own_window, options_.window_max) {}

RemoteReader::~RemoteReader() {
  channel_->abandon();
  options_.closed();
}

std::optional<Element> RemoteReader::poll() {
  for (;;) {
    if (ended_) return std::nullopt;
    if (frames_.empty() && !channel_->take(frames_)) {
      channel_->check();
      return std::nullopt;
    }
    InFrame frame = std::move(frames_.front());
    frames_.pop_front();
    bytes_ += FrameHeader::bytes + frame.payload.size();
    const auto due = window_.consumed(static_cast<std::int64_t>(frame.charge()), frames_.empty());
    const bool data = frame.header.kind == FrameKind::data;
    const bool begins = data && !in_message_;
    if (begins) begin_message(frame);
    if (due > 0 || (begins && taken_ >= std::max(1u, wanted_told_ / 2))) grant(due);
    if (!data) {
      if (in_message_) fail_message("it ends in the middle");
      auto element = decode_control(frame);
      ended_ = std::holds_alternative<EndOfPartition>(element);
      return element;
    }
    if (auto element = take_data(frame, begins)) return element;
  }
}

// Of less the producer must know before it sends on; more can wait until credit is due.
void RemoteReader::want(std::size_t records) {
  wanted_ = static_cast<std::uint32_t>(std::clamp<std::size_t>(records, 1, UINT32_MAX));
  if (wanted_ <= wanted_told_ / 4) grant(0);
}

void RemoteReader::grant(std::int64_t bytes) {
  wanted_told_ = wanted_;
  channel_->grant({static_cast<std::uint32_t>(bytes), std::exchange(taken_, 0), wanted_});
}

std::optional<Element> RemoteReader::take_data(const InFrame& frame, bool begins) {
  const bool last = (frame.header.flags & FrameHeader::more) == 0;
  if (begins && last) {
    in_message_ = false;
    return read_message(frame.payload, frame.block);  // in place: no copy
  }
  if (frame.payload.size() > message_->size() - message_filled_) fail_message("it is too long");
  std::memcpy(message_->data() + message_filled_, frame.payload.data(), frame.payload.size());
  message_filled_ += frame.payload.size();
  if (!last) return std::nullopt;
  in_message_ = false;
  const auto message = std::exchange(message_, nullptr);
  if (message_filled_ != message->size()) fail_message("it is too short");
  return read_message({message->data(), message->size()}, message);
}

// Takes the head off the payload.
void RemoteReader::begin_message(InFrame& frame) {
  if (frame.payload.size() < message_head_bytes) fail_message("it has no head");
  std::uint32_t size = 0;
  std::memcpy(&message_records_, frame.payload.data(), 4);
  std::memcpy(&size, frame.payload.data() + 4, 4);
  frame.payload.remove_prefix(message_head_bytes);
  // Memory is taken for that many before they are read. (A serializer of its own may write none.)
  if (message_records_ == 0 || message_records_ > message_records_max ||
      message_records_ > std::max<std::size_t>(Batch::records_max, size)) {
    fail_message("its number of records cannot be");
  }
  if (size > options_.record_bytes_max + frame_bytes_max) fail_message("it is larger than allowed");
  in_message_ = true;
  taken_ += message_records_;
  if ((frame.header.flags & FrameHeader::more) == 0) {
    if (size != frame.payload.size()) fail_message("its length is wrong");
    return;
  }
  message_ = make_ref<Buffer>(size);
  message_filled_ = 0;
}

BatchRef RemoteReader::read_message(std::string_view bytes, const BufferRef& backing) {
  ByteReader in{bytes};
  auto batch = type_.read(in, message_records_, backing, std::move(spare_));
  if (!in.at_end()) fail_message("bytes are left over");
  return batch;
}

// ---- InChannel

void InChannel::attach(std::shared_ptr<ConsumerLink> link, std::uint32_t number) {
  std::lock_guard lock{mutex_};
  if (abandoned_) return;  // no reference either: the link refers to this channel
  link_ = std::move(link);
  number_ = number;
  link_->send(encode_credit(number, {static_cast<std::uint32_t>(allowed_), 0, wanted_}));
}

void InChannel::deliver(InFrame frame) {
  const auto charge = static_cast<std::int64_t>(frame.charge());
  std::lock_guard lock{mutex_};
  if (abandoned_) return;
  // One frame may begin with the last byte of credit.
  if (charge > 0 && allowed_ <= 0) throw ProtocolError{"more than it had credit for"};
  allowed_ -= charge;
  frames_.push_back(std::move(frame));
}

void InChannel::fail(const std::string& why) {
  {
    std::lock_guard lock{mutex_};
    if (failure_.empty()) failure_ = why;
    link_ = nullptr;
  }
  wake_reader();
}

void InChannel::refuse(const std::string& why) {
  {
    std::lock_guard lock{mutex_};
    if (!failure_.empty()) return;
    failure_ = why;
    refused_ = true;
    link_ = nullptr;
  }
  wake_reader();
}

// The reader says that it waits, then looks; this side publishes, then looks whether it waits.
void InChannel::wake_reader() {
  news_.store(true);
  if (waiting_.load() && waiting_.exchange(false)) waker_.wake();
}

bool InChannel::take(std::deque<InFrame>& to) {
  for (;;) {
    if (!news_.load()) {
      waiting_.store(true);
      if (!news_.load()) return false;
    }
    std::lock_guard lock{mutex_};
    to.swap(frames_);
    const bool failed = !failure_.empty();
    news_.store(failed);  // a failure stays news
    if (!to.empty()) return true;
    if (failed) return false;
    // The news was of a frame taken before: look again, so as not to leave without saying
    // "waiting".
  }
}

void InChannel::grant(const Credit& credit) {
  std::lock_guard lock{mutex_};
  allowed_ += credit.bytes;
  wanted_ = credit.wanted;
  if (link_) link_->send(encode_credit(number_, credit));
}

void InChannel::check() const {
  if (!news_.load()) return;
  std::lock_guard lock{mutex_};
  if (failure_.empty()) return;
  if (refused_) throw Error{ErrorKind::transient, failure_};
  throw Error{ErrorKind::transient,
              "the connection from a TaskManager that this task reads from is lost: " + failure_ +
                  "; the restart strategy says what happens now"};
}

void InChannel::abandon() {
  std::lock_guard lock{mutex_};
  abandoned_ = true;
  frames_.clear();
  link_ = nullptr;
}

// ---- ChannelRegistry

void ChannelRegistry::add_reader(const ChannelId& id, std::shared_ptr<InChannel> channel) {
  FLINK_CHECK(readers_.emplace(id, channel).second, id.edge, id.producer, id.consumer);
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return;
  const auto waiting = std::move(found->second);
  waiting_.erase(found);
  if (const auto link = waiting.link.lock()) opened(waiting.open, link, waiting.number);
}

void ChannelRegistry::remove_reader(const ChannelId& id) { readers_.erase(id); }

void ChannelRegistry::opened(const OpenChannel& open, const std::shared_ptr<ConsumerLink>& link,
                             std::uint32_t number) {
  const auto reader = readers_.find(open.id);
  if (reader == readers_.end()) {
    waiting_.insert_or_assign(open.id, Waiting{open, link, number});
    return;
  }
  if (reader->second->fingerprint() != open.fingerprint) {
    reader->second->fail("it sends records of another type");
    return;
  }
  link->attach(number, reader->second);
}

void ChannelRegistry::closed(const ChannelId& id, const ConsumerLink& link) {
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return;
  const auto waiting = found->second.link.lock();
  if (!waiting || waiting.get() == &link) waiting_.erase(found);
}

// ---- ConsumerLink

ConsumerLink::ConsumerLink(base::Network& network, std::string peer, const Hello& greeting,
                           std::shared_ptr<ChannelRegistry> registry)
    : Link(network, std::move(peer), greeting), registry_(std::move(registry)) {}

ConsumerLink::Entry& ConsumerLink::entry_of(const InFrame& frame) {
  const auto number = frame.header.channel;
  const auto found = entries_.find(number);
  if (found == entries_.end()) {
    throw ProtocolError{detail::concat("a frame for channel ", number, ", which is not open")};
  }
  return found->second;
}

void ConsumerLink::on_frame(InFrame frame) {
  switch (frame.header.kind) {
    case FrameKind::open:
      return on_open(frame);
    case FrameKind::close: {
      registry_->closed(entry_of(frame).id, *this);
      entries_.erase(frame.header.channel);
      return;
    }
    case FrameKind::data:
    case FrameKind::watermark:
    case FrameKind::status:
    case FrameKind::barrier:
    case FrameKind::end:
      return on_element(entry_of(frame), std::move(frame));
    case FrameKind::announce:
      return on_announcement(entry_of(frame), frame);
    case FrameKind::fetch:
      return on_fetch(frame);
    case FrameKind::unfetch:
      if (registry_->on_unfetch) registry_->on_unfetch(decode_unfetch(frame));
      return;
    default:
      throw ProtocolError{detail::concat("a frame of kind ", frame.header.kind, " to a consumer")};
  }
}

void ConsumerLink::on_open(const InFrame& frame) {
  const auto number = frame.header.channel;
  if (number != next_number_) {
    throw ProtocolError{
        detail::concat("an open of channel ", number, " instead of ", next_number_)};
  }
  if (entries_.size() >= channels_max) throw ProtocolError{"too many channels"};
  const auto open = decode_open(frame);
  entries_.emplace(next_number_++, Entry{.id = open.id});
  registry_->opened(open, std::static_pointer_cast<ConsumerLink>(shared_from_this()), number);
}

void ConsumerLink::on_element(Entry& entry, InFrame frame) {
  if (frame.header.sequence != entry.sequence) {
    throw ProtocolError{detail::concat("frame ", frame.header.sequence, " of channel ",
                                       frame.header.channel, " instead of ", entry.sequence)};
  }
  ++entry.sequence;
  if (entry.channel) {
    entry.channel->deliver(std::move(frame));
    if (delivered_to_.empty() || delivered_to_.back() != entry.channel) {
      delivered_to_.push_back(entry.channel);
    }
    return;
  }
  if (frame.charge() > 0) throw ProtocolError{"records before it had credit for them"};
  if (entry.early.size() >= early_max) throw ProtocolError{"too much for a channel not yet read"};
  entry.early.push_back(std::move(frame));
}

void ConsumerLink::on_frames_done() {
  for (const auto& channel : delivered_to_) channel->wake_reader();
  delivered_to_.clear();
}

void ConsumerLink::on_announcement(Entry& entry, const InFrame& frame) {
  const auto barrier = decode_barrier(frame);
  if (entry.channel) return entry.channel->announce(barrier);
  if (entry.announced.size() >= early_max) throw ProtocolError{"too many announcements"};
  entry.announced.push_back(barrier);
}

void ConsumerLink::on_fetch(const InFrame& frame) {
  auto fetch = decode_fetch(frame);
  const auto refuse = [weak = weak_from_this(), id = fetch.id](const std::string& why) {
    if (const auto self = weak.lock()) self->send(encode_unserved(id, why));
  };
  if (registry_->on_fetch) registry_->on_fetch(std::move(fetch), refuse);
  else refuse("there are no partitions on that TaskManager");
}

void ConsumerLink::attach(std::uint32_t number, std::shared_ptr<InChannel> channel) {
  Entry& entry = entries_.at(number);
  entry.channel = std::move(channel);
  entry.channel->attach(std::static_pointer_cast<ConsumerLink>(shared_from_this()), number);
  for (const auto& barrier : std::exchange(entry.announced, {})) entry.channel->announce(barrier);
  for (auto& frame : std::exchange(entry.early, {})) entry.channel->deliver(std::move(frame));
  entry.channel->wake_reader();
}

void ConsumerLink::on_failed(const std::string& why) {
  for (auto& [number, entry] : entries_) {
    if (entry.channel) entry.channel->fail(why);
    else registry_->closed(entry.id, *this);
  }
  delivered_to_.clear();
  entries_.clear();
}

void ConsumerLink::on_closed() {
  if (ended_) std::exchange(ended_, nullptr)();
}

}  // namespace flink::channels
