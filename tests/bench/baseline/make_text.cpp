// SPDX-License-Identifier: Apache-2.0
// The text that word_count counts: 50,000 words, frequent ones often (Zipf), the same every time.
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <vector>

#include "baseline.h"

namespace bench {
namespace {

constexpr std::size_t vocabulary = 50'000;

std::string make_word(std::uint64_t rank) {
  const std::uint64_t bits = mix(rank + 1);
  // Frequent words are short, as in a language.
  const std::size_t length = 2 + (bits & 3) + static_cast<std::size_t>(std::log2(rank + 1) / 2.5);
  std::string word;
  std::uint64_t rest = rank;
  for (std::size_t i = 0; i < length || rest > 0; ++i) {
    word += static_cast<char>('a' + (rest + (bits >> (i * 3 % 50))) % 26);
    rest /= 26;
  }
  if (rank % 97 == 0) word += ',';  // some need CSV's quotes
  return word;
}

}  // namespace

Result make_text(const Arguments& arguments) {
  std::vector<std::string> words;
  std::vector<double> cumulative;
  double total = 0;
  for (std::size_t rank = 0; rank < vocabulary; ++rank) {
    words.push_back(make_word(rank));
    total += 1.0 / (static_cast<double>(rank) + 2.7);
    cumulative.push_back(total);
  }
  // The inverse of the distribution as a table, so that a word costs one look-up.
  std::vector<std::uint32_t> table(1U << 20);
  std::size_t rank = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const double at = total * (static_cast<double>(i) + 0.5) / static_cast<double>(table.size());
    while (rank + 1 < vocabulary && cumulative[rank] < at) ++rank;
    table[i] = static_cast<std::uint32_t>(rank);
  }
  std::FILE* file = std::fopen(arguments.output.c_str(), "w");
  if (!file) throw std::runtime_error("cannot write " + arguments.output);
  Result result;
  std::uint64_t written = 0;
  for (std::uint64_t n = 0; written < arguments.bytes; ++n) {
    const std::string& word = words[table[mix(n + 17) >> 44]];
    std::fwrite(word.data(), 1, word.size(), file);
    std::fputc(n % 11 == 10 ? '\n' : ' ', file);
    written += word.size() + 1;
    ++result.records;
  }
  std::fputc('\n', file);
  if (std::fclose(file) != 0) throw std::runtime_error("cannot write " + arguments.output);
  return result;
}

}  // namespace bench
