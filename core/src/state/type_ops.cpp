// SPDX-License-Identifier: Apache-2.0
// What many keys and values are, compiled here for all jobs.
#include <flink/state/type_ops.h>

namespace flink::state {

template struct OpsOf<std::string>;
template struct OpsOf<std::int64_t>;

}  // namespace flink::state
