// SPDX-License-Identifier: Apache-2.0
// What can be said about a job's sources before any compiler runs: captures by reference in the
// functions handed to operators, and a define_job that is missing, misspelt or of another shape.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/message.h"

namespace flink::codegen {

struct SourceText {
  std::filesystem::path path;
  std::string text;
};

// Captures by reference in one source. A line with the comment `flinkc: by-reference-ok` is let
// through: for calls that only look like an operator's.
std::vector<Message> lint_captures(const SourceText& source);

// Whether the sources together define `void define_job(StreamExecutionEnvironment&)`. Empty also
// when a source includes files of its own, where it might be.
std::vector<Message> lint_define_job(const std::vector<SourceText>& sources);

}  // namespace flink::codegen
