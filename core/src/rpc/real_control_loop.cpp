// SPDX-License-Identifier: Apache-2.0
#include "rpc/real_control_loop.h"

#include <flink/base/check.h>
#include <flink/error.h>
#include <kj/debug.h>
#include <netdb.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstring>
#include <optional>
#include <string>

#include "base/address.h"

namespace flink::rpc {
namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
};

// An IPv4 address comes first: it is what servers bind.
std::optional<SocketAddress> look_up(const base::Address& address, int flags, std::string& error) {
  addrinfo hints{};
  hints.ai_flags = flags | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string host =
      address.host == "localhost" ? "127.0.0.1" : base::plain_host(address.host);
  const auto port = std::to_string(address.port);
  const int failure = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (failure != 0) {
    error = ::gai_strerror(failure);
    return std::nullopt;
  }
  const addrinfo* chosen = found;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    if (one->ai_family == AF_INET && chosen->ai_family != AF_INET) chosen = one;
  }
  SocketAddress out;
  std::memcpy(&out.storage, chosen->ai_addr, chosen->ai_addrlen);
  out.size = chosen->ai_addrlen;
  ::freeaddrinfo(found);
  return out;
}

// Addresses that need no resolver: KJ starts a thread for those that do.
std::optional<SocketAddress> numeric(const base::Address& address) {
  std::string ignored;
  return look_up(address, AI_NUMERICHOST, ignored);
}

SocketAddress resolve(const base::Address& address) {
  std::string error;
  if (auto found = look_up(address, 0, error)) return *found;
  throw Error{ErrorKind::user, detail::concat("cannot resolve host '", address.host, "': ", error)};
}

// Why the address cannot be bound, or 0. KJ's own exception has only text.
int bind_error(const SocketAddress& address) {
  const int fd = ::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  int failure = 0;
  if (::bind(fd, address.get(), address.size) != 0) failure = errno;
  else if (::listen(fd, 1) != 0) failure = errno;
  ::close(fd);
  return failure;
}

}  // namespace

kj::Promise<kj::Own<kj::AsyncIoStream>> RealRpcNetwork::connect(const base::Address& address) {
  if (auto known = numeric(address)) {
    auto target = network_.getSockaddr(known->get(), known->size);
    auto connecting = target->connect();
    return connecting.attach(kj::mv(target));
  }
  return network_.parseAddress(address.host.c_str(), address.port)
      .then([](kj::Own<kj::NetworkAddress> target) {
        auto connecting = target->connect();
        return connecting.attach(kj::mv(target));
      });
}

kj::Own<kj::ConnectionReceiver> RealRpcNetwork::listen(const base::Address& address) {
  const SocketAddress local = resolve(address);
  const std::string where = base::address_text(address);
  if (const int failure = bind_error(local)) {
    const bool taken = failure == EADDRINUSE;
    throw Error{taken ? ErrorKind::resource : ErrorKind::user,
                detail::concat("cannot listen on ", where, ": ",
                               taken ? "the port is taken" : strerror(failure))};
  }
  kj::Own<kj::ConnectionReceiver> receiver;
  auto failed = kj::runCatchingExceptions(
      [&] { receiver = network_.getSockaddr(local.get(), local.size)->listen(); });
  KJ_IF_MAYBE (exception, failed) {
    throw Error{ErrorKind::resource, detail::concat("cannot listen on ", where, ": ",
                                                    exception->getDescription().cStr())};
  }
  return receiver;
}

RealControlLoop::RealControlLoop()
    : io_(kj::setupAsyncIo()),
      network_(io_.provider->getNetwork()),
      event_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  FLINK_CHECK(event_fd_ >= 0, errno);
  observer_ = kj::heap<kj::UnixEventPort::FdObserver>(io_.unixEventPort, event_fd_,
                                                      kj::UnixEventPort::FdObserver::OBSERVE_READ);
  drain_task_ = drain().eagerlyEvaluate(nullptr);
}

RealControlLoop::~RealControlLoop() noexcept {
  drain_task_ = nullptr;
  observer_ = nullptr;
  ::close(event_fd_);
}

void RealControlLoop::post(std::function<void()> function) {
  bool first;
  {
    std::lock_guard lock{mutex_};
    first = posted_.empty();
    posted_.push_back(std::move(function));
  }
  if (!first) return;  // whoever found it empty has woken or will wake the loop
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event_fd_, &one, sizeof one);
}

kj::Promise<void> RealControlLoop::drain() {
  return observer_->whenBecomesReadable().then([this] {
    std::uint64_t count;
    [[maybe_unused]] const auto got = ::read(event_fd_, &count, sizeof count);
    std::vector<std::function<void()>> batch;
    {
      std::lock_guard lock{mutex_};
      batch.swap(posted_);
    }
    for (auto& function : batch) function();
    return drain();
  });
}

void RealControlLoop::run() { stopped_.promise.wait(io_.waitScope); }
void RealControlLoop::stop() { stopped_.fulfiller->fulfill(); }

}  // namespace flink::rpc
