// SPDX-License-Identifier: Apache-2.0
#include "channels/remote_writer.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "channels/remote_reader.h"
#include "fiber/slot_task.h"

namespace flink::channels {

namespace {

constexpr std::size_t head_bytes = FrameHeader::bytes + message_head_bytes;
// A write() ends with the record that passes its limit: most records fit in what is left of the
// frame.
constexpr std::size_t message_bytes_wanted = frame_bytes_max - head_bytes - 1024;

}  // namespace

std::pair<std::uint32_t, std::shared_ptr<OutChannel>> ProducerLink::open(const OpenChannel& open) {
  auto channel = std::make_shared<OutChannel>();
  std::lock_guard lock{channels_mutex_};  // numbers reach the wire in order
  const auto number = next_number_++;
  channels_.emplace(number, channel);
  send(encode_open(number, open));
  return {number, std::move(channel)};
}

void ProducerLink::close(std::uint32_t number) {
  {
    std::lock_guard lock{channels_mutex_};
    channels_.erase(number);
  }
  send(encode_close(number));
}

void ProducerLink::fetch(const Fetch& fetch, const std::shared_ptr<InChannel>& channel) {
  {
    std::lock_guard lock{channels_mutex_};
    if (!failed()) fetched_.emplace(fetch.id, channel);
  }
  if (failed()) return channel->fail(failure());
  send(encode_fetch(fetch));
}

void ProducerLink::unfetch(const ChannelId& id) {
  {
    std::lock_guard lock{channels_mutex_};
    fetched_.erase(id);
  }
  send(encode_unfetch(id));
}

void ProducerLink::on_unserved(const Unserved& unserved) {
  std::shared_ptr<InChannel> channel;
  {
    std::lock_guard lock{channels_mutex_};
    const auto found = fetched_.find(unserved.id);
    if (found == fetched_.end()) return;  // gone meanwhile
    channel = found->second.lock();
    fetched_.erase(found);
  }
  if (channel) channel->refuse(unserved.why);
}

std::size_t ProducerLink::open_channels() {
  std::lock_guard lock{channels_mutex_};
  return channels_.size();
}

void ProducerLink::on_frame(InFrame frame) {
  if (frame.header.kind == FrameKind::unserved) return on_unserved(decode_unserved(frame));
  if (frame.header.kind != FrameKind::credit) {
    throw ProtocolError{detail::concat("a frame of kind ", frame.header.kind, " to a producer")};
  }
  const Credit credit = decode_credit(frame);
  std::shared_ptr<OutChannel> channel;
  {
    std::lock_guard lock{channels_mutex_};
    if (frame.header.channel >= next_number_) {
      throw ProtocolError{
          detail::concat("credit for channel ", frame.header.channel, ", which is not open")};
    }
    const auto found = channels_.find(frame.header.channel);
    if (found == channels_.end()) return;  // closed while it was under way
    channel = found->second;
  }
  channel->taken.fetch_add(credit.taken);
  channel->wanted.store(credit.wanted);
  channel->credit.fetch_add(credit.bytes);
  channel->wake();
}

void ProducerLink::on_failed(const std::string& why) {
  std::vector<std::shared_ptr<OutChannel>> channels;
  std::vector<std::shared_ptr<InChannel>> fetched;
  {
    std::lock_guard lock{channels_mutex_};
    for (const auto& [number, channel] : channels_) channels.push_back(channel);
    for (const auto& [id, channel] : fetched_) {
      if (auto alive = channel.lock()) fetched.push_back(std::move(alive));
    }
    fetched_.clear();
  }
  for (const auto& channel : fetched) channel->fail(why);
  for (const auto& channel : channels) channel->wake();
}

RemoteWriter::RemoteWriter(std::shared_ptr<ProducerLink> link, const ChannelId& id,
                           const RecordType& type, std::uint64_t record_bytes_max)
    : link_(std::move(link)), type_(type), record_bytes_max_(record_bytes_max) {
  std::tie(number_, shared_) = link_->open({id, type.fingerprint()});
}

RemoteWriter::~RemoteWriter() { link_->close(number_); }

void RemoteWriter::check_link() const {
  if (!link_->failed()) return;
  throw Error{ErrorKind::transient,
              "the connection to the TaskManager at " + link_->peer() +
                  ", which takes this task's output, is lost: " + link_->failure() +
                  "; the restart strategy says what happens now"};
}

template <class Condition>
bool RemoteWriter::holds(Condition condition) {
  if (condition()) return true;
  if (!shared_->waker) shared_->waker = fiber::SlotTask::current()->waker();
  shared_->waiting.store(true);
  if (condition()) return true;
  check_link();
  return false;
}

// Behind no more than half of what is wanted any number is: a consumer speaks up when it has taken
// half since it last did, so who waited for less to be under way could wait for ever.
bool RemoteWriter::is_wanted(std::size_t records) const {
  const std::size_t wanted = shared_->wanted.load();
  const std::uint64_t under_way = records_sent_ - shared_->taken.load();
  return under_way <= wanted / 2 || under_way + records <= wanted;
}

bool RemoteWriter::push_some(Element& element) {
  check_link();
  if (auto* batch = std::get_if<BatchRef>(&element)) {
    if (!push_batch(**batch)) return false;
    if ((*batch)->unique()) {
      (*batch)->clear();
      spare_ = std::move(*batch);
    }
    return true;
  }
  flush();
  const bool charged = std::holds_alternative<Watermark>(element) ||
                       std::holds_alternative<WatermarkStatus>(element);
  // Behind data that waits anyway; barriers and the end never wait.
  if (charged) {
    if (!holds([&] { return has_credit(); })) return false;
    shared_->credit.fetch_sub(control_charge);
  }
  auto frame = encode_control(number_, sequence_++, element);
  bytes_ += frame.size;
  link_->send(std::move(frame));
  return true;
}

bool RemoteWriter::push_message(std::size_t records, std::string_view bytes) {
  check_link();
  if (leaving_) return send_message();
  if (!holds([&] { return has_credit() && is_wanted(records); })) return false;
  buffer_ = link_->take_buffer();
  message_.emplace(buffer_->data(), buffer_->size());
  message_->room(head_bytes);
  message_->advance(head_bytes);
  message_->raw(bytes);
  message_records_ = records;
  records_sent_ += records;
  end_message();
  return send_message();
}

void RemoteWriter::announce(const Barrier& barrier) {
  link_->send(encode_announce(number_, barrier));
}

bool RemoteWriter::push_batch(const Batch& batch) {
  for (;;) {
    if (leaving_ && !send_message()) return false;
    if (next_record_ == batch.size()) {
      next_record_ = 0;
      return true;
    }
    // Before serializing: records wait as batches, not as bytes.
    const std::size_t records = batch.size() - next_record_;
    const bool may_go = holds([&] { return has_credit() && is_wanted(records); });
    if (!may_go && !message_) return false;
    if (message_ && (!may_go || !fits_message(batch, records))) {
      end_message();
      continue;
    }
    if (!message_) begin_message(batch);
    append(batch);
  }
}

// It has one mark for all timestamps. A reader believes in so many records only that take a byte
// each.
bool RemoteWriter::fits_message(const Batch& batch, std::size_t records) const {
  const std::size_t most = std::min(message_->size() - head_bytes, 2 * Batch::records_max);
  return batch.stamped() == message_stamped_ && message_records_ + records <= most;
}

void RemoteWriter::begin_message(const Batch& batch) {
  buffer_ = link_->take_buffer();
  message_.emplace(buffer_->data(), buffer_->size());
  ByteWriter& message = *message_;
  message.room(head_bytes);
  message.advance(head_bytes);
  message_records_ = 0;
  message_stamped_ = batch.stamped();
  message.u8(message_stamped_ ? 1 : 0);
}

void RemoteWriter::append(const Batch& batch) {
  ByteWriter& message = *message_;
  const std::size_t left = head_bytes + message_bytes_wanted - message.size();
  const auto count = type_.write_records(batch, next_record_, left, message);
  message_records_ += count;
  next_record_ += count;
  records_sent_ += count;
  const std::size_t size = message.size() - head_bytes;
  // Others in front of it are not the last record's fault.
  if (size > record_bytes_max_ + (message_records_ > 1 ? message_bytes_wanted : 0)) {
    throw Error{ErrorKind::user,
                detail::concat("a record of type ", type_.name(), " takes ", size,
                               " bytes, more than record_bytes_max (", record_bytes_max_,
                               ") allows between TaskManagers; make records smaller or raise "
                               "record_bytes_max")};
  }
  if (size >= message_bytes_wanted) end_message();
}

void RemoteWriter::end_message() {
  FLINK_CHECK(message_records_ > 0 && message_records_ <= message_records_max, message_records_);
  ByteWriter& message = *message_;
  message.patch32(FrameHeader::bytes, static_cast<std::uint32_t>(message_records_));
  message.patch32(FrameHeader::bytes + 4, static_cast<std::uint32_t>(message.size() - head_bytes));
  leaving_ = true;
  sent_ = FrameHeader::bytes;
}

void RemoteWriter::flush() {
  if (!message_ || leaving_) return;  // what leaves goes on with its batch
  end_message();
  FLINK_CHECK(send_message());
}

// One that has outgrown its buffer is copied into frames.
bool RemoteWriter::send_message() {
  const ByteWriter& message = *message_;
  // Near the end of its memory a writer moves, also when the record would just have fit.
  const bool in_place = buffer_ && message.data() == buffer_->data();
  while (sent_ < message.size()) {
    if (!holds([&] { return has_credit(); })) return false;
    const std::size_t length = std::min(message.size() - sent_, payload_bytes_max);
    BufferRef frame = buffer_ ? std::exchange(buffer_, nullptr) : link_->take_buffer();
    if (!in_place) std::memcpy(frame->data() + FrameHeader::bytes, message.data() + sent_, length);
    sent_ += length;
    const std::uint8_t flags = sent_ < message.size() ? FrameHeader::more : 0;
    write_header({FrameKind::data, flags, number_, sequence_++, static_cast<std::uint32_t>(length)},
                 frame->data());
    shared_->credit.fetch_sub(static_cast<std::int64_t>(length));
    bytes_ += FrameHeader::bytes + length;
    link_->send({std::move(frame), FrameHeader::bytes + length});
  }
  message_.reset();
  leaving_ = false;
  return true;
}

}  // namespace flink::channels
