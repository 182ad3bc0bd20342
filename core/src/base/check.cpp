// SPDX-License-Identifier: Apache-2.0
#include <flink/base/check.h>

#include <cstdio>
#include <cstdlib>

namespace flink::detail {

void check_failed(const char* condition, const char* file, int line, const std::string& values) {
  std::fprintf(stderr, "flinkc: bug: check failed: %s at %s:%d;%s\n", condition, file, line,
               values.c_str());
  std::abort();
}

}  // namespace flink::detail
