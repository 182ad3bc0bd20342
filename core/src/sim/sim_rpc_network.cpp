// SPDX-License-Identifier: Apache-2.0
#include "sim/sim_rpc_network.h"

#include <kj/debug.h>
#include <sys/socket.h>

#include <cstring>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <utility>

#include "sim/connection.h"
#include "sim/message_names.h"

namespace flink::sim {
namespace {

kj::Exception disconnected(const std::string& why) {
  return kj::Exception(kj::Exception::Type::DISCONNECTED, __FILE__, __LINE__,
                       kj::heapString(why.c_str(), why.size()));
}

class SimStream final : public kj::AsyncIoStream {
 public:
  explicit SimStream(std::unique_ptr<Endpoint> endpoint) : endpoint_(std::move(endpoint)) {
    endpoint_->on_change([this] { progress(); });
  }
  ~SimStream() noexcept(false) {
    if (reader_ != nullptr) reader_->stream = nullptr;
    if (writer_ != nullptr) writer_->stream = nullptr;
  }

  kj::Promise<std::size_t> tryRead(void* buffer, std::size_t min, std::size_t max) override;
  kj::Promise<void> write(const void* buffer, std::size_t size) override;
  kj::Promise<void> write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>> pieces) override;
  kj::Promise<void> whenWriteDisconnected() override;
  void shutdownWrite() override { endpoint_->end_sending(); }
  void getsockopt(int level, int option, void* value, uint* length) override;
  void setsockopt(int, int, const void*, uint) override {}

 private:
  // A read or write that waits. Its destructor is KJ's way to cancel it.
  struct Reader {
    Reader(kj::PromiseFulfiller<std::size_t>& fulfiller, SimStream& stream, char* buffer,
           std::size_t min, std::size_t max, std::size_t filled)
        : fulfiller(fulfiller),
          stream(&stream),
          buffer(buffer),
          min(min),
          max(max),
          filled(filled) {
      KJ_REQUIRE(stream.reader_ == nullptr, "one read at a time");
      stream.reader_ = this;
    }
    ~Reader() {
      if (stream != nullptr) stream->reader_ = nullptr;
    }
    kj::PromiseFulfiller<std::size_t>& fulfiller;
    SimStream* stream;
    char* buffer;
    std::size_t min, max, filled;
  };
  struct Writer {
    Writer(kj::PromiseFulfiller<void>& fulfiller, SimStream& stream)
        : fulfiller(fulfiller), stream(&stream) {
      KJ_REQUIRE(stream.writer_ == nullptr, "one write at a time");
      stream.writer_ = this;
    }
    ~Writer() {
      if (stream != nullptr) stream->writer_ = nullptr;
    }
    kj::PromiseFulfiller<void>& fulfiller;
    SimStream* stream;
  };

  void progress();
  kj::Promise<void> sent();

  std::unique_ptr<Endpoint> endpoint_;
  Reader* reader_ = nullptr;
  Writer* writer_ = nullptr;
  kj::Maybe<kj::Own<kj::PromiseFulfiller<void>>> lost_;
  kj::Maybe<kj::ForkedPromise<void>> lost_promise_;
};

kj::Promise<std::size_t> SimStream::tryRead(void* buffer, std::size_t min, std::size_t max) {
  char* out = static_cast<char*>(buffer);
  const std::size_t got = endpoint_->take(out, max);
  if (got >= min || endpoint_->at_end()) return got;
  if (!endpoint_->failure().empty()) return disconnected(endpoint_->failure());
  return kj::newAdaptedPromise<std::size_t, Reader>(*this, out, min, max, got);
}

void SimStream::progress() {
  const std::string& failure = endpoint_->failure();
  if (Reader* reader = reader_) {
    reader->filled +=
        endpoint_->take(reader->buffer + reader->filled, reader->max - reader->filled);
    const bool enough = reader->filled >= reader->min || endpoint_->at_end();
    if (enough || !failure.empty()) {
      reader_ = nullptr;
      reader->stream = nullptr;
      if (enough) reader->fulfiller.fulfill(kj::cp(reader->filled));
      else reader->fulfiller.reject(disconnected(failure));
    }
  }
  if (Writer* writer = writer_; writer != nullptr && (endpoint_->has_room() || !failure.empty())) {
    writer_ = nullptr;
    writer->stream = nullptr;
    if (failure.empty()) writer->fulfiller.fulfill();
    else writer->fulfiller.reject(disconnected(failure));
  }
  if (!failure.empty()) {
    KJ_IF_MAYBE (lost, lost_) (*lost)->fulfill();
  }
}

kj::Promise<void> SimStream::sent() {
  if (endpoint_->has_room()) return kj::READY_NOW;
  return kj::newAdaptedPromise<void, Writer>(*this);
}

kj::Promise<void> SimStream::write(const void* buffer, std::size_t size) {
  if (!endpoint_->failure().empty()) return disconnected(endpoint_->failure());
  const std::string_view bytes{static_cast<const char*>(buffer), size};
  endpoint_->send(bytes, rpc_message_name(bytes));
  return sent();
}

kj::Promise<void> SimStream::write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>> pieces) {
  if (!endpoint_->failure().empty()) return disconnected(endpoint_->failure());
  std::string bytes;
  for (const auto& piece : pieces) {
    bytes.append(reinterpret_cast<const char*>(piece.begin()), piece.size());
  }
  endpoint_->send(bytes, rpc_message_name(bytes));
  return sent();
}

