// SPDX-License-Identifier: Apache-2.0
#include "client/http_client.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include "base/address.h"
#include "flink/base/check.h"
#include "flink/error.h"

namespace flink::client {
namespace {

using flink::detail::concat;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t response_bytes_max = 256u << 20;

[[noreturn]] void fail(const Endpoint& endpoint, std::string_view why) {
  throw Error(ErrorKind::transient, concat("cannot reach ", endpoint.text(), ": ", why));
}

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

// Waits until the socket is ready; false: the deadline passed.
bool wait_for(int fd, short events, SteadyClock::time_point deadline) {
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - SteadyClock::now())
            .count();
    if (left < 0) return false;
    pollfd entry{fd, events, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::min<long long>(left + 1, 1 << 30)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return true;  // the next call says why
  }
}

// Connects to one address; the error number, 0 when connected.
int try_connect(int fd, const addrinfo& address, SteadyClock::time_point deadline) {
  if (::connect(fd, address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  if (!wait_for(fd, POLLOUT, deadline)) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

std::unique_ptr<Socket> connect_to(const Endpoint& endpoint, SteadyClock::time_point deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failure =
      ::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found);
  if (failure != 0) fail(endpoint, ::gai_strerror(failure));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
  int error = ECONNREFUSED;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    auto socket = std::make_unique<Socket>(
        ::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket->fd() < 0) continue;
    error = try_connect(socket->fd(), *address, deadline);
    if (error == 0) return socket;
  }
  fail(endpoint, std::strerror(error));
}

void send_all(const Endpoint& endpoint, int fd, std::string_view bytes,
              SteadyClock::time_point deadline) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EINTR) {
      if (!wait_for(fd, POLLOUT, deadline)) fail(endpoint, "no answer in time");
    } else {
      fail(endpoint, std::strerror(errno));
    }
  }
}

bool header_is(std::string_view line, std::string_view name) {
  if (line.size() <= name.size() || line[name.size()] != ':') return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = line[i];
    if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != name[i]) return false;
  }
  return true;
}

std::string_view header_value(std::string_view line) {
  line.remove_prefix(line.find(':') + 1);
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
  return line;
}

template <class T>
bool parse_number(std::string_view text, T& out, int base = 10) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return result.ec == std::errc{} && result.ptr == text.data() + text.size() && !text.empty();
}

// How many bytes the response has, once its head is there and says so. A server may keep the
// connection open in spite of "Connection: close".
std::optional<std::size_t> announced_size(std::string_view bytes) {
  const auto head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return std::nullopt;
  std::string_view head = bytes.substr(0, head_end);
  while (!head.empty()) {
    const auto end = std::min(head.find("\r\n"), head.size());
    std::size_t length = 0;
    if (header_is(head.substr(0, end), "content-length") &&
        parse_number(header_value(head.substr(0, end)), length) && length < response_bytes_max) {
      return head_end + 4 + length;
    }
    head.remove_prefix(std::min(end + 2, head.size()));
  }
  return std::nullopt;
}

std::string receive_all(const Endpoint& endpoint, int fd, SteadyClock::time_point deadline) {
  std::string bytes;
  std::optional<std::size_t> expected;
  char buffer[16384];
  while (bytes.size() < response_bytes_max) {
    const auto got = ::recv(fd, buffer, sizeof buffer, 0);
    if (got == 0) return bytes;
    if (got > 0) {
      bytes.append(buffer, static_cast<std::size_t>(got));
      if (!expected) expected = announced_size(bytes);
      if (expected && bytes.size() >= *expected) return bytes;
    } else if (errno == EAGAIN || errno == EINTR) {
      if (!wait_for(fd, POLLIN, deadline)) fail(endpoint, "no answer in time");
    } else {
      fail(endpoint, std::strerror(errno));
    }
  }
  fail(endpoint, "the answer is too large");
}

// The body of "Transfer-Encoding: chunked"; nothing: cut short, or no chunks.
std::optional<std::string> dechunked(std::string_view bytes) {
  std::string body;
  while (true) {
    const auto line_end = bytes.find("\r\n");
    if (line_end == std::string_view::npos) return std::nullopt;
    std::size_t size = 0;
    const auto line = bytes.substr(0, line_end);
    if (!parse_number(line.substr(0, line.find(';')), size, 16)) return std::nullopt;
    bytes.remove_prefix(line_end + 2);
    if (size == 0) return body;
    if (bytes.size() < 2 || size > bytes.size() - 2) return std::nullopt;
    if (bytes.substr(size, 2) != "\r\n") return std::nullopt;
    body.append(bytes.substr(0, size));
    bytes.remove_prefix(size + 2);
  }
}

}  // namespace

std::string Endpoint::text() const { return base::address_text(host, port); }

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  constexpr std::uint16_t default_port = 8081;
  if (text.starts_with("http://")) text.remove_prefix(7);
  if (text.ends_with('/')) text.remove_suffix(1);
  // What a Host header or a resolver must never see.
  if (text.find_first_of(" /?#@\r\n\t") != std::string_view::npos) return std::nullopt;
  const auto address = base::parse_address(text, default_port);
  if (!address || address->port == 0) return std::nullopt;
  return Endpoint{address->host, address->port};
}

std::optional<HttpResponse> parse_http_response(std::string_view bytes) {
  const auto head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string_view::npos || !bytes.starts_with("HTTP/1.")) return std::nullopt;
  std::string_view head = bytes.substr(0, head_end);
  std::string_view body = bytes.substr(head_end + 4);
  HttpResponse response;
  if (head.size() < 12 || head[8] != ' ') return std::nullopt;
  const auto code = head.substr(9, std::min(head.find_first_of(" \r", 9), head.size()) - 9);
  if (code.size() != 3 || !parse_number(code, response.status) || response.status < 100) {
    return std::nullopt;
  }
  std::optional<std::size_t> length;
  bool chunked = false;
  while (!head.empty()) {
    const auto end = std::min(head.find("\r\n"), head.size());
    const auto line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    std::size_t number = 0;
    if (header_is(line, "content-length")) {
      if (!parse_number(header_value(line), number)) return std::nullopt;
      length = number;
    }
    if (header_is(line, "transfer-encoding")) chunked = header_value(line) == "chunked";
  }
  if (chunked) {
    auto whole = dechunked(body);
    if (!whole) return std::nullopt;
    response.body = *std::move(whole);
    return response;
  }
  if (length && *length > body.size()) return std::nullopt;
  response.body = std::string(length ? body.substr(0, *length) : body);
  return response;
}

HttpResponse http_request(const Endpoint& endpoint, std::string_view method,
                          std::string_view target, std::chrono::milliseconds timeout,
                          std::string_view body) {
  const auto deadline = SteadyClock::now() + timeout;
  const auto socket = connect_to(endpoint, deadline);
  send_all(
      endpoint, socket->fd(),
      concat(method, " ", target, " HTTP/1.1\r\nHost: ", endpoint.text(),
             "\r\nAccept: application/json\r\nContent-Type: application/json\r\nContent-Length: ",
             body.size(), "\r\nConnection: close\r\n\r\n", body),
      deadline);
  auto response = parse_http_response(receive_all(endpoint, socket->fd(), deadline));
  if (!response) fail(endpoint, "what listens there does not answer in HTTP");
  return *std::move(response);
}

}  // namespace flink::client
