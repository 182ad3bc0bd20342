// SPDX-License-Identifier: Apache-2.0
// ByteWriter and ByteReader: what every serialized value goes through. Numbers are little-endian.
// ByteWriter writes into its own buffer, at the end of a caller's byte container, or wherever a
// Grow function says. ByteReader never owns: views it hands out point into the bytes it was given.
// Reading more than there is, or nonsense, throws Error{internal} that names what was expected.
// Each object: one thread.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace flink {

static_assert(std::endian::native == std::endian::little, "flinkc: little-endian machines only");

// Deepest nesting of one value: lists within structs within lists.
inline constexpr int nesting_max = 256;

namespace detail {
[[noreturn]] void fail_nesting();

// memcpy for what is mostly a word or two: no call below 17 bytes.
inline void copy_bytes(char* to, const char* from, std::size_t size) {
  if (size > 16) [[unlikely]] {
    std::memcpy(to, from, size);
  } else if (size >= 8) {
    std::uint64_t head, tail;
    std::memcpy(&head, from, 8);
    std::memcpy(&tail, from + size - 8, 8);
    std::memcpy(to, &head, 8);
    std::memcpy(to + size - 8, &tail, 8);
  } else if (size >= 4) {
    std::uint32_t head, tail;
    std::memcpy(&head, from, 4);
    std::memcpy(&tail, from + size - 4, 4);
    std::memcpy(to, &head, 4);
    std::memcpy(to + size - 4, &tail, 4);
  } else if (size > 0) {
    const char first = from[0], middle = from[size / 2], last = from[size - 1];
    to[0] = first;
    to[size / 2] = middle;
    to[size - 1] = last;
  }
}
}  // namespace detail

class ByteWriter {
 public:
  // Makes room: gives the buffer's new start, at least `wanted` bytes long, with the first `used`
  // bytes kept, and its length in `capacity`.
  using Grow = char* (*)(void* owner, std::size_t used, std::size_t wanted, std::size_t& capacity);

  ByteWriter() : ByteWriter(own_) {}
  // Appends to a std::string, std::vector<char>, std::vector<std::byte>, …: complete after finish()
  // or the destructor, not to be touched before.
  template <class Buffer>
  requires requires(Buffer& buffer) { buffer.resize(buffer.size()), buffer.data(); }
  explicit ByteWriter(Buffer& buffer)
      : owner_(&buffer), grow_(&grow_buffer<Buffer>), trim_(&trim_buffer<Buffer>) {
    static_assert(sizeof(*buffer.data()) == 1, "flinkc: ByteWriter appends to bytes");
    begin_ = reinterpret_cast<char*>(buffer.data());
    base_ = buffer.size();
    pos_ = end_ = begin_ + base_;
  }
  // Starts in the caller's memory, which outlives it; moves to its own buffer when that is full.
  ByteWriter(char* start, std::size_t capacity)
      : begin_(start), pos_(start), end_(start + capacity), owner_(this), grow_(&grow_out) {}
  ByteWriter(void* owner, Grow grow) : owner_(owner), grow_(grow) {}
  ByteWriter(const ByteWriter&) = delete;
  ByteWriter& operator=(const ByteWriter&) = delete;
  ~ByteWriter() { finish(); }

  void u8(std::uint8_t value) { *room(1) = static_cast<char>(value), ++pos_; }
  // The bytes of a number as they are: fixed(std::int32_t{1}) is 4 bytes.
  template <class Number>
  requires(std::is_arithmetic_v<Number> || std::is_same_v<Number, __int128> ||
           std::is_same_v<Number, unsigned __int128>) void fixed(Number value) {
    std::memcpy(room(sizeof(value)), &value, sizeof(value));
    pos_ += sizeof(value);
  }
  void fixed32(std::uint32_t value) { fixed(value); }
  void fixed64(std::uint64_t value) { fixed(value); }
  // Seven bits a byte, low ones first: lengths and other small numbers.
  void varint(std::uint64_t value) {
    char* at = room(10);
    while (value >= 0x80) {
      *at++ = static_cast<char>(value | 0x80);
      value >>= 7;
    }
    *at++ = static_cast<char>(value);
    pos_ = at;
  }
  void raw(const void* bytes, std::size_t size) {
    detail::copy_bytes(room(size), static_cast<const char*>(bytes), size);
    pos_ += size;
  }
  void raw(std::string_view bytes) { raw(bytes.data(), bytes.size()); }
  // A varint length and the bytes.
  void sized(std::string_view bytes) {
    char* at = room(bytes.size() + 10);
    if (bytes.size() < 0x80) [[likely]] {
      *at++ = static_cast<char>(bytes.size());
    } else {
      varint(bytes.size());
      at = pos_;
    }
    detail::copy_bytes(at, bytes.data(), bytes.size());
    pos_ = at + bytes.size();
  }

