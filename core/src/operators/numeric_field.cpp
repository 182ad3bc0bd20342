// SPDX-License-Identifier: Apache-2.0
#include <flink/error.h>
#include <flink/operators/numeric_field.h>

namespace flink::detail {

void refuse_field(std::string_view record, std::string_view name,
                  const std::string& numeric_fields) {
  throw Error{
      ErrorKind::user,
      "\"" + std::string{name} + "\" is no numeric field of " + std::string{record} + "; " +
          (numeric_fields.empty() ? "it has none, so use reduce" : "it has: " + numeric_fields)};
}

}  // namespace flink::detail
