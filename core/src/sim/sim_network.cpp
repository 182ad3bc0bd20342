// SPDX-License-Identifier: Apache-2.0
#include "sim/sim_network.h"

#include <flink/base/check.h>

#include <memory>
#include <utility>

#include "sim/connection.h"
#include "sim/message_names.h"

namespace flink::sim {
namespace {

constexpr Duration connect_patience{10'000'000'000};

class SimConnection final : public base::Connection,
                            public std::enable_shared_from_this<SimConnection> {
 public:
  SimConnection(SimQueue& queue, std::unique_ptr<Endpoint> endpoint)
      : queue_(queue), peer_(endpoint->peer()), endpoint_(std::move(endpoint)) {}
  // Not in the constructor: the endpoint holds this weakly.
  void begin() {
    endpoint_->on_change([weak = weak_from_this()] {
      if (auto self = weak.lock()) self->progress();
    });
  }

  void read(std::span<char> buffer, Done done) override {
    FLINK_CHECK(!read_done_);
    buffer_ = buffer;
    read_done_ = std::move(done);
    progress_soon();
  }
  void write(std::vector<std::span<const char>> pieces, Done done) override {
    FLINK_CHECK(!write_done_);
    write_done_ = std::move(done);
    written_ = 0;
    for (const auto& piece : pieces) {
      written_ += piece.size();
      if (!endpoint_) continue;
      const std::string_view bytes{piece.data(), piece.size()};
      endpoint_->send(bytes, frame_name(bytes));
    }
    progress_soon();
  }
  void close() override {
    endpoint_.reset();
    // A closed connection calls nobody back; what the callbacks hold is let go outside this call.
    queue_.after(Duration{0}, nullptr,
                 [read = std::exchange(read_done_, nullptr),
                  write = std::exchange(write_done_, nullptr)] {});
  }
  base::Address peer() const override { return peer_; }

 private:
  void progress_soon() {
    if (!endpoint_ || scheduled_) return;
    scheduled_ = true;
    queue_.after(Duration{500}, endpoint_->life(), [weak = weak_from_this()] {
      if (auto self = weak.lock()) {
        self->scheduled_ = false;
        self->progress();
      }
    });
  }
  void progress() {
    const auto self = shared_from_this();  // a callback may drop the last other reference
    if (endpoint_ && write_done_ && (endpoint_->has_room() || !endpoint_->failure().empty())) {
      const std::string failure = endpoint_->failure();
      std::exchange(write_done_, nullptr)(failure.empty() ? written_ : 0, failure);
    }
    if (!endpoint_ || !read_done_) return;
    const std::size_t bytes = endpoint_->take(buffer_.data(), buffer_.size());
    const std::string failure = bytes > 0             ? ""
                                : endpoint_->at_end() ? "closed by peer"
                                                      : endpoint_->failure();
    if (bytes == 0 && failure.empty()) return;
    std::exchange(read_done_, nullptr)(bytes, failure);
  }

  SimQueue& queue_;
  base::Address peer_;
  std::unique_ptr<Endpoint> endpoint_;  // null once closed
  std::span<char> buffer_;
  std::size_t written_ = 0;
  Done read_done_, write_done_;
  bool scheduled_ = false;
};

std::shared_ptr<base::Connection> wrap(SimQueue& queue, std::unique_ptr<Endpoint> endpoint) {
  auto connection = std::make_shared<SimConnection>(queue, std::move(endpoint));
  connection->begin();
  return connection;
}

class SimListener final : public base::Listener {
 public:
  SimListener(Fabric& fabric, LifeRef life, std::uint16_t port)
      : fabric_(fabric), life_(std::move(life)), port_(port) {}
  ~SimListener() override {
    if (life_->alive) fabric_.stop_listening(port_);
  }
  std::uint16_t port() const override { return port_; }

 private:
  Fabric& fabric_;
  LifeRef life_;
  std::uint16_t port_;
};

}  // namespace

std::unique_ptr<base::Listener> SimNetwork::listen(
    const base::Address& address, std::function<void(std::shared_ptr<base::Connection>)> accepted) {
  const std::uint16_t port = fabric_.listen(
      life_, address.port,
      [&queue = queue_, accepted = std::move(accepted)](std::unique_ptr<Endpoint> endpoint) {
        accepted(wrap(queue, std::move(endpoint)));
      });
  return std::make_unique<SimListener>(fabric_, life_, port);
}

void SimNetwork::connect(
    const base::Address& address,
    std::function<void(std::shared_ptr<base::Connection>, const std::string& error)> done) {
  struct Attempt {
    std::function<void(std::shared_ptr<base::Connection>, const std::string& error)> done;
  };
  const auto attempt = std::make_shared<Attempt>(Attempt{std::move(done)});
  queue_.after(connect_patience, life_, [attempt] {
    if (const auto done = std::exchange(attempt->done, nullptr)) done(nullptr, "timed out");
  });
  fabric_.connect(
      life_, address, true,
      [&queue = queue_, attempt](std::unique_ptr<Endpoint> endpoint, const std::string& error) {
        const auto done = std::exchange(attempt->done, nullptr);
        if (!done) return;  // too late: dropping the end closes it
        if (endpoint) done(wrap(queue, std::move(endpoint)), error);
        else done(nullptr, error);
      });
}

}  // namespace flink::sim
