// SPDX-License-Identifier: Apache-2.0
// A fuzzer is one file that defines these two; fuzz_main.cpp feeds it. flink::Error is a fine
// answer to nonsense; a crash, a failed check, a sanitizer's report, an endless loop or an
// allocation of gigabytes is a find.
#pragma once

#include <flink/error.h>

#include <string>
#include <string_view>
#include <vector>

namespace flink::fuzz {

// Well-formed inputs to start from.
std::vector<std::string> seeds();
// Must not depend on anything but its input.
void run(std::string_view input);

// For run(): a property that must hold, or the process ends with the input's number.
void require(bool holds, const char* what);
// The same for what must not throw Error.
template <class F>
decltype(auto) require_no_error(const char* what, F f) {
  try {
    return f();
  } catch (const Error& error) {
    require(false, (what + (": " + error.message())).c_str());
    throw;
  }
}

}  // namespace flink::fuzz
