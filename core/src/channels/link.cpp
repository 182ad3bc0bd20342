// SPDX-License-Identifier: Apache-2.0
#include "channels/link.h"

#include <flink/base/check.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

namespace flink::channels {

Link::Link(base::Network& network, std::string peer, const Hello& greeting)
    : network_(network), peer_(std::move(peer)), greeting_(greeting) {
  queue_.push_back(encode_hello(greeting));
}

void Link::connected(std::shared_ptr<base::Connection> connection) {
  {
    std::lock_guard lock{mutex_};
    if (failed()) return;
    connection_ = std::move(connection);
    writing_ = true;
  }
  write_queued();
  read_more();
}

void Link::fail(const std::string& why) {
  std::shared_ptr<base::Connection> connection;
  {
    std::lock_guard lock{mutex_};
    if (failed()) return;
    failure_ = why;
    failed_.store(true, std::memory_order_release);
    queue_.clear();
    spare_.clear();
    connection = std::move(connection_);
  }
  if (connection) connection->close();
  on_failed(why);
  on_closed();
}

std::string Link::failure() const {
  std::lock_guard lock{mutex_};
  return failure_;
}

void Link::send(OutFrame frame) {
  with_queue([&](Frames& queue) { queue.push_back(std::move(frame)); });
}

BufferRef Link::take_buffer() {
  {
    std::lock_guard lock{mutex_};
    if (!spare_.empty()) {
      auto buffer = std::move(spare_.back());
      spare_.pop_back();
      return buffer;
    }
  }
  return make_ref<Buffer>(frame_bytes_max);
}

// ---- reading, on the network's worker

void Link::read_more() {
  std::shared_ptr<base::Connection> connection;
  {
    std::lock_guard lock{mutex_};
    connection = connection_;
  }
  if (!connection) return;
  const auto room = parser_.room();
  connection->read(room, [weak = weak_from_this(), memory = parser_.block()](
                             std::size_t bytes, const std::string& error) {
    if (const auto self = weak.lock()) self->read_done(bytes, error);
  });
}

void Link::read_done(std::size_t bytes, const std::string& error) {
  if (!error.empty()) return fail(error);
  parser_.received(bytes);
  try {
    while (!failed()) {
      auto frame = parser_.next();
      if (!frame) break;
      take_frame(std::move(*frame));
    }
  } catch (const ProtocolError& problem) {
    return refuse(problem.what());
  }
  if (failed()) return;
  on_frames_done();
  read_more();
}

void Link::take_frame(InFrame frame) {
  if (frame.header.kind == FrameKind::refuse) {
    return fail(detail::concat("it refused the connection: ", frame.payload));
  }
  if (greeted_) return on_frame(std::move(frame));
  if (frame.header.kind != FrameKind::hello) throw ProtocolError{"no hello came first"};
  if (decode_hello(frame) != greeting_) {
    throw ProtocolError{"a data connection of another job or of another JobManager's time"};
  }
  greeted_ = true;
}

// As fail(), but tells the peer why before the connection closes.
void Link::refuse(const std::string& why) {
  const auto reason = "it sent " + why;
  bool start = false;
  {
    std::lock_guard lock{mutex_};
    if (failed()) return;
    failure_ = reason;
    failed_.store(true, std::memory_order_release);
    last_words_ = true;
    queue_.clear();
    queue_.push_back(encode_refuse(why));
    start = start_writing();
  }
  if (start) write_queued();
  on_failed(reason);
}

// ---- writing

// With the lock held: true when the caller is to call write_soon().
bool Link::start_writing() {
  if (writing_ || !connection_) return false;
  writing_ = true;
  return true;
}

void Link::write_soon() {
  network_.post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->write_queued();
  });
}

// On the worker, with writing_ set.
void Link::write_queued() {
  auto frames = std::make_shared<Frames>();
  std::shared_ptr<base::Connection> connection;
  {
    std::lock_guard lock{mutex_};
    if (failed() && !last_words_) return;
    if (queue_.empty()) {
      writing_ = false;
    } else if (queue_.size() <= frames_per_write) {
      frames->swap(queue_);
    } else {
      const auto end = queue_.begin() + frames_per_write;
      frames->assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
      queue_.erase(queue_.begin(), end);
    }
    connection = connection_;
  }
  if (frames->empty()) {
    if (last_words_) close_after_words();
    return;
  }
  std::vector<std::span<const char>> pieces;
  pieces.reserve(frames->size());
  for (const auto& frame : *frames) pieces.emplace_back(frame.buffer->data(), frame.size);
  connection->write(std::move(pieces),
                    [weak = weak_from_this(), frames](std::size_t, const std::string& error) {
                      if (const auto self = weak.lock()) self->written(frames, error);
                    });
}

void Link::close_after_words() {
  std::shared_ptr<base::Connection> connection;
  {
    std::lock_guard lock{mutex_};
    connection = std::move(connection_);
  }
  if (!connection) return;
  connection->close();
  on_closed();
}

void Link::written(std::shared_ptr<Frames> frames, const std::string& error) {
  if (!error.empty()) return last_words_ ? close_after_words() : fail(error);
  {
    std::lock_guard lock{mutex_};
    for (auto& frame : *frames) {
      if (frame.buffer->size() == frame_bytes_max && spare_.size() < buffers_kept) {
        spare_.push_back(std::move(frame.buffer));
      }
    }
  }
  write_queued();
}

}  // namespace flink::channels
