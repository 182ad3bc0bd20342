// SPDX-License-Identifier: Apache-2.0
// An open file of the operating system, and what its failures become. For the sources of runs only.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace flink::state {

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

// Throws what failed on which file, why, and what to do; `code`: of errno.
[[noreturn]] void fail_system(int code, const char* what, const std::string& file);

// Fill `out` unless the file ends; write all of `bytes`.
std::size_t read_fully(int fd, std::uint64_t offset, std::span<char> out, const std::string& file);
void write_fully(int fd, std::span<const char> bytes, const std::string& file);

}  // namespace flink::state
