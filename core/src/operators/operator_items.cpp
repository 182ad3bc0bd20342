// SPDX-License-Identifier: Apache-2.0
// Refusals name the state.
#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/operators/operator_items.h>

namespace flink::detail {

SchemaConverter item_converter(std::string_view what, std::string_view stored,
                               std::string_view wanted, std::string_view defaults) {
  try {
    return SchemaConverter{stored, wanted, defaults};
  } catch (const Error& error) {
    throw Error{error.kind(),
                concat(what, " cannot be restored: ", error.message(),
                       "; the checkpoint holds it as ", stored, ", this job as ", wanted,
                       ": restore with the job that wrote it, or give the operator a "
                       "new uid and allow non-restored state")};
  }
}

}  // namespace flink::detail
