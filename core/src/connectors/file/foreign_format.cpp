// SPDX-License-Identifier: Apache-2.0
#include "connectors/file/foreign_format.h"

#include <flink/base/check.h>

#include <algorithm>
#include <iterator>

namespace flink::connectors {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view from_utf16 = "iconv -f UTF-16 -t UTF-8";
constexpr ForeignFormat formats[] = {
    {"gzip", "\x1F\x8B", ".gz", "zcat"},
    {"bzip2", {}, ".bz2", "bzcat"},
    {"xz", "\xFD\x37zXZ\0"sv, ".xz", "xzcat"},
    {"zstd", "\x28\xB5\x2F\xFD", ".zst", "zstdcat"},
    {"lz4", "\x04\x22\x4D\x18", ".lz4", "lz4cat"},
    {"zip", "PK\x03\x04", ".zip", "unzip -p"},
    {"deflate", {}, ".deflate", "zlib-flate -uncompress <"},
    {"UTF-16", "\xFF\xFE", {}, from_utf16},
    {"UTF-16", "\xFE\xFF", {}, from_utf16},
};
constexpr const ForeignFormat& bzip2 = formats[1];

// "BZh", how large its blocks are, and the first block's mark: a text may begin like the first two.
constexpr std::string_view bzip2_start = "BZh", bzip2_block = "1AY&SY";
constexpr std::size_t bzip2_size = bzip2_start.size() + 1 + bzip2_block.size();
// As much of it as is there.
bool begins_as_bzip2(std::string_view first) {
  const auto agrees = [&](std::size_t at, std::string_view wanted) {
    if (first.size() <= at) return true;
    const auto there = first.substr(at, wanted.size());
    return there == wanted.substr(0, there.size());
  };
  const std::size_t level = bzip2_start.size();
  const bool sized = first.size() <= level || (first[level] >= '1' && first[level] <= '9');
  return agrees(0, bzip2_start) && sized && agrees(level + 1, bzip2_block);
}

}  // namespace

const ForeignFormat* foreign_by_name(std::string_view path) {
  const auto found = std::find_if(std::begin(formats), std::end(formats), [&](const auto& one) {
    return !one.suffix.empty() && path.ends_with(one.suffix);
  });
  return found == std::end(formats) ? nullptr : &*found;
}

const ForeignFormat* foreign_by_bytes(std::string_view first) {
  if (first.size() >= bzip2_size && begins_as_bzip2(first)) return &bzip2;
  const auto found = std::find_if(std::begin(formats), std::end(formats), [&](const auto& one) {
    return !one.magic.empty() && first.starts_with(one.magic);
  });
  return found == std::end(formats) ? nullptr : &*found;
}

bool may_be_foreign(std::string_view first) {
  if (first.empty()) return true;
  if (first.size() < bzip2_size && begins_as_bzip2(first)) return true;
  return std::any_of(std::begin(formats), std::end(formats), [&](const auto& one) {
    return first.size() < one.magic.size() && one.magic.starts_with(first);
  });
}

std::string refusal(const ForeignFormat& format, std::string_view path) {
  using detail::concat;
  if (format.reader == from_utf16) {
    return concat("'", path,
                  "' begins with the byte order mark of UTF-16; text is read as UTF-8: convert it, "
                  "as by ",
                  format.reader);
  }
  return concat("'", path, "' is compressed (", format.name,
                "), which is not read as it is; decompress it before, or read it from standard "
                "input: ",
                format.reader, " FILE | ./job -- --input /dev/stdin");
}

}  // namespace flink::connectors
