// SPDX-License-Identifier: Apache-2.0
// HOST:PORT, for the data plane and for clients: any text is read or refused, and what is read is
// written in a form that is read as the same.
#include "base/address.h"
#include "client/http_client.h"
#include "fuzz/fuzz.h"

namespace flink::fuzz {

std::vector<std::string> seeds() {
  return {"localhost:8081",
          "host",
          "[::1]:80",
          "[::1]",
          "::1",
          "10.0.0.1:0",
          "fe80::1%eth0",
          "[fe80::1%eth0]:65535",
          "http://host:8081/",
          "http://[::1]",
          "::ffff:10.0.0.1",
          "a.b-c.example:00080"};
}

void run(std::string_view input) {
  if (const auto address = base::parse_address(input, 7)) {
    require(!address->host.empty(), "a host has a name");
    require(base::plain_host(address->host) == address->host, "a host stands without brackets");
    require(base::parse_address(base::address_text(*address), 1) == address,
            "an address survives a round trip");
    require(base::parse_address(input, 8)->host == address->host, "a host is not its port");
    base::is_loopback(address->host);
  }
  if (const auto endpoint = client::parse_endpoint(input)) {
    const auto again = client::parse_endpoint(endpoint->text());
    require(again && again->host == endpoint->host && again->port == endpoint->port,
            "an endpoint survives a round trip");
    for (const char c : endpoint->text()) {
      require(static_cast<unsigned char>(c) > ' ' && c != 0x7f, "a Host header is one word");
    }
  }
}

}  // namespace flink::fuzz
