// SPDX-License-Identifier: Apache-2.0
// One JobManager's REST endpoint as typed calls, for command lines. Blocking.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "client/http_client.h"
#include "json/json_value.h"

namespace flink::client {

struct JobSummary {
  std::string id;
  std::string name;
  std::string state;
  std::int64_t start_time = 0;
  std::int64_t end_time = -1;
  std::int64_t duration = 0;
  Endpoint jobmanager;

  bool is_terminal() const {
    return state == "FINISHED" || state == "CANCELED" || state == "FAILED";
  }
};

// Every call throws Error{transient} when the endpoint cannot be reached and Error{user} with the
// server's own words when it refuses.
class RestClient {
 public:
  explicit RestClient(Endpoint endpoint,
                      std::chrono::milliseconds timeout = std::chrono::seconds(10))
      : endpoint_(std::move(endpoint)), timeout_(timeout) {}

  std::vector<JobSummary> jobs() const;
  std::string job_state(std::string_view id) const;
  std::string job_json(std::string_view id) const;  // the whole of /jobs/:id
  std::string exceptions_json(std::string_view id) const;
  std::string checkpoints_json(std::string_view id) const;
  // A setting of the JobManager's; empty: not set.
  std::string setting(std::string_view key) const;
  void cancel(std::string_view id) const;  // asks; does not wait

  // What takes a while: started, then asked for until it is done. They return the trigger id.
  std::string trigger_checkpoint(std::string_view id, bool full) const;
  std::string trigger_savepoint(std::string_view id, std::string_view target) const;
  std::string stop_with_savepoint(std::string_view id, std::string_view target, bool drain) const;
  struct Operation {
    bool done = false;
    std::int64_t checkpoint_id = 0;
    std::string location;  // as a path
    std::string failure;   // empty: it went well
  };
  // `kind`: "checkpoints" or "savepoints".
  Operation operation(std::string_view id, std::string_view kind, std::string_view trigger) const;

  const Endpoint& endpoint() const { return endpoint_; }

 private:
  std::string call(std::string_view method, std::string_view target, int expected_status,
                   std::string_view body = {}) const;
  std::string trigger(std::string_view target, std::string_view body) const;

  Endpoint endpoint_;
  std::chrono::milliseconds timeout_;
};

}  // namespace flink::client
