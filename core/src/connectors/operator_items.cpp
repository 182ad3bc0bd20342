// SPDX-License-Identifier: Apache-2.0
#include <flink/check.h>
#include <flink/detail/operator_items.h>
#include <flink/error.h>

namespace flink::detail {

void check_item_schema(std::string_view what, const std::string& stored,
                       const std::string& wanted) {
  if (stored == wanted) return;
  throw Error{ErrorKind::user,
              concat(what, ": the checkpoint holds it as ", stored, ", this job as ", wanted,
                     "; restore with the job that wrote it, or give the operator "
                     "a new uid and allow non-restored state")};
}

}  // namespace flink::detail
