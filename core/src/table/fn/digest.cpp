// SPDX-License-Identifier: Apache-2.0
#include "table/fn/digest.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "base/text.h"

namespace flink::table::fn {

namespace {

// The message with a 1 bit, zeros and its length in bits behind it, in whole blocks.
std::string filled(std::string_view bytes, std::size_t block, bool big_endian) {
  std::string out{bytes};
  const std::size_t length_bytes = block / 8;
  out += '\x80';
  while (out.size() % block != block - length_bytes) out += '\0';
  const std::uint64_t bits = bytes.size() * 8;
  for (std::size_t i = 0; i < length_bytes; ++i) {
    const std::size_t place = big_endian ? length_bytes - 1 - i : i;
    out += place < 8 ? static_cast<char>(bits >> (8 * place)) : '\0';
  }
  return out;
}

template <class Word>
Word load(const char* at, bool big_endian) {
  Word word = 0;
  for (std::size_t i = 0; i < sizeof(Word); ++i) {
    const std::size_t place = big_endian ? sizeof(Word) - 1 - i : i;
    word |= static_cast<Word>(static_cast<unsigned char>(at[i])) << (8 * place);
  }
  return word;
}

template <class Words>
std::string hex(const Words& words, std::size_t bytes, bool big_endian) {
  std::string out;
  for (const auto word : words) {
    for (std::size_t i = 0; i < sizeof word; ++i) {
      const std::size_t place = big_endian ? sizeof word - 1 - i : i;
      out += static_cast<char>(word >> (8 * place));
    }
  }
  out.resize(bytes);
  std::string text;
  base::append_hex(text, out);
  return text;
}

}  // namespace

std::string md5(std::string_view bytes) {
  constexpr int shifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
  static const auto sines = [] {
    std::array<std::uint32_t, 64> out{};
    for (int i = 0; i < 64; ++i) {
      out[static_cast<std::size_t>(i)] =
          static_cast<std::uint32_t>(std::floor(std::fabs(std::sin(i + 1)) * 4294967296.0));
    }
    return out;
  }();
  std::array<std::uint32_t, 4> state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  const std::string message = filled(bytes, 64, false);
  for (std::size_t at = 0; at < message.size(); at += 64) {
    auto [a, b, c, d] = state;
    for (unsigned i = 0; i < 64; ++i) {
      std::uint32_t f = 0;
      unsigned word = 0;
      switch (i / 16) {
        case 0:
          f = (b & c) | (~b & d), word = i;
          break;
        case 1:
          f = (d & b) | (~d & c), word = (5 * i + 1) % 16;
          break;
        case 2:
          f = b ^ c ^ d, word = (3 * i + 5) % 16;
          break;
        default:
          f = c ^ (b | ~d), word = 7 * i % 16;
          break;
      }
      f += a + sines[i] + load<std::uint32_t>(&message[at + 4 * word], false);
      a = d;
      d = c;
      c = b;
      b += std::rotl(f, shifts[i / 16][i % 4]);
    }
    state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d};
  }
  return hex(state, 16, false);
}

std::string sha1(std::string_view bytes) {
  std::array<std::uint32_t, 5> state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  const std::string message = filled(bytes, 64, true);
  for (std::size_t at = 0; at < message.size(); at += 64) {
    std::array<std::uint32_t, 80> word{};
    for (std::size_t i = 0; i < 16; ++i) word[i] = load<std::uint32_t>(&message[at + 4 * i], true);
    for (std::size_t i = 16; i < 80; ++i) {
      word[i] = std::rotl(word[i - 3] ^ word[i - 8] ^ word[i - 14] ^ word[i - 16], 1);
    }
    auto [a, b, c, d, e] = state;
    for (std::size_t i = 0; i < 80; ++i) {
      std::uint32_t f = 0, k = 0;
      switch (i / 20) {
        case 0:
          f = (b & c) | (~b & d), k = 0x5a827999;
          break;
        case 1:
          f = b ^ c ^ d, k = 0x6ed9eba1;
          break;
        case 2:
          f = (b & c) | (b & d) | (c & d), k = 0x8f1bbcdc;
          break;
        default:
          f = b ^ c ^ d, k = 0xca62c1d6;
          break;
      }
      const std::uint32_t next = std::rotl(a, 5) + f + e + k + word[i];
      e = d;
      d = c;
      c = std::rotl(b, 30);
      b = a;
      a = next;
    }
    state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d, state[4] + e};
  }
  return hex(state, 20, true);
}

