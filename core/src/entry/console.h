// SPDX-License-Identifier: Apache-2.0
// What a person sees of a running job: few lines on stderr, each thing once.
#pragma once

#include <string>
#include <string_view>

#include "jobmanager/job_manager.h"

namespace flink::entry {

class Console final : public jobmanager::JobListener {
 public:
  struct Options {
    std::string program;
    std::string job_name;
    bool quiet = false;
    std::function<void()> on_closed;
  };
  explicit Console(Options options) : options_(std::move(options)) {}

  void info(std::string_view line) const;
  void warn(std::string_view line) const;

  void status_changed(jobmanager::JobStatus status) override;
  void failure(const jobmanager::FailureRecord& failure) override;
  void warning(const std::string& text) override;
  void ended_before(const ha::JobResult& result) override;
  void closed() override { options_.on_closed(); }

 private:
  Options options_;
  bool restarting_ = false;
  int restarts_ = 0;
};

}  // namespace flink::entry
