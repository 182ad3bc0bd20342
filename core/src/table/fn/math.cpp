// SPDX-License-Identifier: Apache-2.0
#include "table/fn/math.h"

#include <charconv>

#include "base/number_text.h"
#include "table/fn/arithmetic.h"

namespace flink::table::fn {

namespace {

// Decimal digits d1d2d3... of a number 0.d1d2d3... * 10^point.
struct DigitText {
  std::string digits;
  int point = 0;
};

DigitText digits_of_number(double x) {
  const std::string text = base::number_text(std::fabs(x));
  DigitText out;
  std::size_t i = 0;
  for (; i < text.size() && text[i] != 'E'; ++i) {
    if (text[i] == '.') {
      out.point = static_cast<int>(out.digits.size());
    } else {
      out.digits += text[i];
    }
  }
  if (i < text.size()) {
    int exponent = 0;
    std::from_chars(text.data() + i + 1, text.data() + text.size(), exponent);
    out.point += exponent;
  }
  return out;
}

std::optional<double> shorten(Context& context, double x, std::int32_t digits, bool half_up) {
  if (!std::isfinite(x)) return context.fail("Infinity and NaN cannot be rounded");
  DigitText number = digits_of_number(x);
  const int kept = number.point + digits;
  if (kept >= static_cast<int>(number.digits.size())) return x;
  if (kept < 0) return 0.0;
  const bool up = half_up && number.digits[static_cast<std::size_t>(kept)] >= '5';
  number.digits.resize(static_cast<std::size_t>(kept));
  int at = kept - 1;
  while (up && at >= 0 && number.digits[static_cast<std::size_t>(at)] == '9') {
    number.digits[static_cast<std::size_t>(at--)] = '0';
  }
  if (up && at >= 0) {
    ++number.digits[static_cast<std::size_t>(at)];
  } else if (up) {
    number.digits.insert(0, "1");
    ++number.point;
  }
  const std::string text = "0." + number.digits + "e" + std::to_string(number.point);
  double out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return std::signbit(x) && out != 0 ? -out : out;
}

// A decimal with only so many digits behind the point, at its own scale still.
int128 shorten(int128 x, int scale, std::int32_t digits, bool half_up) noexcept {
  if (digits >= scale) return x;
  const int dropped = scale - digits;
  if (dropped > 38) return 0;
  const uint128 power = powers_of_ten[dropped], all = magnitude(x);
  uint128 kept = all / power;
  if (half_up && all % power >= power - power / 2) ++kept;
  return with_sign(kept * power, x < 0);
}

std::optional<Decimal> shorten_decimal(const Call& call, Decimal x, std::int32_t digits,
                                       bool half_up) noexcept {
  const int scale = call.arguments[0].scale();
  return fit_decimal(shorten(x.unscaled, scale, digits, half_up), scale, call.result.precision(),
                     call.result.scale());
}

}  // namespace

std::optional<double> round_double(Context& context, double x, std::int32_t digits) {
  return shorten(context, x, digits, true);
}
std::optional<double> truncate_double(Context& context, double x, std::int32_t digits) {
  return shorten(context, x, digits, false);
}
std::int64_t round_integer(std::int64_t x, std::int32_t digits) noexcept {
  return static_cast<std::int64_t>(shorten(int128{x}, 0, digits, true));
}
std::int64_t truncate_integer(std::int64_t x, std::int32_t digits) noexcept {
  return static_cast<std::int64_t>(shorten(int128{x}, 0, digits, false));
}
std::optional<Decimal> round_decimal(const Call& call, Decimal x, std::int32_t digits) noexcept {
  return shorten_decimal(call, x, digits, true);
}
std::optional<Decimal> truncate_decimal(const Call& call, Decimal x, std::int32_t digits) noexcept {
  return shorten_decimal(call, x, digits, false);
}

std::int32_t JavaRandom::next(int bits) noexcept {
  seed_ = (seed_ * multiplier + 0xB) & mask;
  return static_cast<std::int32_t>(seed_ >> (48 - bits));
}

std::int32_t JavaRandom::next_int(std::int32_t bound) noexcept {
  std::int32_t bits = next(31);
  if ((bound & (bound - 1)) == 0) {
    return static_cast<std::int32_t>(static_cast<std::int64_t>(bound) * bits >> 31);
  }
  std::int32_t value = bits % bound;
  // What would make small numbers more likely than large ones is drawn again.
  while (add(subtract(bits, value), bound - 1) < 0) {
    bits = next(31);
    value = bits % bound;
  }
  return value;
}

double JavaRandom::next_double() noexcept {
  const std::int64_t high = static_cast<std::int64_t>(next(26)) << 27;
  return static_cast<double>(high + next(27)) * 0x1.0p-53;
}

namespace {

struct Seeded {
  std::optional<JavaRandom> random;
};

JavaRandom& random_of(const Call& call, std::int32_t seed) {
  auto& random = call.state<Seeded>().random;
  if (!random) random.emplace(seed);
  return *random;
}

constexpr const char* no_bound = "the bound of a random number must be positive";

std::string_view hex(Context& context, std::uint64_t x, unsigned base_bits) {
  char text[64];
  char* at = text + sizeof text;
  do {
    *--at = "0123456789ABCDEF"[x & ((1u << base_bits) - 1)];
    x >>= base_bits;
  } while (x != 0);
  return context.memory().copy({at, static_cast<std::size_t>(text + sizeof text - at)});
}

}  // namespace

double random_number(Context& context) noexcept {
  return static_cast<double>(context.random() >> 11) * 0x1.0p-53;
}
double random_number_of(const Call& call, std::int32_t seed) {
  return random_of(call, seed).next_double();
}
std::optional<std::int32_t> random_integer(Context& context, std::int32_t bound) {
  if (bound <= 0) return context.fail(no_bound);
  return static_cast<std::int32_t>(context.random() % static_cast<std::uint64_t>(bound));
}
std::optional<std::int32_t> random_integer_of(Context& context, const Call& call, std::int32_t seed,
                                              std::int32_t bound) {
  if (bound <= 0) return context.fail(no_bound);
  return random_of(call, seed).next_int(bound);
}

std::string_view uuid(Context& context) {
  std::uint64_t high = context.random(), low = context.random();
  high = (high & ~std::uint64_t{0xf000}) | 0x4000;
  low = (low & ~(std::uint64_t{3} << 62)) | std::uint64_t{2} << 62;
  std::string text;
  for (int i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) text += '-';
    const std::uint64_t half = i < 16 ? high : low;
    text += "0123456789abcdef"[half >> (60 - i % 16 * 4) & 0xf];
  }
  return context.memory().copy(text);
}

