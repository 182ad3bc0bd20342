// SPDX-License-Identifier: Apache-2.0
#include <flink/state/pages.h>
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <new>

namespace flink::detail {

namespace {

constexpr std::size_t huge_page_bytes = std::size_t{2} << 20;
constexpr std::size_t line_bytes = 64;

std::size_t rounded(std::size_t bytes, std::size_t to) { return (bytes + to - 1) / to * to; }

// Zeroed by the kernel where it is touched. Aligned to huge pages: what is too much is given back.
void* map(std::size_t bytes) {
  const std::size_t more = bytes + huge_page_bytes;
  void* const place =
      ::mmap(nullptr, more, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) throw std::bad_alloc{};
  char* const begin = static_cast<char*>(place);
  const std::size_t before = rounded(reinterpret_cast<std::uintptr_t>(begin), huge_page_bytes) -
                             reinterpret_cast<std::uintptr_t>(begin);
  if (before > 0) ::munmap(begin, before);
  ::munmap(begin + before + bytes, huge_page_bytes - before);
  return begin + before;
}

}  // namespace

Pages::Pages(std::size_t bytes, std::size_t small) {
  if (bytes < huge_page_bytes) {
    bytes_ = rounded(bytes, line_bytes);
    address_ = std::aligned_alloc(line_bytes, bytes_);
    if (address_ == nullptr) throw std::bad_alloc{};
    std::memset(address_, 0, bytes_);
    return;
  }
  bytes_ = rounded(bytes, huge_page_bytes);
  address_ = map(bytes_);
  // A hint: without huge pages it is slower, not wrong.
  if (small < bytes_)
    ::madvise(static_cast<char*>(address_) + small, bytes_ - small, MADV_HUGEPAGE);
}

Pages::~Pages() {
  if (address_ == nullptr) return;
  if (bytes_ < huge_page_bytes) {
    std::free(address_);
  } else {
    ::munmap(address_, bytes_);
  }
}

}  // namespace flink::detail
