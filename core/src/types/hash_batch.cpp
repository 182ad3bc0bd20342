// SPDX-License-Identifier: Apache-2.0
#include <flink/types/hash_batch.h>

#include <algorithm>
#include <array>
#include <bit>

namespace flink::detail {

namespace {

struct Hashes {
  const std::uint64_t* words;
  std::size_t count;
  std::uint64_t* hashes;
};
struct Channels {
  const std::uint64_t* hashes;
  std::size_t count;
  std::uint32_t mask;  // of the key group
  int shift;           // its bits
  std::uint32_t parallelism;
  std::uint16_t* channels;
};

// The loops below are compiled once for each instruction set; the bodies are one.
[[gnu::always_inline]] inline void run(const Hashes& work) {
  const std::uint64_t* const words = work.words;
  std::uint64_t* const hashes = work.hashes;
  const std::size_t count = work.count;
#pragma GCC ivdep  // the arrays are the same or do not overlap
  for (std::size_t i = 0; i < count; ++i) hashes[i] = mix64(words[i]);
}
[[gnu::always_inline]] inline void run(const Channels& work) {
  const std::uint32_t mask = work.mask;
  const std::uint32_t parallelism = work.parallelism;
  const int shift = work.shift;
  // Each loop has numbers of one or two widths, as vectors like it.
  std::array<std::uint32_t, 256> codes;
  for (std::size_t from = 0; from < work.count; from += codes.size()) {
    const std::size_t count = std::min(codes.size(), work.count - from);
    const std::uint64_t* const hashes = work.hashes + from;
    std::uint16_t* const channels = work.channels + from;
    for (std::size_t i = 0; i < count; ++i) {
      codes[i] = static_cast<std::uint32_t>(hashes[i] ^ (hashes[i] >> 32));
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t code = murmur_mix(codes[i]);
      // The magnitude without a branch, which a coin toss would mispredict; the number that has
      // none has no bit below the highest.
      const std::uint32_t sign = 0u - (code >> 31);
      codes[i] = (((code ^ sign) - sign) & mask) * parallelism >> shift;
    }
    for (std::size_t i = 0; i < count; ++i) channels[i] = static_cast<std::uint16_t>(codes[i]);
  }
}

#if defined(__x86_64__)
template <class Work>
[[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx2,bmi2")]] void run_avx512(const Work& work) {
  run(work);
}
template <class Work>
[[gnu::target("avx2,bmi2")]] void run_avx2(const Work& work) {
  run(work);
}
bool has_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
template <class Work>
void dispatch(const Work& work) {
  static const auto best = has_avx512() ? run_avx512<Work>
                           : __builtin_cpu_supports("avx2")
                               ? run_avx2<Work>
                               : static_cast<void (*)(const Work&)>(run);
  best(work);
}
#else
template <class Work>
void dispatch(const Work& work) {
  run(work);
}
#endif

}  // namespace

void hash_words(const std::uint64_t* words, std::size_t count, std::uint64_t* hashes) noexcept {
  dispatch(Hashes{words, count, hashes});
}

void channels_of_hashes(const std::uint64_t* hashes, std::size_t count, int max_parallelism,
                        int parallelism, std::uint16_t* channels) noexcept {
  const auto groups = static_cast<std::uint32_t>(max_parallelism);
  if ((groups & (groups - 1)) == 0) {  // at most 32768, and so is the parallelism
    return dispatch(Channels{hashes, count, groups - 1, std::countr_zero(groups),
                             static_cast<std::uint32_t>(parallelism), channels});
  }
  for (std::size_t i = 0; i < count; ++i) {
    channels[i] = static_cast<std::uint16_t>(
        operator_index(key_group(hashes[i], max_parallelism), max_parallelism, parallelism));
  }
}

}  // namespace flink::detail