kj::Promise<void> SimStream::whenWriteDisconnected() {
  if (!endpoint_->failure().empty()) return kj::READY_NOW;
  KJ_IF_MAYBE (promise, lost_promise_) return promise->addBranch();
  auto pair = kj::newPromiseAndFulfiller<void>();
  lost_ = kj::mv(pair.fulfiller);
  return lost_promise_.emplace(pair.promise.fork()).addBranch();
}

void SimStream::getsockopt(int level, int option, void* value, uint* length) {
  KJ_REQUIRE(level == SOL_SOCKET && option == SO_SNDBUF && *length >= sizeof(int));
  const int size = static_cast<int>(Fabric::window_bytes);
  std::memcpy(value, &size, sizeof size);
  *length = sizeof size;
}

class SimReceiver final : public kj::ConnectionReceiver {
 public:
  SimReceiver(Fabric& fabric, const LifeRef& life, std::uint16_t port)
      : fabric_(fabric), life_(life) {
    port_ = fabric.listen(life, port, [this](std::unique_ptr<Endpoint> endpoint) {
      arrived_.push_back(kj::heap<SimStream>(std::move(endpoint)));
      if (!waiting_.empty()) waiting_.front()->hand_over();
    });
  }
  ~SimReceiver() noexcept(false) {
    for (Waiter* waiter : waiting_) waiter->receiver = nullptr;
    if (life_->alive) fabric_.stop_listening(port_);
  }
  kj::Promise<kj::Own<kj::AsyncIoStream>> accept() override {
    if (!arrived_.empty()) {
      auto stream = kj::mv(arrived_.front());
      arrived_.pop_front();
      return kj::mv(stream);
    }
    return kj::newAdaptedPromise<kj::Own<kj::AsyncIoStream>, Waiter>(*this);
  }
  uint getPort() override { return port_; }

 private:
  using Fulfiller = kj::PromiseFulfiller<kj::Own<kj::AsyncIoStream>>;
  struct Waiter {
    Waiter(Fulfiller& fulfiller, SimReceiver& receiver)
        : fulfiller(fulfiller), receiver(&receiver) {
      receiver.waiting_.push_back(this);
    }
    ~Waiter() {
      if (receiver != nullptr) receiver->waiting_.remove(this);
    }
    void hand_over() {
      auto stream = kj::mv(receiver->arrived_.front());
      receiver->arrived_.pop_front();
      receiver->waiting_.pop_front();
      receiver = nullptr;
      fulfiller.fulfill(kj::mv(stream));
    }
    Fulfiller& fulfiller;
    SimReceiver* receiver;
  };

  Fabric& fabric_;
  LifeRef life_;
  std::uint16_t port_ = 0;
  std::deque<kj::Own<kj::AsyncIoStream>> arrived_;
  std::list<Waiter*> waiting_;  // first come, first served
};

}  // namespace

kj::Promise<kj::Own<kj::AsyncIoStream>> SimRpcNetwork::connect(const base::Address& address) {
  using Stream = kj::Own<kj::AsyncIoStream>;
  auto pair = kj::newPromiseAndFulfiller<Stream>();
  // std::function wants copyable closures.
  auto fulfiller = std::make_shared<kj::Own<kj::PromiseFulfiller<Stream>>>(kj::mv(pair.fulfiller));
  // KJ's sockets have no keepalive: the callers' deadlines and heartbeats must do.
  fabric_.connect(life_, address, false,
                  [fulfiller](std::unique_ptr<Endpoint> endpoint, const std::string& error) {
                    if (endpoint) (*fulfiller)->fulfill(kj::heap<SimStream>(std::move(endpoint)));
                    else (*fulfiller)->reject(disconnected(error));
                  });
  return kj::mv(pair.promise);
}

kj::Own<kj::ConnectionReceiver> SimRpcNetwork::listen(const base::Address& address) {
  return kj::heap<SimReceiver>(fabric_, life_, address.port);
}

}  // namespace flink::sim
