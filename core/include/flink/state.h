// SPDX-License-Identifier: Apache-2.0
// All kinds of keyed state (Flink, "Working with State").
#pragma once

#include <flink/state/aggregating_state.h>
#include <flink/state/list_state.h>
#include <flink/state/map_state.h>
#include <flink/state/reducing_state.h>
#include <flink/state/ttl.h>
#include <flink/state/value_state.h>
