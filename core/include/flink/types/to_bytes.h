// SPDX-License-Identifier: Apache-2.0
// A value as the bytes of its Serializer, and back.
#pragma once

#include <flink/types/bytes.h>
#include <flink/types/serializer.h>

#include <string>
#include <string_view>

namespace flink::detail {

template <class T>
std::string to_bytes(const T& value) {
  std::string bytes;
  ByteWriter writer{bytes};
  Serializer<T>::write(writer, value);
  writer.finish();
  return bytes;
}
template <class T>
T from_bytes(std::string_view bytes) {
  ByteReader reader{bytes};
  T value{};
  Serializer<T>::read(reader, value);
  return value;
}

}  // namespace flink::detail
