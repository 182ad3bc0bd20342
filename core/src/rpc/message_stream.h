// SPDX-License-Identifier: Apache-2.0
// Messages over RPC, whole and in order, of any length up to a bound: cut into numbered chunks, a
// call of a few at a time, so that no call is large and heartbeats get in between. The next call
// goes out when the last one is answered. Nothing is sent twice: the connection delivers everything
// or ends, and whether the far side still lives is for heartbeats to say; so a slow link is only
// slow. A connection that is lost ends the sender; what it still held is lost with it. Control
// loop's thread only.
#pragma once

#include <kj/async.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace flink::rpc {

// A message, or a part of one.
struct Chunk {
  std::string_view bytes;
  bool last = false;  // of its message
};

struct StreamLimits {
  std::size_t message_bytes = 0;
  std::size_t call_bytes = 256 * 1024;
  std::size_t call_chunks = 512;
};

class MessageSender final : private kj::TaskSet::ErrorHandler {
 public:
  // Sends chunks numbered first, first + 1, …; copies them before it returns. May throw.
  using Send = std::function<kj::Promise<void>(std::uint64_t first, std::span<const Chunk> chunks)>;
  // The far side refused, or send threw; nothing more will be sent. Not called within push().
  using Refused = std::function<void(const std::string& why)>;

  MessageSender(StreamLimits limits, Send send, Refused refused);

  // Why it cannot be sent; nothing: it is on its way, or the sender has ended.
  std::optional<std::string> push(std::string message);
  bool idle() const { return queue_.empty() && !busy_; }

 private:
  void pump();
  void failed(const kj::Exception& exception);
  void taskFailed(kj::Exception&& exception) override { failed(exception); }

  StreamLimits limits_;
  Send send_;
  Refused refused_;
  std::deque<std::string> queue_;
  std::size_t sent_ = 0;    // bytes of the first message that are on their way
  std::uint64_t next_ = 1;  // chunk
  bool busy_ = false;       // a call is under way
  bool ended_ = false;
  kj::TaskSet tasks_;  // last: its tasks refer to the rest
};

// Puts them together again.
class MessageReceiver {
 public:
  explicit MessageReceiver(std::size_t message_bytes_max) : message_bytes_max_(message_bytes_max) {}

  // The message that ends with this chunk; nothing: it goes on. Throws Error{internal}: not the
  // next chunk, or a message that is too long.
  std::optional<std::string> take(std::uint64_t number, const Chunk& chunk);

 private:
  std::size_t message_bytes_max_;
  std::uint64_t next_ = 1;
  std::string partial_;
};

}  // namespace flink::rpc
