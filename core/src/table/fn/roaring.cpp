// SPDX-License-Identifier: Apache-2.0
#include "table/fn/roaring.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>

namespace flink::table::fn {

namespace {

constexpr std::size_t array_max = 4096, word_count = 1024;
constexpr std::uint32_t plain_cookie = 12346, run_cookie = 12347;
constexpr std::size_t offsets_from = 4;  // chunks, in a text with runs

template <class T>
void append(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
  }
}

template <class Take>
void each_bit(const std::vector<std::uint64_t>& words, Take take) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (std::uint64_t rest = words[i]; rest != 0; rest &= rest - 1) {
      take(static_cast<std::uint16_t>(i * 64 + static_cast<std::size_t>(std::countr_zero(rest))));
    }
  }
}

std::size_t ones(const std::vector<std::uint64_t>& words) {
  std::size_t count = 0;
  for (const std::uint64_t word : words) count += static_cast<std::size_t>(std::popcount(word));
  return count;
}

void set_bit(std::vector<std::uint64_t>& words, std::uint32_t bit) {
  words[bit / 64] |= std::uint64_t{1} << (bit % 64);
}

}  // namespace

void Roaring::put(std::uint16_t high, std::vector<std::uint16_t> low) {
  if (low.empty()) return;
  if (low.size() <= array_max) {
    chunks_.push_back({high, std::move(low), {}});
    return;
  }
  std::vector<std::uint64_t> words(word_count);
  for (const std::uint16_t one : low) set_bit(words, one);
  chunks_.push_back({high, {}, std::move(words)});
}

void Roaring::put(std::uint16_t high, std::vector<std::uint64_t> words) {
  if (ones(words) > array_max) {
    chunks_.push_back({high, {}, std::move(words)});
    return;
  }
  std::vector<std::uint16_t> low;
  each_bit(words, [&](std::uint16_t bit) { low.push_back(bit); });
  put(high, std::move(low));
}

std::vector<std::uint64_t> Roaring::words_of(const Chunk& chunk) {
  if (!chunk.words.empty()) return chunk.words;
  std::vector<std::uint64_t> words(word_count);
  for (const std::uint16_t one : chunk.low) set_bit(words, one);
  return words;
}

std::size_t Roaring::count_of(const Chunk& chunk) noexcept {
  return chunk.words.empty() ? chunk.low.size() : ones(chunk.words);
}

Roaring Roaring::of(std::vector<std::uint32_t> numbers) {
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  Roaring out;
  for (std::size_t i = 0; i < numbers.size();) {
    const std::uint32_t high = numbers[i] >> 16;
    std::vector<std::uint16_t> low;
    for (; i < numbers.size() && numbers[i] >> 16 == high; ++i) {
      low.push_back(static_cast<std::uint16_t>(numbers[i]));
    }
    out.put(static_cast<std::uint16_t>(high), std::move(low));
  }
  return out;
}

Roaring Roaring::combined(const Roaring& a, const Roaring& b, Set set) {
  const bool keeps_a = set != Set::both, keeps_b = set == Set::any || set == Set::one;
  Roaring out;
  auto left = a.chunks_.begin(), right = b.chunks_.begin();
  while (left != a.chunks_.end() || right != b.chunks_.end()) {
    if (right == b.chunks_.end() || (left != a.chunks_.end() && left->high < right->high)) {
      if (keeps_a) out.chunks_.push_back(*left);
      ++left;
      continue;
    }
    if (left == a.chunks_.end() || right->high < left->high) {
      if (keeps_b) out.chunks_.push_back(*right);
      ++right;
      continue;
    }
    auto words = words_of(*left);
    const auto others = words_of(*right);
    for (std::size_t i = 0; i < word_count; ++i) {
      switch (set) {
        case Set::both:
          words[i] &= others[i];
          break;
        case Set::any:
          words[i] |= others[i];
          break;
        case Set::one:
          words[i] ^= others[i];
          break;
        case Set::first_only:
          words[i] &= ~others[i];
          break;
      }
    }
    out.put(left->high, std::move(words));
    ++left;
    ++right;
  }
  return out;
}

std::uint64_t Roaring::count() const noexcept {
  std::uint64_t count = 0;
  for (const Chunk& chunk : chunks_) count += count_of(chunk);
  return count;
}

std::vector<std::uint32_t> Roaring::numbers() const {
  std::vector<std::uint32_t> out;
  out.reserve(count());
  for (const Chunk& chunk : chunks_) {
    const std::uint32_t high = std::uint32_t{chunk.high} << 16;
    for (const std::uint16_t low : chunk.low) out.push_back(high | low);
    each_bit(chunk.words, [&](std::uint16_t low) { out.push_back(high | low); });
  }
  return out;
}

