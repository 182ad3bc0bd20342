// SPDX-License-Identifier: Apache-2.0
#include "client/http_client.h"

#include <doctest/doctest.h>

#include "base/random.h"

namespace flink::client {
namespace {

TEST_CASE("endpoints") {
  struct Row {
    const char* text;
    const char* expected;
  };
  for (const Row& row : {Row{"localhost:8081", "localhost:8081"},
                         {"host", "host:8081"},
                         {"http://host:1/", "host:1"},
                         {"[::1]:80", "[::1]:80"},
                         {"[::1]", "[::1]:8081"},
                         {"::1", "[::1]:8081"},
                         {"fe80::1%eth0", "[fe80::1%eth0]:8081"},
                         {"10.0.0.1:65535", "10.0.0.1:65535"}}) {
    CAPTURE(row.text);
    const auto endpoint = parse_endpoint(row.text);
    REQUIRE(endpoint);
    CHECK(endpoint->text() == row.expected);
  }
  for (const char* text :
       {"", ":80", "host:", "host:0", "host:65536", "host:80x", "a b:1", "a/b:1", "[::1", "[::1]80",
        "[::1]:", "a\r\nb:1", "http://", "user@host:1", "a:1:2", "a\x1b:1", "[[a]]:1"}) {
    CAPTURE(text);
    CHECK(!parse_endpoint(text));
  }
}

TEST_CASE("responses") {
  const auto body_of = [](const char* bytes) {
    const auto response = parse_http_response(bytes);
    return response ? std::to_string(response->status) + response->body : "none";
  };
  CHECK(body_of("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nabc") == "200ab");
  CHECK(body_of("HTTP/1.1 200 OK\r\n\r\nabc") == "200abc");
  CHECK(body_of("HTTP/1.1 404 \r\nTransfer-Encoding: "
                "chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n") == "404abc");
  for (const char* bytes :
       {"", "HTTP/1.1 200 OK\r\n", "SSH-2.0\r\n\r\n", "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", "HTTP/1.1\r\n\r\n",
        "HTTP/1.1 -12 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.10200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabxx0\r\n\r\n"}) {
    CAPTURE(bytes);
    CHECK(body_of(bytes) == "none");
  }
}

TEST_CASE("no response breaks the parser") {
  const std::uint64_t seed = base::entropy_seed();
  CAPTURE(seed);
  base::SeededRandom random(seed);
  const std::string pieces[] = {"HTTP/1.1 200 OK",
                                "\r\n",
                                "\r\n\r\n",
                                "Content-Length",
                                ": ",
                                "5",
                                "Transfer-Encoding: chunked",
                                "a",
                                "ffff",
                                "0",
                                ";",
                                "\n",
                                "-1"};
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = random.below(2) == 0 ? "" : "HTTP/1.1 200 OK\r\n";
    for (std::uint64_t n = random.below(12); n > 0; --n)
      bytes += pieces[random.below(std::size(pieces))];
    parse_http_response(bytes);
    parse_endpoint(bytes);
  }
}

}  // namespace
}  // namespace flink::client
