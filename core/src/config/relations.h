// SPDX-License-Identifier: Apache-2.0
// What options say of each other: bounds that no single one has.
#pragma once

#include "config/configuration.h"

namespace flink::config {

// Throws Error{user} naming the options that contradict each other, and where they were set.
void check_relations(const Configuration& configuration);

}  // namespace flink::config
