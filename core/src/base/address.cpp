// SPDX-License-Identifier: Apache-2.0
#include "base/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace flink::base {
namespace {

bool is_ipv6(std::string_view host) {
  in6_addr ignored;
  const std::string address{host.substr(0, host.find('%'))};  // without the interface
  return ::inet_pton(AF_INET6, address.c_str(), &ignored) == 1;
}

bool is_one_word(std::string_view host) {
  return std::none_of(host.begin(), host.end(), [](char c) {
    return c == '[' || c == ']' || static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
  });
}

}  // namespace

std::string plain_host(std::string_view host) {
  const bool brackets = host.starts_with('[') && host.ends_with(']');
  return std::string{brackets ? host.substr(1, host.size() - 2) : host};
}

std::optional<Address> parse_address(std::string_view text, std::uint16_t default_port) {
  const bool brackets = text.starts_with('[');
  const auto colon = text.find(':', brackets ? text.find(']') : 0);
  const bool only_host = colon == std::string_view::npos || (!brackets && is_ipv6(text));
  const std::string_view host = only_host ? text : text.substr(0, colon);
  if (host.empty() || (brackets && !host.ends_with(']'))) return std::nullopt;
  Address address{plain_host(host), default_port};
  if (address.host.empty() || !is_one_word(address.host)) return std::nullopt;
  if (only_host) return address;
  const std::string_view port = text.substr(colon + 1);
  const char* const end = port.data() + port.size();
  const auto [stop, error] = std::from_chars(port.data(), end, address.port);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return address;
}

std::string address_text(std::string_view host, std::uint16_t port) {
  const bool bare = host.find(':') != std::string_view::npos && !host.starts_with('[');
  std::string text{host};
  if (bare) text = "[" + text + "]";
  return text + ":" + std::to_string(port);
}

bool is_loopback(std::string_view given) {
  const std::string host = plain_host(given);
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == host.npos);
}

}  // namespace flink::base