std::string_view binary_digits(Context& context, std::int64_t x) {
  return hex(context, static_cast<std::uint64_t>(x), 1);
}
std::string_view hex_of_integer(Context& context, std::int64_t x) {
  return hex(context, static_cast<std::uint64_t>(x), 4);
}
std::string_view hex_of_text(Context& context, std::string_view x) {
  std::string text;
  for (const char c : x) {
    text += "0123456789ABCDEF"[static_cast<unsigned char>(c) >> 4];
    text += "0123456789ABCDEF"[static_cast<unsigned char>(c) & 0xf];
  }
  return context.memory().copy(text);
}
std::optional<std::string_view> bytes_of_hex(Context& context, std::string_view x) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const int letter = (c | 32) - 'a';
    return letter >= 0 && letter < 6 ? letter + 10 : -1;
  };
  std::string bytes;
  std::size_t i = 0;
  if (x.size() % 2 == 1) {  // the first byte has one digit
    if (digit(x[0]) < 0) return {};
    bytes += static_cast<char>(digit(x[0]));
    i = 1;
  }
  for (; i < x.size(); i += 2) {
    const int high = digit(x[i]), low = digit(x[i + 1]);
    if (high < 0 || low < 0) return {};
    bytes += static_cast<char>(high * 16 + low);
  }
  return context.memory().copy(bytes);
}

}  // namespace flink::table::fn
