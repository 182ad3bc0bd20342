// SPDX-License-Identifier: Apache-2.0
// What g++'s own words mean in a job, and what to write instead.
#pragma once

#include <string>

namespace flink::codegen {

struct RawDiagnostic;

struct Explanation {
  std::string what;
  std::string hint;  // empty: g++'s words say it all
};

Explanation explain_compiler_error(const RawDiagnostic& raw);

// Types as a user writes them: no std::__cxx11, no {aka ...}, no default template arguments.
std::string plain_types(std::string_view text);

}  // namespace flink::codegen
