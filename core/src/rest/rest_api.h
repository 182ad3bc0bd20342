// SPDX-License-Identifier: Apache-2.0
// What REST answers: a request in, an answer out, at once or later, without any input or output.
// Paths, field names, their order and types are Flink's; beside them there are pages for browsers
// (pages.h). One thread: that of the ClusterView.
#pragma once

#include <kj/async.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "rest/cluster_view.h"

namespace flink::rest {

// Constants of this process that /config and /overview tell.
struct RestInfo {
  std::string version = "2.3.0";    // the Flink version whose contracts we keep
  std::string revision = "flinkc";  // commit of this build
  std::int64_t refresh_interval_ms = 3000;
  bool cancel_enabled = true;
  std::string timezone_name = "Coordinated Universal Time";
  std::int64_t timezone_offset_ms = 0;
};

enum class Method : unsigned char { get, patch, other, post, del };

inline constexpr std::string_view json_type = "application/json; charset=UTF-8";

struct RestAnswer {
  int status = 200;
  std::string body;
  std::string_view content_type = json_type;  // a literal
};

// What a handler gives: an answer, or a promise of one. The server drops the promise when its
// client is gone or the answer takes too long; with it goes what is still to be done.
struct Reply {
  RestAnswer answer;  // unless it comes later
  kj::Maybe<kj::Promise<RestAnswer>> later;
};

RestAnswer error_answer(int status, std::string_view message);

struct Call;

class RestApi {
 public:
  // What the call refers to is gone when the handler returns. Throws Refusal (call.h).
  using Handler = std::function<Reply(Call& call)>;

  // The view must outlive this.
  RestApi(ClusterView& view, RestInfo info) : view_(view), info_(std::move(info)) {}
  // One more route: a part of the pattern that starts with ':' matches anything.
  void add(Method method, std::string pattern, Handler handler) {
    added_.push_back({method, std::move(pattern), std::move(handler)});
  }
  // Never throws for what a client sent.
  Reply handle(Method method, std::string_view target, std::string_view body = {});

 private:
  struct Added {
    Method method;
    std::string pattern;
    Handler handler;
  };
  ClusterView& view_;
  RestInfo info_;
  std::vector<Added> added_;
};

}  // namespace flink::rest
