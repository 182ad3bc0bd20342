// SPDX-License-Identifier: Apache-2.0
// A set of 32-bit numbers in Roaring's portable format, which Flink's BITMAP has, too: chunks of
// 65,536 numbers, each a sorted array, bits from 4,097 numbers on, or runs where they are shorter.
// A plain value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flink::table::fn {

class Roaring {
 public:
  enum class Set : std::uint8_t { both, any, one, first_only };

  // None: the bytes are no bitmap.
  static std::optional<Roaring> read(std::string_view bytes);
  static Roaring of(std::vector<std::uint32_t> numbers);
  static Roaring combined(const Roaring& a, const Roaring& b, Set set);

  std::uint64_t count() const noexcept;
  std::vector<std::uint32_t> numbers() const;
  // Equal sets have equal bytes.
  std::string bytes() const;

 private:
  struct Chunk {
    std::uint16_t high = 0;
    std::vector<std::uint16_t> low;    // ascending; none when there are bits
    std::vector<std::uint64_t> words;  // 1024 of them, or none
  };
  class Reader;

  void put(std::uint16_t high, std::vector<std::uint64_t> words);
  void put(std::uint16_t high, std::vector<std::uint16_t> low);
  static std::vector<std::uint16_t> runs_of(const Chunk& chunk);
  static std::vector<std::uint64_t> words_of(const Chunk& chunk);
  static std::size_t count_of(const Chunk& chunk) noexcept;

  std::vector<Chunk> chunks_;  // ascending, none is empty
};

}  // namespace flink::table::fn
