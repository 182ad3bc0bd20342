// SPDX-License-Identifier: Apache-2.0
// The socket sink: one write under way, the task waits for it. Waiting happens in short turns on a
// helper, so that a cancelled task is not held by a peer that does not read.
#include <flink/base/check.h>
#include <flink/connectors/socket/socket_sink.h>
#include <flink/error.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "base/address.h"
#include "base/network.h"

namespace flink::detail {
namespace {

constexpr auto turn = std::chrono::milliseconds{50};

// What the network's callbacks report; lives until both sides are done.
struct Progress {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  std::string error;
  std::shared_ptr<base::Connection> connection;
  std::string sending;  // the bytes of the write under way

  void finish(const std::string& failure) {
    const std::lock_guard lock{mutex};
    done = true;
    error = failure;
    changed.notify_all();
  }
};

}  // namespace

class SocketLineWriter::Connection {
 public:
  Connection(WriterInitContext& context, const std::string& host, std::uint16_t port)
      : runtime_(context.runtime()),
        name_(concat("socket sink ", base::address_text(host, port))),
        progress_(std::make_shared<Progress>()) {
    if (context.network() == nullptr) {
      throw Error{ErrorKind::user, concat(name_,
                                          ": there are no sockets under simulation; "
                                          "write to files instead")};
    }
    context.network()->connect({host, port},
                               [progress = progress_](auto connection, const std::string& error) {
                                 progress->connection = std::move(connection);
                                 progress->finish(error);
                               });
    wait();
  }
  ~Connection() {
    if (progress_->connection) progress_->connection->close();
  }

  void send(std::string& lines) {
    progress_->done = false;
    progress_->sending.swap(lines);
    lines.clear();
    progress_->connection->write(
        {{progress_->sending.data(), progress_->sending.size()}},
        [progress = progress_](std::size_t, const std::string& error) { progress->finish(error); });
    wait();
  }

 private:
  void wait() {
    bool done = false;
    while (!done) {
      runtime_.run_blocking([&] {
        std::unique_lock lock{progress_->mutex};
        done = progress_->changed.wait_for(lock, turn, [&] { return progress_->done; });
      });
    }
    if (!progress_->error.empty()) {
      throw Error{ErrorKind::transient, concat(name_, ": ", progress_->error)};
    }
  }

  RuntimeContext& runtime_;
  std::string name_;
  std::shared_ptr<Progress> progress_;
};

SocketLineWriter::SocketLineWriter(WriterInitContext& context, const std::string& host,
                                   std::uint16_t port)
    : connection_(std::make_unique<Connection>(context, host, port)) {}
SocketLineWriter::~SocketLineWriter() = default;

void SocketLineWriter::flush() {
  if (!lines_.empty()) connection_->send(lines_);
}

}  // namespace flink::detail
