// SPDX-License-Identifier: Apache-2.0
// How a file falls into lines: whatever its splits, blocks and pieces, as a naive reading has it.
// Input: a byte of options, then the file.
#include "fuzz/fuzz.h"
#include "fuzz/lines_oracle.h"

namespace flink::fuzz {
namespace {

// Beyond this each boundary is not tried with each other.
constexpr std::size_t thorough_bytes = 120;

SplitLines::Limits limits_of(unsigned char options) {
  SplitLines::Limits limits;
  limits.multi_line = (options & 1) != 0;
  limits.skip_first_line = (options & 2) != 0;
  limits.delimiter = (options & 4) != 0 ? ';' : ',';
  limits.quote = (options & 8) != 0 ? '\'' : '"';
  limits.block_bytes = 1 + (options >> 4) * 5u;
  return limits;
}

void in_splits(std::string_view text, const SplitLines::Limits& limits,
               const std::optional<Lines>& expected) {
  const std::uint64_t size = text.size();
  const std::size_t step = size <= thorough_bytes ? 1 : size / thorough_bytes;
  for (std::uint64_t cut = 1; cut < size; cut += step) {
    auto lines = read_lines(text, {"f", 0, cut, size, {}}, limits);
    const auto rest = read_lines(text, {"f", cut, size - cut, size, {}}, limits);
    if (lines && rest) lines->insert(lines->end(), rest->begin(), rest->end());
    require(lines == expected, "two splits are the file");
  }
}

void as_stream(std::string_view text, const SplitLines::Limits& limits,
               const std::optional<Lines>& expected) {
  const FileSplit split{"f", 0, UINT64_MAX, UINT64_MAX, "stream"};
  const std::size_t step = text.size() <= thorough_bytes ? 1 : text.size() / thorough_bytes;
  for (std::size_t cut = 1; cut < text.size(); cut += step) {
    std::size_t left = cut;
    const auto piece = [&] { return std::exchange(left, text.size()); };
    require(read_lines(text, split, limits, piece) == expected, "a stream in two pieces");
  }
  require(read_lines(text, split, limits, [] { return std::size_t{1}; }) == expected,
          "a stream byte by byte");
}

}  // namespace

std::vector<std::string> seeds() {
  std::vector<std::string> out;
  for (const std::string text :
       {"", "a", "a\n", "a\r\nb", "\n\n", "a,b\n\"c\nd\",e\n", "\"a\"\"\nb\",\"\n\"\n\"x",
        "\xEF\xBB\xBF\"a\nb\";c\nd", "5\" pipe,\"6\n\"\n'q\n';\"r\"\n", "\xFF\xFE\n",
        "\"a\"b\n\"c\n"}) {
    for (int options = 0; options < 16; ++options) {
      out.push_back(std::string(1, static_cast<char>(options | options << 4)) + text);
    }
  }
  return out;
}

void run(std::string_view input) {
  if (input.empty()) return;
  const auto limits = limits_of(static_cast<unsigned char>(input.front()));
  const std::string_view text = input.substr(1);
  const auto expected = naive_lines(text, limits);
  require(read_lines(text, {"f", 0, text.size(), text.size(), {}}, limits) ==
              (text.empty() ? Lines{} : expected),
          "one split is the file");
  // Records of several lines are not split.
  if (!limits.multi_line) in_splits(text, limits, expected);
  as_stream(text, limits, expected);
}

}  // namespace flink::fuzz
