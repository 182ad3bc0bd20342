// SPDX-License-Identifier: Apache-2.0
// One connection between two processes: a queue of frames to send, a parser of what comes. Base of
// the producing and the consuming side.
//
// Threads: send, take_buffer, failure: any. Everything else on the network's worker. Owned by the
// data plane; callbacks of the connection hold it weakly and the memory they use strongly, so that
// dropping it at any time is safe.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/network.h"
#include "channels/frame.h"

namespace flink::channels {

class Link : public std::enable_shared_from_this<Link> {
 public:
  // `peer` names the other side in messages; `greeting` is sent first and expected first.
  Link(base::Network& network, std::string peer, const Hello& greeting);
  virtual ~Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // The connection is there: what has queued up goes out, reading starts.
  void connected(std::shared_ptr<base::Connection> connection);
  // Ends it: the connection closes, everyone who uses the link is told. Once.
  void fail(const std::string& why);

  // Queues frames in order; dropped when the link has failed.
  void send(OutFrame frame);
  // A buffer of frame_bytes_max: those that were sent are used again.
  BufferRef take_buffer();

  bool failed() const { return failed_.load(std::memory_order_acquire); }
  // Why; empty as long as it has not failed.
  std::string failure() const;
  const std::string& peer() const { return peer_; }

 protected:
  // Throws ProtocolError for what cannot be. `hello` has been seen and fits before any other.
  virtual void on_frame(InFrame frame) = 0;
  // All frames that had come by then have been handed over.
  virtual void on_frames_done() {}
  virtual void on_failed(const std::string& why) = 0;
  // The connection is gone: later than on_failed() when last words were still going out.
  virtual void on_closed() {}
  // Within one lock: no frame of another thread comes between.
  template <class F>
  void with_queue(F f) {
    bool start = false;
    {
      std::lock_guard lock{mutex_};
      if (failed()) return;
      f(queue_);
      start = start_writing();
    }
    if (start) write_soon();
  }

 private:
  using Frames = std::vector<OutFrame>;
  void read_more();
  void read_done(std::size_t bytes, const std::string& error);
  void take_frame(InFrame frame);
  bool start_writing();
  void write_soon();
  void write_queued();
  void written(std::shared_ptr<Frames> frames, const std::string& error);
  void refuse(const std::string& why);
  void close_after_words();

  static constexpr std::size_t frames_per_write = 64;
  static constexpr std::size_t buffers_kept = 64;

  base::Network& network_;
  const std::string peer_;
  const Hello greeting_;
  FrameParser parser_;
  bool greeted_ = false;
  bool last_words_ = false;  // failed, but the queue still goes out

  mutable std::mutex mutex_;
  Frames queue_;
  std::vector<BufferRef> spare_;
  bool writing_ = false;
  std::shared_ptr<base::Connection> connection_;
  std::string failure_;
  std::atomic<bool> failed_{false};
};

}  // namespace flink::channels
