// SPDX-License-Identifier: Apache-2.0
// The slow and failing paths of ByteWriter and ByteReader, and of the serializers on top.
#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/types/bytes.h>
#include <flink/types/serializer.h>

namespace flink {

char* ByteWriter::grow_out(void* writer, std::size_t used, std::size_t wanted,
                           std::size_t& capacity) {
  auto& self = *static_cast<ByteWriter*>(writer);
  const bool outside = self.own_.empty();
  self.own_.resize(wanted);
  if (outside && used > 0) std::memcpy(self.own_.data(), self.begin_, used);
  capacity = wanted;
  return self.own_.data();
}

// Grows by what this writer has written so far: a short write after much that others wrote is
// cheap.
void ByteWriter::make_room(std::size_t size) {
  const auto used = static_cast<std::size_t>(pos_ - begin_);
  const std::size_t written = used - base_;
  std::size_t capacity = 0;
  begin_ = grow_(owner_, used, used + (size > written ? size : written), capacity);
  FLINK_CHECK(capacity >= used + size, capacity, used, size);
  pos_ = begin_ + used;
  end_ = begin_ + capacity;
}

std::uint64_t ByteReader::long_varint(const char* what) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const std::uint64_t byte = u8(what);
    if (shift == 63 && byte > 1) break;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  fail(what);
}

void ByteReader::fail(const char* what) const {
  throw Error{ErrorKind::internal,
              detail::concat("serialized data is damaged or of another type: expected ", what,
                             " before byte ", position(), " of ", position() + remaining())};
}

void ByteReader::fail_end(const char* what, std::size_t size) const {
  throw Error{ErrorKind::internal,
              detail::concat("serialized data ends too early: expected ", what, " (", size,
                             " bytes) at byte ", position(), " of ", position() + remaining())};
}

void ByteReader::fail_length(const char* what, std::uint64_t count, std::size_t bytes_min) const {
  throw Error{
      ErrorKind::internal,
      detail::concat("serialized data is damaged or of another type: expected ", what,
                     " before byte ", position(), " of ", position() + remaining(), ", found ",
                     count, ", which would take at least ", bytes_min, " bytes each")};
}

namespace detail {

void fail_nesting() {
  throw Error{ErrorKind::user, concat("a value is nested more than ", nesting_max,
                                      " levels deep: flatten it, or the bytes read are damaged")};
}

void fail_valueless() {
  throw Error{ErrorKind::user,
              "a std::variant that lost its value (an exception while it was assigned) cannot be "
              "serialized"};
}

}  // namespace detail
}  // namespace flink
