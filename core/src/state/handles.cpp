// SPDX-License-Identifier: Apache-2.0
#include "state/handles.h"

#include <flink/types/schema.h>

namespace flink::state {

std::uint32_t state_id(std::string_view name) {
  return static_cast<std::uint32_t>(detail::hash_schema(name));
}

}  // namespace flink::state
