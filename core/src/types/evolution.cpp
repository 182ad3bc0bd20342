// SPDX-License-Identifier: Apache-2.0
#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/types/evolution.h>

#include <algorithm>

#include "types/conversion.h"

namespace flink {
namespace detail {

void append_custom_defaults(ByteWriter& out, std::string_view schema, std::string_view whole) {
  const auto records = std::count(schema.begin(), schema.end(), '{');
  for (std::ptrdiff_t i = 0; i < records; ++i) {
    out.sized(i == 0 && schema.front() == '{' ? whole : std::string_view{});
  }
}

void append_whole_default(ByteWriter& out, void (*write)(ByteWriter& out)) {
  ByteWriter whole;
  write(whole);
  out.sized(whole.view());
}

std::string written_defaults(void (*append)(ByteWriter& out, const SchemaPath* path)) {
  ByteWriter out;
  append(out, nullptr);
  return std::string{out.view()};
}

bool on_schema_path(const void* type, const SchemaPath* path) {
  for (; path != nullptr; path = path->outer) {
    if (path->type == type) return true;
  }
  return false;
}

}  // namespace detail

std::vector<std::string> schema_problems(std::string_view writer, std::string_view reader) {
  return types::Conversion(writer, reader).problems();
}

struct SchemaConverter::Plan {
  Plan(std::string_view writer, std::string_view reader) : conversion(writer, reader) {}
  types::Conversion conversion;
};

SchemaConverter::SchemaConverter(std::string_view writer, std::string_view reader,
                                 std::string_view defaults)
    : plan_(std::make_unique<Plan>(writer, reader)) {
  const auto& problems = plan_->conversion.problems();
  if (!problems.empty()) {
    std::string text = "state of another type: ";
    for (std::size_t i = 0; i < problems.size(); ++i) text += (i > 0 ? "; " : "") + problems[i];
    throw Error(ErrorKind::user, text);
  }
  if (!identity()) plan_->conversion.set_defaults(defaults);
}
SchemaConverter::SchemaConverter(SchemaConverter&&) noexcept = default;
SchemaConverter& SchemaConverter::operator=(SchemaConverter&&) noexcept = default;
SchemaConverter::~SchemaConverter() = default;

bool SchemaConverter::identity() const { return plan_->conversion.identity(); }

void SchemaConverter::convert(std::string_view bytes, std::string& out) const {
  ByteReader in(bytes);
  ByteWriter writer(out);
  plan_->conversion.run(in, writer);
  if (!in.at_end()) in.fail("the end of a value");
}

}  // namespace flink
