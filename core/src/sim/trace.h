// SPDX-License-Identifier: Apache-2.0
// The fingerprint of a simulated run: a 64-bit running hash over everything that happens, in order.
// Equal seeds must give equal traces, so nothing may enter that differs between two runs of one
// program: no pointers, no real time, no order of unordered containers.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace flink::sim {

class Trace {
 public:
  void add(std::uint64_t value) {
    hash_ = mix(hash_ ^ value);
    ++events_;
  }
  void add(std::string_view bytes) {
    std::uint64_t hash = hash_ ^ bytes.size();
    while (bytes.size() >= 8) {
      std::uint64_t word;
      std::memcpy(&word, bytes.data(), 8);
      hash = mix(hash ^ word);
      bytes.remove_prefix(8);
    }
    std::uint64_t rest = 0;
    std::memcpy(&rest, bytes.data(), bytes.size());
    hash_ = mix(hash ^ rest);
    ++events_;
  }
  // A named event with its numbers.
  template <class... Numbers>
  void event(std::string_view name, Numbers... numbers) {
    add(name);
    (add(static_cast<std::uint64_t>(numbers)), ...);
  }

  std::uint64_t hash() const { return hash_; }
  std::uint64_t events() const { return events_; }

 private:
  // MurmurHash3's finalizer: every bit of the input reaches every bit of the output.
  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 33)) * 0xff51afd7ed558ccdull;
    z = (z ^ (z >> 33)) * 0xc4ceb9fe1a85ec53ull;
    return (z ^ (z >> 33)) + 0x9e3779b97f4a7c15ull;
  }
  std::uint64_t hash_ = 0;
  std::uint64_t events_ = 0;
};

}  // namespace flink::sim
