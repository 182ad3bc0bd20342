// SPDX-License-Identifier: Apache-2.0
// REST's name for the JSON writer (config/json.h).
#pragma once

#include "config/json.h"

namespace flink::rest {

using config::JsonWriter;

}  // namespace flink::rest
