// SPDX-License-Identifier: Apache-2.0
// tcp_exchange: one process generates events into 32 KiB buffers and writes them to a loopback TCP
// connection, another reads them and hands them to the sink: what a hand-written exchange would do.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "baseline.h"

namespace bench {
namespace {

constexpr std::size_t events_per_write = 32 * 1024 / sizeof(Event);

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::exit(1);
}

void send_events(int socket, const Arguments& arguments) {
  std::array<Event, events_per_write> buffer;
  for (std::uint64_t n = 0; n < arguments.records;) {
    std::size_t size = 0;
    while (size < buffer.size() && n < arguments.records) {
      buffer[size++] = make_event(n++, arguments.keys);
    }
    const char* bytes = reinterpret_cast<const char*>(buffer.data());
    for (std::size_t left = size * sizeof(Event); left > 0;) {
      const ssize_t written = ::write(socket, bytes, left);
      if (written <= 0) give_up("write");
      bytes += written;
      left -= static_cast<std::size_t>(written);
    }
  }
}

Result receive_events(int socket) {
  Blackhole sink;
  std::vector<Event> buffer(64 * 1024 / sizeof(Event));
  char* const bytes = reinterpret_cast<char*>(buffer.data());
  std::size_t filled = 0;
  for (;;) {
    const ssize_t got = ::read(socket, bytes + filled, buffer.size() * sizeof(Event) - filled);
    if (got < 0) give_up("read");
    if (got == 0) return sink.result();
    filled += static_cast<std::size_t>(got);
    const std::size_t whole = filled / sizeof(Event);
    sink.take(buffer.data(), whole);
    std::memmove(bytes, bytes + whole * sizeof(Event), filled - whole * sizeof(Event));
    filled -= whole * sizeof(Event);
  }
}

}  // namespace

Result tcp_exchange(const Arguments& arguments) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (listener < 0 || ::bind(listener, generic, length) != 0 || ::listen(listener, 1) != 0 ||
      ::getsockname(listener, generic, &length) != 0) {
    give_up("listen");
  }
  const pid_t sender = ::fork();
  if (sender < 0) give_up("fork");
  if (sender == 0) {
    const int out = ::socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    if (::connect(out, generic, length) != 0) give_up("connect");
    ::setsockopt(out, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    send_events(out, arguments);
    ::close(out);
    ::_exit(0);
  }
  const int in = ::accept(listener, nullptr, nullptr);
  if (in < 0) give_up("accept");
  const Result result = receive_events(in);
  ::close(in);
  ::close(listener);
  int status = 0;
  if (::waitpid(sender, &status, 0) != sender || status != 0) give_up("sender");
  return result;
}

}  // namespace bench