  // For formatters: `room(n)` gives space for n bytes at the end, `advance(m)` says how many count.
  char* room(std::size_t size) {
    if (static_cast<std::size_t>(end_ - pos_) < size) [[unlikely]]
      make_room(size);
    return pos_;
  }
  void advance(std::size_t size) { pos_ += size; }
  // Overwrites 4 bytes written earlier: a length known only afterwards.
  void patch32(std::size_t offset, std::uint32_t value) {
    std::memcpy(begin_ + base_ + offset, &value, sizeof(value));
  }

  // What this writer has written (not what the caller's container held before).
  std::size_t size() const { return static_cast<std::size_t>(pos_ - begin_) - base_; }
  const char* data() const { return begin_ + base_; }
  std::string_view view() const { return {data(), size()}; }
  // Forgets what was written; keeps the memory.
  void clear() { pos_ = begin_ + base_; }
  // Leaves a caller's container with exactly what was written; more may follow.
  void finish() {
    if (trim_ == nullptr) return;
    trim_(owner_, static_cast<std::size_t>(pos_ - begin_));
    end_ = pos_;
  }

  void enter() {
    if (++depth_ > nesting_max) [[unlikely]]
      detail::fail_nesting();
  }
  void leave() { --depth_; }

 private:
  template <class Buffer>
  static char* grow_buffer(void* owner, std::size_t, std::size_t wanted, std::size_t& capacity) {
    auto& buffer = *static_cast<Buffer*>(owner);
    buffer.resize(wanted > 256 ? wanted : 256);
    capacity = buffer.size();
    return reinterpret_cast<char*>(buffer.data());
  }
  template <class Buffer>
  static void trim_buffer(void* owner, std::size_t used) {
    static_cast<Buffer*>(owner)->resize(used);
  }
  static char* grow_out(void* writer, std::size_t used, std::size_t wanted, std::size_t& capacity);
  void make_room(std::size_t size);

  char* begin_ = nullptr;
  char* pos_ = nullptr;
  char* end_ = nullptr;
  std::size_t base_ = 0;  // bytes that were in the caller's container before
  void* owner_;
  Grow grow_;
  void (*trim_)(void* owner, std::size_t used) = nullptr;
  int depth_ = 0;
  std::string own_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes)
      : begin_(bytes.data()), pos_(bytes.data()), end_(bytes.data() + bytes.size()) {}
  ByteReader(const void* bytes, std::size_t size)
      : ByteReader(std::string_view{static_cast<const char*>(bytes), size}) {}

  std::uint8_t u8(const char* what = "a byte") {
    need(1, what);
    return static_cast<std::uint8_t>(*pos_++);
  }
  template <class Number>
  Number fixed(const char* what = "a number") {
    need(sizeof(Number), what);
    Number value;
    std::memcpy(&value, pos_, sizeof(value));
    pos_ += sizeof(value);
    return value;
  }
  std::uint32_t fixed32(const char* what = "a number") { return fixed<std::uint32_t>(what); }
  std::uint64_t fixed64(const char* what = "a number") { return fixed<std::uint64_t>(what); }
  std::uint64_t varint(const char* what = "a variable-length number") {
    if (pos_ < end_ && static_cast<signed char>(*pos_) >= 0) [[likely]] {
      return static_cast<std::uint64_t>(*pos_++);
    }
    return long_varint(what);
  }
  // A count of things that take at least bytes_min each: refused when they cannot all be there.
  std::size_t length(const char* what, std::size_t bytes_min = 1) {
    const std::uint64_t count = varint(what);
    if (count > remaining() / bytes_min) [[unlikely]]
      fail_length(what, count, bytes_min);
    return count;
  }
  std::string_view bytes(std::size_t size, const char* what = "bytes") {
    need(size, what);
    const char* at = pos_;
    pos_ += size;
    return {at, size};
  }
  std::string_view sized(const char* what = "a string") { return bytes(length(what), what); }
  void raw(void* to, std::size_t size, const char* what = "bytes") {
    need(size, what);
    if (size > 0) std::memcpy(to, pos_, size);
    pos_ += size;
  }
  void skip(std::size_t size) { bytes(size); }

  std::size_t position() const { return static_cast<std::size_t>(pos_ - begin_); }
  std::size_t remaining() const { return static_cast<std::size_t>(end_ - pos_); }
  bool at_end() const { return pos_ == end_; }

  // For readers that find a value that cannot be: "expected {what} at byte …".
  [[noreturn]] void fail(const char* what) const;

  void enter() {
    if (++depth_ > nesting_max) [[unlikely]]
      detail::fail_nesting();
  }
  void leave() { --depth_; }

 private:
  void need(std::size_t size, const char* what) const {
    if (remaining() < size) [[unlikely]]
      fail_end(what, size);
  }
  std::uint64_t long_varint(const char* what);
  [[noreturn]] void fail_end(const char* what, std::size_t size) const;
  [[noreturn]] void fail_length(const char* what, std::uint64_t count, std::size_t bytes_min) const;

  const char* begin_;
  const char* pos_;
  const char* end_;
  int depth_ = 0;
};

}  // namespace flink
