// SPDX-License-Identifier: Apache-2.0
// What the sanitizers must be told of stacks and switches. Each call is empty in a plain build. The
// switch calls stand in the same function as the jump: a sanitizer's shadow stack follows them.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define FLINK_FIBER_ASAN 1
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#else
#define FLINK_FIBER_ASAN 0
#endif

#if defined(__SANITIZE_THREAD__)
#define FLINK_FIBER_TSAN 1
#include <sanitizer/tsan_interface.h>
#else
#define FLINK_FIBER_TSAN 0
#endif
