// SPDX-License-Identifier: Apache-2.0
// For a kj::TaskSet: what its tasks fail with is a line in the log.
#pragma once

#include <kj/async.h>

#include "base/log.h"

namespace flink::jobmanager {

class LogFailures final : public kj::TaskSet::ErrorHandler {
 public:
  explicit LogFailures(base::Log& log) : log_(log) {}
  void taskFailed(kj::Exception&& exception) override {
    log_.error("control plane: ", exception.getDescription().cStr());
  }

 private:
  base::Log& log_;
};

}  // namespace flink::jobmanager
