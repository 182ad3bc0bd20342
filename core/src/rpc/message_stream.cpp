// SPDX-License-Identifier: Apache-2.0
#include "rpc/message_stream.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace flink::rpc {

MessageSender::MessageSender(StreamLimits limits, Send send, Refused refused)
    : limits_(limits), send_(std::move(send)), refused_(std::move(refused)), tasks_(*this) {}

std::optional<std::string> MessageSender::push(std::string message) {
  if (message.size() > limits_.message_bytes) {
    return detail::concat("it takes ", message.size(),
                          " bytes, and a message of the control plane "
                          "has at most ",
                          limits_.message_bytes);
  }
  if (ended_) return std::nullopt;
  queue_.push_back(std::move(message));
  pump();
  return std::nullopt;
}

void MessageSender::pump() {
  if (ended_ || busy_ || queue_.empty()) return;
  std::vector<Chunk> chunks;
  std::size_t room = limits_.call_bytes;
  std::size_t whole = 0;  // messages that end in this call
  std::size_t sent = sent_;
  while (whole < queue_.size() && chunks.size() < limits_.call_chunks) {
    const std::string_view rest = std::string_view{queue_[whole]}.substr(sent);
    if (!chunks.empty() && rest.size() > room) break;  // a chunk that starts a call may fill it
    const std::string_view piece = rest.substr(0, room);
    chunks.push_back({piece, piece.size() == rest.size()});
    room -= piece.size();
    if (!chunks.back().last) {
      sent += piece.size();
      break;
    }
    ++whole;
    sent = 0;
  }
  busy_ = true;
  auto call = kj::evalNow([&] { return send_(next_, chunks); });
  next_ += chunks.size();
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(whole));
  sent_ = sent;
  tasks_.add(call.then([this] {
    busy_ = false;
    pump();
  }));
}

void MessageSender::failed(const kj::Exception& exception) {
  busy_ = false;
  if (std::exchange(ended_, true)) return;
  queue_.clear();
  if (exception.getType() == kj::Exception::Type::DISCONNECTED) return;
  if (refused_) refused_(exception.getDescription().cStr());
}

std::optional<std::string> MessageReceiver::take(std::uint64_t number, const Chunk& chunk) {
  if (number != next_) {
    throw Error{ErrorKind::internal,
                detail::concat("part ", number, " of the messages came where ", next_, " was due")};
  }
  ++next_;
  if (chunk.bytes.size() > message_bytes_max_ - partial_.size()) {
    throw Error{ErrorKind::internal,
                detail::concat("a message of more than ", message_bytes_max_, " bytes")};
  }
  partial_.append(chunk.bytes);
  if (!chunk.last) return std::nullopt;
  return std::exchange(partial_, {});
}

}  // namespace flink::rpc
