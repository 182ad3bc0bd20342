// SPDX-License-Identifier: Apache-2.0
// Namespace: tells apart the states that one key has, such as those of its windows. Its bytes are
// those of Serializer<Window>; none: the void namespace, of what belongs to the key alone.
//
// Bytes and not a type, since the engine is compiled once and only compares, hashes and writes
// them; up to 23 (a time window takes 16) lie in the row itself, so that comparing two is comparing
// three words. A value type; any thread.
#pragma once

#include <flink/base/memory.h>
#include <flink/types/key_hash.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace flink::state {

class Namespace {
 public:
  Namespace() = default;
  explicit Namespace(std::string_view bytes) {
    if (bytes.size() > inline_max) {
      auto copy = std::make_unique<char[]>(bytes.size());
      std::memcpy(copy.get(), bytes.data(), bytes.size());
      words_[0] = reinterpret_cast<std::uintptr_t>(copy.release());
      words_[1] = bytes.size();
      words_[2] = long_mark;
    } else if (!bytes.empty()) {
      std::memcpy(words_, bytes.data(), bytes.size());
      words_[2] |= std::uint64_t{bytes.size()} << 56;
    }
  }
  Namespace(const Namespace& other) {
    if (other.is_long()) [[unlikely]] {
      Namespace copy(other.view());
      swap(copy);
    } else {
      std::memcpy(words_, other.words_, sizeof(words_));
    }
  }
  Namespace(Namespace&& other) noexcept { swap(other); }
  Namespace& operator=(Namespace other) noexcept {
    swap(other);
    return *this;
  }
  ~Namespace() {
    if (is_long()) [[unlikely]]
      std::unique_ptr<char[]>{reinterpret_cast<char*>(words_[0])}.reset();
  }

  bool is_void() const noexcept { return words_[2] == 0; }
  std::string_view view() const noexcept {
    return is_long() ? std::string_view{bytes(), words_[1]}
                     : std::string_view{reinterpret_cast<const char*>(words_), words_[2] >> 56};
  }
  // Beside the object itself.
  std::size_t heap_bytes() const noexcept { return is_long() ? words_[1] + 16 : 0; }
  // That of a row of this namespace; the key's own in the void namespace.
  std::uint64_t row_hash(std::uint64_t key_hash) const noexcept {
    return row_hash(key_hash, hash());
  }
  // Where many keys are in one namespace, its part is found once.
  static std::uint64_t row_hash(std::uint64_t key_hash, std::uint64_t namespace_hash) noexcept {
    return namespace_hash == 0 ? key_hash : flink::detail::combine_hash(key_hash, namespace_hash);
  }
  std::uint64_t hash() const noexcept {  // 0: it is void
    if (is_void()) return 0;
    using flink::detail::combine_hash;
    const std::uint64_t hash = is_long()
                                   ? flink::detail::hash_bytes(bytes(), words_[1])
                                   : combine_hash(combine_hash(words_[0], words_[1]), words_[2]);
    return hash != 0 ? hash : 1;
  }
  friend bool operator==(const Namespace& a, const Namespace& b) noexcept {
    if (a.words_[2] != b.words_[2]) return false;
    if (a.is_long()) [[unlikely]]
      return a.view() == b.view();
    return ((a.words_[0] ^ b.words_[0]) | (a.words_[1] ^ b.words_[1])) == 0;
  }

 private:
  static constexpr std::size_t inline_max = 23;
  static constexpr std::uint64_t long_mark = std::uint64_t{0xFF} << 56;
  bool is_long() const noexcept { return words_[2] == long_mark; }
  const char* bytes() const noexcept { return reinterpret_cast<const char*>(words_[0]); }
  void swap(Namespace& other) noexcept { std::swap(words_, other.words_); }

  // The bytes, and in the last one how many; or where they lie, how many, and the mark.
  std::uint64_t words_[3] = {};
};
static_assert(sizeof(Namespace) == 24);

}  // namespace flink::state
