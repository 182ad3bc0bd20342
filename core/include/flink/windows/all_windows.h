// SPDX-License-Identifier: Apache-2.0
// All window assigners, triggers and evictors.
#pragma once

#include <flink/windows/continuous_triggers.h>
#include <flink/windows/count_trigger.h>
#include <flink/windows/delta_trigger.h>
#include <flink/windows/evictors.h>
#include <flink/windows/global_windows.h>
#include <flink/windows/processing_timeout_trigger.h>
#include <flink/windows/purging_trigger.h>
#include <flink/windows/session_windows.h>
#include <flink/windows/sliding_windows.h>
#include <flink/windows/tumbling_windows.h>
