// SPDX-License-Identifier: Apache-2.0
// serialize: encodes batches of 1,024 orders into bytes and decodes them into records that are used
// again, on one thread, with an encoder written by hand for this struct.
#include <cstring>
#include <string_view>

#include "baseline.h"
#include "ring.h"

namespace bench {
namespace {

class Encoder {
 public:
  explicit Encoder(std::vector<char>& bytes) : bytes_(bytes) {}
  void encode(const Order& order) {
    const std::size_t items = order.items.size() * sizeof(std::int64_t);
    const std::size_t size = 8 + 4 + order.customer.size() + 8 + 4 + 1 + 4 + items;
    const std::size_t at = bytes_.size();
    bytes_.resize(at + size);
    char* out = bytes_.data() + at;
    put(out, order.id);
    put(out, static_cast<std::uint32_t>(order.customer.size()));
    std::memcpy(out, order.customer.data(), order.customer.size());
    out += order.customer.size();
    put(out, order.amount);
    put(out, order.quantity);
    put(out, order.paid);
    put(out, static_cast<std::uint32_t>(order.items.size()));
    if (items) std::memcpy(out, order.items.data(), items);
  }

 private:
  template <class T>
  static void put(char*& out, T value) {
    std::memcpy(out, &value, sizeof(T));
    out += sizeof(T);
  }
  std::vector<char>& bytes_;
};

class Decoder {
 public:
  Decoder(const char* begin, const char* end) : in_(begin), end_(end) {}
  bool decode(Order& order) {
    std::uint32_t length = 0;
    std::uint32_t count = 0;
    if (!get(order.id) || !get(length) || end_ - in_ < length) return false;
    order.customer.assign(in_, length);
    in_ += length;
    if (!get(order.amount) || !get(order.quantity) || !get(order.paid) || !get(count)) return false;
    if (static_cast<std::size_t>(end_ - in_) < count * sizeof(std::int64_t)) return false;
    order.items.resize(count);
    if (count) std::memcpy(order.items.data(), in_, count * sizeof(std::int64_t));
    in_ += count * sizeof(std::int64_t);
    return true;
  }

 private:
  template <class T>
  bool get(T& value) {
    if (static_cast<std::size_t>(end_ - in_) < sizeof(T)) return false;
    std::memcpy(&value, in_, sizeof(T));
    in_ += sizeof(T);
    return true;
  }
  const char* in_;
  const char* end_;
};

}  // namespace

Result serialize(const Arguments& arguments) {
  constexpr std::size_t batch = 1024;
  std::vector<Order> orders;
  for (std::size_t i = 0; i < batch; ++i) orders.push_back(make_order(i));
  std::vector<Order> decoded(batch);
  std::vector<char> bytes;
  Result result;
  while (result.records < arguments.records) {
    bytes.clear();
    Encoder encoder(bytes);
    for (const Order& order : orders) encoder.encode(order);
    Decoder decoder(bytes.data(), bytes.data() + bytes.size());
    for (Order& order : decoded) {
      if (!decoder.decode(order)) return {};
      result.checksum += sum_of(order);
    }
    result.records += batch;
  }
  return result;
}

}  // namespace bench
