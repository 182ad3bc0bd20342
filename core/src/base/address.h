// SPDX-License-Identifier: Apache-2.0
// HOST:PORT as text. An IPv6 address stands in brackets when a port follows: [::1]:8081.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/network.h"

namespace flink::base {

// "host:80", "host", "[::1]:80", "[::1]", "::1". Nothing: not of that form.
std::optional<Address> parse_address(std::string_view text, std::uint16_t default_port);

std::string address_text(std::string_view host, std::uint16_t port);
inline std::string address_text(const Address& address) {
  return address_text(address.host, address.port);
}

// As the system wants it: without brackets.
std::string plain_host(std::string_view host);

// localhost, 127.0.0.1 and its like, ::1; with brackets or not.
bool is_loopback(std::string_view host);

}  // namespace flink::base
