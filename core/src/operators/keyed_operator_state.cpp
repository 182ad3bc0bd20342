// SPDX-License-Identifier: Apache-2.0
#include <flink/error.h>
#include <flink/operators/keyed_operator_state.h>

namespace flink::state {

void fail_without_backend() {
  throw Error{ErrorKind::internal,
              "an operator with keyed state runs in a task that has none: its transformation is "
              "not marked as keyed"};
}

}  // namespace flink::state
