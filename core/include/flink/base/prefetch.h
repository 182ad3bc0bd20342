// SPDX-License-Identifier: Apache-2.0
// Asks for a line of memory that will soon be read and perhaps written. For whole functions too
// that do nothing but ask: g++ takes __builtin_prefetch for no effect, so it drops calls of such a
// function unless it has inlined them early; an asm, though empty, is one.
#pragma once

namespace flink::detail {

inline void prefetch(const void* address) noexcept {
  __builtin_prefetch(address, 1);
  asm volatile("" : : "r"(address));
}

}  // namespace flink::detail