// First number and how many follow it, in turns; nothing when that is longer.
std::vector<std::uint16_t> Roaring::runs_of(const Chunk& chunk) {
  const std::size_t room = chunk.words.empty() ? 2 * chunk.low.size() : 8 * word_count;
  std::vector<std::uint16_t> runs;
  const auto add = [&](std::uint16_t low) {
    if (!runs.empty() && runs[runs.size() - 2] + runs.back() + 1 == low) {
      ++runs.back();
    } else {
      runs.insert(runs.end(), {low, 0});
    }
  };
  for (const std::uint16_t low : chunk.low) add(low);
  each_bit(chunk.words, add);
  if (2 + 2 * runs.size() >= room) runs.clear();
  return runs;
}

std::string Roaring::bytes() const {
  std::vector<std::vector<std::uint16_t>> runs;
  std::string flags((chunks_.size() + 7) / 8, '\0');
  for (const Chunk& chunk : chunks_) {
    const std::size_t i = runs.size();
    runs.push_back(runs_of(chunk));
    if (!runs[i].empty()) flags[i / 8] = static_cast<char>(flags[i / 8] | 1 << (i % 8));
  }
  const bool any = flags.find_first_not_of('\0') != std::string::npos;
  const auto count = static_cast<std::uint32_t>(chunks_.size());
  std::string out;
  if (any) {
    append(out, run_cookie | (count - 1) << 16);
    out += flags;
  } else {
    append(out, plain_cookie);
    append(out, count);
  }
  for (const Chunk& chunk : chunks_) {
    append(out, chunk.high);
    append(out, static_cast<std::uint16_t>(count_of(chunk) - 1));
  }
  std::string body;
  const bool offsets = !any || count >= offsets_from;
  const std::size_t begin = out.size() + (offsets ? 4 * chunks_.size() : 0);
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    if (offsets) append(out, static_cast<std::uint32_t>(begin + body.size()));
    if (!runs[i].empty()) {
      append(body, static_cast<std::uint16_t>(runs[i].size() / 2));
      for (const std::uint16_t part : runs[i]) append(body, part);
      continue;
    }
    for (const std::uint16_t low : chunks_[i].low) append(body, low);
    for (const std::uint64_t word : chunks_[i].words) append(body, word);
  }
  return out + body;
}

class Roaring::Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::optional<Roaring> read() {
    const auto cookie = take<std::uint32_t>();
    const bool runs = (cookie & 0xffff) == run_cookie;
    if (!runs && cookie != plain_cookie) return {};
    const std::size_t count = runs ? (cookie >> 16) + 1 : take<std::uint32_t>();
    if (count > 65536) return {};
    const std::string_view run_flags = skip(runs ? (count + 7) / 8 : 0);
    std::vector<std::pair<std::uint16_t, std::size_t>> heads;
    for (std::size_t i = 0; i < count && !short_; ++i) {
      const auto high = take<std::uint16_t>();
      if (!heads.empty() && heads.back().first >= high) return {};
      heads.emplace_back(high, take<std::uint16_t>() + std::size_t{1});
    }
    if (!runs || count >= offsets_from) skip(4 * count);
    for (std::size_t i = 0; i < count && !short_; ++i) {
      const bool run = runs && (run_flags[i / 8] >> (i % 8) & 1);
      if (!chunk(heads[i].first, heads[i].second, run)) return {};
    }
    if (short_) return {};
    return std::move(out_);
  }

 private:
  std::string_view skip(std::size_t size) {
    short_ = short_ || bytes_.size() < size;
    if (short_) return {};
    const auto part = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return part;
  }
  template <class T>
  T take() {
    const auto part = skip(sizeof(T));
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < part.size(); ++i) {
      value |= std::uint64_t{static_cast<unsigned char>(part[i])} << (8 * i);
    }
    return static_cast<T>(value);
  }

  bool chunk(std::uint16_t high, std::size_t count, bool run) {
    std::vector<std::uint64_t> words(word_count);
    if (run) {
      const auto runs = take<std::uint16_t>();
      for (std::size_t i = 0; i < runs && !short_; ++i) {
        const std::uint32_t from = take<std::uint16_t>(), more = take<std::uint16_t>();
        if (from + more > 0xffff) return false;
        for (std::uint32_t bit = from; bit <= from + more; ++bit) set_bit(words, bit);
      }
    } else if (count > array_max) {
      for (auto& word : words) word = take<std::uint64_t>();
    } else {
      for (std::size_t i = 0; i < count && !short_; ++i) set_bit(words, take<std::uint16_t>());
    }
    if (short_ || ones(words) != count) return false;
    out_.put(high, std::move(words));
    return true;
  }

  std::string_view bytes_;
  bool short_ = false;
  Roaring out_;
};

std::optional<Roaring> Roaring::read(std::string_view bytes) { return Reader{bytes}.read(); }

}  // namespace flink::table::fn