namespace {

// The bits behind the point of the square and cube roots of the first primes: SHA-2's constants.
__extension__ typedef unsigned __int128 Big;

// The first 64 bits behind the point of the root: by search, in whole numbers.
std::uint64_t root_bits(std::uint64_t prime, int degree) {
  std::uint64_t whole = 1;
  const auto power = [degree](std::uint64_t x) { return degree == 2 ? x * x : x * x * x; };
  while (power(whole + 1) <= prime) ++whole;
  // A fraction f is kept when (whole + f)^degree stays below the prime; products of 64-bit digits.
  std::uint64_t fraction = 0;
  for (int bit = 63; bit >= 0; --bit) {
    const std::uint64_t tried = fraction | std::uint64_t{1} << bit;
    // (whole * 2^64 + tried)^degree compared with prime * 2^(64 * degree), by long multiplication.
    std::array<std::uint64_t, 4> product = {1, 0, 0, 0};
    for (int i = 0; i < degree; ++i) {
      std::array<std::uint64_t, 4> next{};
      const std::uint64_t digits[2] = {tried, whole};
      for (std::size_t a = 0; a < 4; ++a) {
        Big carry = 0;
        for (std::size_t b = 0; b < 2 && a + b < 4; ++b) {
          carry += static_cast<Big>(product[a]) * digits[b] + next[a + b];
          next[a + b] = static_cast<std::uint64_t>(carry);
          carry >>= 64;
        }
        if (a + 2 < 4) next[a + 2] += static_cast<std::uint64_t>(carry);
      }
      product = next;
    }
    const std::uint64_t top = degree == 2 ? product[2] : product[3];
    if (top < prime) fraction = tried;
  }
  return fraction;
}

struct Constants {
  std::array<std::uint64_t, 16> squares{};
  std::array<std::uint64_t, 80> cubes{};
};

const Constants& constants() {
  static const Constants out = [] {
    Constants made;
    std::size_t count = 0;
    for (std::uint64_t n = 2; count < 80; ++n) {
      bool prime = true;
      for (std::uint64_t d = 2; d * d <= n; ++d) prime = prime && n % d != 0;
      if (!prime) continue;
      if (count < 16) made.squares[count] = root_bits(n, 2);
      made.cubes[count++] = root_bits(n, 3);
    }
    return made;
  }();
  return out;
}

template <class Word>
struct Rotations;
template <>
struct Rotations<std::uint32_t> {
  static constexpr int rounds = 64;
  static constexpr int values[12] = {2, 13, 22, 6, 11, 25, 7, 18, 3, 17, 19, 10};
};
template <>
struct Rotations<std::uint64_t> {
  static constexpr int rounds = 80;
  static constexpr int values[12] = {28, 34, 39, 14, 18, 41, 1, 8, 7, 19, 61, 6};
};

template <class Word>
std::array<Word, 8> sha2_state(std::string_view bytes, std::array<Word, 8> state) {
  constexpr std::size_t block = sizeof(Word) * 16;
  constexpr auto& r = Rotations<Word>::values;
  constexpr auto rounds = static_cast<std::size_t>(Rotations<Word>::rounds);
  constexpr int drop = 64 - 8 * static_cast<int>(sizeof(Word));
  const std::string message = filled(bytes, block, true);
  for (std::size_t at = 0; at < message.size(); at += block) {
    std::array<Word, rounds> word{};
    for (std::size_t i = 0; i < 16; ++i)
      word[i] = load<Word>(&message[at + sizeof(Word) * i], true);
    for (std::size_t i = 16; i < rounds; ++i) {
      const Word a = word[i - 15], b = word[i - 2];
      word[i] = word[i - 16] + (std::rotr(a, r[6]) ^ std::rotr(a, r[7]) ^ (a >> r[8])) +
                word[i - 7] + (std::rotr(b, r[9]) ^ std::rotr(b, r[10]) ^ (b >> r[11]));
    }
    std::array<Word, 8> s = state;
    for (std::size_t i = 0; i < rounds; ++i) {
      const Word sum1 = std::rotr(s[4], r[3]) ^ std::rotr(s[4], r[4]) ^ std::rotr(s[4], r[5]);
      const Word choose = (s[4] & s[5]) ^ (~s[4] & s[6]);
      const Word t1 =
          s[7] + sum1 + choose + static_cast<Word>(constants().cubes[i] >> drop) + word[i];
      const Word sum0 = std::rotr(s[0], r[0]) ^ std::rotr(s[0], r[1]) ^ std::rotr(s[0], r[2]);
      const Word most = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
      for (std::size_t k = 7; k > 0; --k) s[k] = s[k - 1];
      s[4] += t1;
      s[0] = t1 + sum0 + most;
    }
    for (std::size_t k = 0; k < 8; ++k) state[k] += s[k];
  }
  return state;
}

// SHA-224 takes the second half of the bits that SHA-384 begins with.
template <class Word>
std::array<Word, 8> beginning(std::size_t first_prime, int shift) {
  std::array<Word, 8> out{};
  for (std::size_t i = 0; i < 8; ++i) {
    out[i] = static_cast<Word>(constants().squares[first_prime + i] >> shift);
  }
  return out;
}

}  // namespace

std::string sha2(std::string_view bytes, int bits) {
  const auto size = static_cast<std::size_t>(bits) / 8;
  switch (bits) {
    case 224:
      return hex(sha2_state(bytes, beginning<std::uint32_t>(8, 0)), size, true);
    case 256:
      return hex(sha2_state(bytes, beginning<std::uint32_t>(0, 32)), size, true);
    case 384:
      return hex(sha2_state(bytes, beginning<std::uint64_t>(8, 0)), size, true);
    case 512:
      return hex(sha2_state(bytes, beginning<std::uint64_t>(0, 0)), size, true);
    default:
      return {};
  }
}

}  // namespace flink::table::fn
