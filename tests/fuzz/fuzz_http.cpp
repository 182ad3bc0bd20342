// SPDX-License-Identifier: Apache-2.0
// What is read of HTTP: targets of requests with the handlers behind them, the headers that decide
// whether a request is answered, and the responses that a client reads. Input: a byte for which of
// them, then its text.
#include <array>

#include "client/http_client.h"
#include "fuzz/fuzz.h"
#include "json/json_value.h"
#include "rest/request_guard.h"
#include "rest/request_target.h"
#include "rest/rest_api.h"
#include "unit/rest/fake_view.h"

namespace flink::fuzz {
namespace {

using namespace rest;

enum Part : char { target = 0, request = 1, head = 2, response = 3 };

std::string percent_encoded(std::string_view text) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out.append({'%', digits[byte >> 4], digits[byte & 15]});
  }
  return out;
}

void check_target(std::string_view text) {
  const auto parsed = parse_target(text);
  require(parsed.status == 200 || parsed.status == 400 || parsed.status == 414, "a known status");
  if (parsed.status != 200) {
    require(parsed.target.segments.empty() && parsed.target.query.empty(), "and no target");
    return;
  }
  std::string again = "/v1";
  for (const std::string& segment : parsed.target.segments) {
    require(segment != "." && segment != ".." && segment.find('/') == segment.npos,
            "a segment leads nowhere else");
    for (const char c : segment) {
      require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, "a segment has no control codes");
    }
    again += "/" + percent_encoded(segment);
  }
  again += "/?";
  for (const auto& [key, value] : parsed.target.query) {
    again += percent_encoded(key) + "=" + percent_encoded(value) + "&";
  }
  if (again.size() > target_bytes_max) return;
  const auto twice = parse_target(again);
  require(twice.status == 200 && twice.target.segments == parsed.target.segments &&
              twice.target.query == parsed.target.query,
          "a target survives a round trip");
}

void check_answer(const RestAnswer& answer) {
  require(answer.status >= 200 && answer.status < 600, "an answer has a status of HTTP's");
  require(answer.content_type != json_type || json::JsonValue::parse(answer.body).has_value(),
          "an answer is what its type says");
}

// A byte for the method, then target and body, a line each.
void check_request(std::string_view text) {
  if (text.empty()) return;
  constexpr Method methods[] = {Method::get, Method::patch, Method::other, Method::post,
                                Method::del};
  const auto method = methods[static_cast<unsigned char>(text.front()) % std::size(methods)];
  text.remove_prefix(1);
  const auto end = text.find('\n');
  FakeView view("running");
  RestApi api(view, {});
  check_answer(
      api.handle(method, text.substr(0, end), end == text.npos ? "" : text.substr(end + 1)).answer);
}

// A byte of flags, then Host, Origin, Sec-Fetch-Site and Content-Type, a line each; an empty one is
// not sent.
void check_head(std::string_view text) {
  if (text.empty()) return;
  const auto flags = static_cast<unsigned char>(text.front());
  text.remove_prefix(1);
  RequestHead sent;
  for (auto* field : {&sent.host, &sent.origin, &sent.fetch_site, &sent.content_type}) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!line.empty()) *field = line;
  }
  sent.method = (flags & 1) != 0 ? Method::post : Method::get;
  sent.has_body = (flags & 2) != 0;
  RequestPolicy policy;
  policy.loopback_hosts_only = (flags & 4) != 0;
  if ((flags & 8) != 0) policy.allow_origin = "http://friend";
  if (const auto refused = refusal_of(sent, policy)) return check_answer(*refused);
  if (policy.loopback_hosts_only && sent.host) {
    for (const char c : sent.host->substr(0, sent.host->find(':'))) {
      require(c != '@' && c != '/' && c != ' ', "a host that is let in is a name of this machine");
    }
  }
  if (sent.method == Method::get) return;
  require(
      !sent.origin || sent.origin == policy.allow_origin ||
          (sent.host && sent.origin->size() == sent.origin->find("://") + 3 + sent.host->size()),
      "what changes something comes from a page of ours");
  require(sent.content_type || !sent.has_body, "a body has a type");
}

void check_response(std::string_view text) {
  const auto read = client::parse_http_response(text);
  if (!read) return;
  require(read->status >= 100 && read->status <= 999, "a status has three digits");
  require(read->body.size() <= text.size(), "a body is part of its response");
  const std::string start = "HTTP/1.1 " + std::to_string(read->status) + " X\r\n";
  const std::string size = std::to_string(read->body.size());
  const auto twice =
      client::parse_http_response(start + "Content-Length: " + size + "\r\n\r\n" + read->body);
  require(twice && twice->status == read->status && twice->body == read->body,
          "a response survives a round trip");
}

}  // namespace

std::vector<std::string> seeds() {
  std::vector<std::string> out;
  const std::string job = std::string("/jobs/") + fake_job_id;
  const std::string vertex = job + "/vertices/" + fake_source_id;
  for (const std::string& path :
       {std::string("/"), std::string("/v1/jobs/overview"), std::string("/a%20b/%c3%a4//"),
        std::string("/taskmanagers/localhost:42505-4c26c5/metrics?get=a,b"), job, vertex,
        job + "/metrics?get=uptime", job + "/checkpoints/details/7",
        vertex + "/subtasks/metrics?get=busyTimeMsPerSecond&agg=min,max&subtasks=0-2",
        vertex + "/subtasks/1/attempts/0?x=%3D%26&y", job + "/savepoints/00",
        job + "?mode=cancel"}) {
    out.push_back(char{target} + path);
    for (char method = 0; method < 5; ++method) {
      out.push_back(char{request} + (method + path) + "\n" +
                    R"({"target-directory": "/tmp/x", "cancel-job": true, "mode": "NATIVE"})");
    }
  }
  for (const char* lines :
       {"localhost:8081\nhttp://localhost:8081\nsame-origin\napplication/json; charset=utf-8",
        "127.0.0.1\nhttp://friend\n\napplication/json", "[::1]:80\nnull\ncross-site\ntext/plain",
        "evil.example\nhttp://evil.example\nnone\n"}) {
    for (char flags = 0; flags < 16; ++flags)
      out.push_back(char{head} + (flags + std::string(lines)));
  }
  for (const char* text :
       {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: y\r\n\r\nabc", "HTTP/1.0 404 \r\n\r\n{}",
        "HTTP/1.1 202 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n",
        "HTTP/1.1 500 No\r\ncontent-length: 3\r\nContent-Length: 3\r\n\r\nabc"}) {
    out.push_back(char{response} + std::string(text));
  }
  return out;
}

void run(std::string_view input) {
  if (input.empty()) return;
  const auto text = input.substr(1);
  const auto check = [&] {
    switch (input.front()) {
      case target:
        return check_target(text);
      case request:
        return check_request(text);
      case head:
        return check_head(text);
      default:
        check_response(text);
    }
  };
  require_no_error("what is no HTTP is answered", check);
}

}  // namespace flink::fuzz
