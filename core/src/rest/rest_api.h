// SPDX-License-Identifier: Apache-2.0
// What REST answers: a request in, status and JSON text out, without any input or output. Paths,
// field names, their order and types are Flink's. One thread: that of the ClusterView.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

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

struct RestAnswer {
  int status = 200;
  std::string body;
};

RestAnswer error_answer(int status, std::string_view message);

class RestApi {
 public:
  // The view must outlive this.
  RestApi(ClusterView& view, RestInfo info) : view_(view), info_(std::move(info)) {}
  // Never throws for what a client sent.
  RestAnswer handle(Method method, std::string_view target, std::string_view body = {});

 private:
  ClusterView& view_;
  RestInfo info_;
};

}  // namespace flink::rest
