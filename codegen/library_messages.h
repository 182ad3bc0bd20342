// SPDX-License-Identifier: Apache-2.0
// The library's own static_asserts ("flinkc: <what is wrong>: <what to write>") as messages: the
// record type put in where the text says Record, the field or hook that is meant found in the
// source.
#pragma once

#include <string>
#include <string_view>

#include "codegen/message.h"

namespace flink::codegen {

struct RawDiagnostic;

// Nothing of g++'s around it; `raw.text` starts with "flinkc: ".
bool is_library_message(const RawDiagnostic& raw);
// `at` is the user's line the compiler came from; the message may stand at a declaration instead.
Message library_message(const RawDiagnostic& raw, const Location& at);

// The value of a template parameter in "... [with A = x; T = y]", or "".
std::string template_argument(std::string_view context, std::string_view parameter);

}  // namespace flink::codegen
