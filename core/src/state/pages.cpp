// SPDX-License-Identifier: Apache-2.0
#include <flink/detail/pages.h>
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <new>

namespace flink::detail {

namespace {
constexpr std::size_t huge_page_bytes = std::size_t{2} << 20;
constexpr std::size_t line_bytes = 64;

std::size_t rounded(std::size_t bytes, std::size_t to) { return (bytes + to - 1) / to * to; }
}  // namespace

Pages::Pages(std::size_t bytes) {
  const std::size_t alignment = bytes >= huge_page_bytes ? huge_page_bytes : line_bytes;
  bytes_ = rounded(bytes, alignment);
  address_ = std::aligned_alloc(alignment, bytes_);
  if (address_ == nullptr) throw std::bad_alloc{};
  // A hint: without huge pages it is slower, not wrong.
  if (alignment == huge_page_bytes) ::madvise(address_, bytes_, MADV_HUGEPAGE);
  std::memset(address_, 0, bytes_);
}

Pages::~Pages() { std::free(address_); }

}  // namespace flink::detail
