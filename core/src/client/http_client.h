// SPDX-License-Identifier: Apache-2.0
// A small blocking HTTP/1.1 client for command lines: one request, one connection, one deadline. It
// is a real implementation over the operating system's sockets; nothing in a cluster uses it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flink::client {

struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
  std::string text() const;  // "localhost:8081", "[::1]:8081"
};

// "HOST:PORT", "HOST" (port 8081), "[::1]:8081", with or without "http://"; nothing: not of that
// form.
std::optional<Endpoint> parse_endpoint(std::string_view text);

struct HttpResponse {
  int status = 0;
  std::string body;
};

// Throws Error{transient} when nobody answers there, not in time, or not in HTTP.
HttpResponse http_request(const Endpoint& endpoint, std::string_view method,
                          std::string_view target, std::chrono::milliseconds timeout,
                          std::string_view body = {});

// The response in these bytes, which end where the peer closed the connection; nothing: not HTTP,
// or cut short.
std::optional<HttpResponse> parse_http_response(std::string_view bytes);

}  // namespace flink::client
