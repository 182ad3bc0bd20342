// SPDX-License-Identifier: Apache-2.0
// flink_serialize --records N: Serializer<Order> over batches of 1,024 orders, into bytes and back
// into records that are used again, on one thread: what baseline/serialize.cpp does by hand.
#include <flink/types/serializer.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "records.h"

int main(int argc, char** argv) {
  std::uint64_t wanted = 10'000'000;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--records") == 0) wanted = std::strtoull(argv[i + 1], nullptr, 10);
  }
  constexpr std::size_t batch = 1024;
  std::vector<bench::Order> orders;
  for (std::size_t i = 0; i < batch; ++i) orders.push_back(bench::make_order(i));
  std::vector<bench::Order> decoded(batch);
  std::vector<char> bytes;
  std::uint64_t records = 0;
  std::uint64_t checksum = 0;
  while (records < wanted) {
    bytes.clear();
    {
      flink::ByteWriter out(bytes);
      for (const auto& order : orders) flink::Serializer<bench::Order>::write(out, order);
    }
    flink::ByteReader in(std::string_view(bytes.data(), bytes.size()));
    for (auto& order : decoded) {
      flink::Serializer<bench::Order>::read(in, order);
      checksum += bench::sum_of(order);
    }
    records += batch;
  }
  std::printf("{\"name\": \"serialize\", \"records\": %llu, \"checksum\": %llu}\n",
              static_cast<unsigned long long>(records), static_cast<unsigned long long>(checksum));
}
