// SPDX-License-Identifier: Apache-2.0
// Which requests are answered at all, decided from their headers before a handler runs. A page in a
// browser can send requests to a port of this machine without being able to read the answers: what
// changes something must come from our own page or from a program.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rest/rest_api.h"

namespace flink::rest {

struct RequestPolicy {
  // Answer only requests whose Host names this machine, so that a page in a browser cannot reach a
  // loopback port by a name of its own (DNS rebinding).
  bool loopback_hosts_only = true;
  // Access-Control-Allow-Origin: one more origin whose pages may change something; "*": all.
  std::string allow_origin;
};

// The headers that matter; nothing: not sent.
struct RequestHead {
  Method method = Method::get;
  std::optional<std::string_view> host, origin, fetch_site, content_type;
  bool has_body = false;
};

// The answer to a request that no handler may see; nothing: go on.
std::optional<RestAnswer> refusal_of(const RequestHead& head, const RequestPolicy& policy);

// "localhost", "127.x.y.z" or "[::1]", each with or without a port.
bool names_this_machine(std::string_view host);

}  // namespace flink::rest
