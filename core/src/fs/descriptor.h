// SPDX-License-Identifier: Apache-2.0
// What files and streams of the operating system have in common.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace flink::fs {

// Throws Error: operation, path, the system's reason, what to do.
[[noreturn]] void fail(const char* operation, const std::string& path, int error);

// Of a process that was started without some of the descriptors 0 to 2 (<&-): else the next file or
// socket would get their number, and with it what is printed. Standard input is empty then, and
// what is printed fails.
void fill_standard_descriptors() noexcept;
// As many open files as the system lets this process have (the hard limit, at most 65536): a
// connection, a run of state and a partition take one each.
void allow_many_descriptors() noexcept;

template <class Call>
auto retried(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

}  // namespace flink::fs
