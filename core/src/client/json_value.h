// SPDX-License-Identifier: Apache-2.0
// The client's name for JSON values (config/json_value.h).
#pragma once

#include "config/json_value.h"

namespace flink::client {

using config::JsonValue;

}  // namespace flink::client
