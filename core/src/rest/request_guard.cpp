// SPDX-License-Identifier: Apache-2.0
#include "rest/request_guard.h"

#include <algorithm>

#include "flink/base/check.h"

namespace flink::rest {
namespace {

using flink::detail::concat;

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

// "application/json", with or without parameters.
bool is_json(std::string_view content_type) {
  auto type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  return equal_ignoring_case(type, "application/json");
}

bool is_own_origin(std::string_view origin, const RequestHead& head, const RequestPolicy& policy) {
  if (!policy.allow_origin.empty() &&
      (policy.allow_origin == "*" || origin == policy.allow_origin)) {
    return true;
  }
  const auto scheme_end = origin.find("://");
  if (scheme_end == std::string_view::npos || !head.host) return false;  // "null", for one
  return equal_ignoring_case(origin.substr(scheme_end + 3), *head.host);
}

// Browsers send Origin with everything but GET and HEAD, and newer ones Sec-Fetch-Site too.
bool comes_from_foreign_page(const RequestHead& head, const RequestPolicy& policy) {
  if (head.origin) return !is_own_origin(*head.origin, head, policy);
  return head.fetch_site && *head.fetch_site != "same-origin" && *head.fetch_site != "none";
}

}  // namespace

bool names_this_machine(std::string_view host) {
  if (host.starts_with("[::1]")) return host.size() == 5 || host[5] == ':';
  if (host == "::1") return true;
  const auto name = host.substr(0, host.find(':'));
  if (equal_ignoring_case(name, "localhost")) return true;
  return name.starts_with("127.") &&
         name.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::optional<RestAnswer> refusal_of(const RequestHead& head, const RequestPolicy& policy) {
  if (policy.loopback_hosts_only && head.host && !names_this_machine(*head.host)) {
    return error_answer(403,
                        "This endpoint serves requests to localhost only (rest.bind-address).");
  }
  if (head.method == Method::get) return std::nullopt;
  if (comes_from_foreign_page(head, policy)) {
    return error_answer(
        403, concat("This request comes from a page of another site (",
                    head.origin ? concat("Origin: ", *head.origin)
                                : concat("Sec-Fetch-Site: ", *head.fetch_site),
                    ") and would change something: refused. Pages of one other origin are let in "
                    "by web.access-control-allow-origin."));
  }
  // A page may send text/plain and forms to other sites without asking them; JSON it may not.
  if (head.content_type ? !is_json(*head.content_type) : head.has_body) {
    return error_answer(415,
                        concat("A request that changes something must be JSON: send it with "
                               "\"Content-Type: application/json\"",
                               head.content_type ? concat(", not ", *head.content_type) : "", "."));
  }
  return std::nullopt;
}

}  // namespace flink::rest
