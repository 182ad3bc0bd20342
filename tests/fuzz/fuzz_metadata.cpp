// SPDX-License-Identifier: Apache-2.0
// _metadata behind a right checksum: what a faulty program may have written. What is read is
// written and read again.
#include <xxhash.h>

#include "checkpoint/metadata.h"
#include "fuzz/fuzz.h"
#include "unit/checkpoint/sample.h"

namespace flink::fuzz {
namespace {

const std::string directory = "/data/0000/chk-42";

std::string sealed(std::string_view body) {
  std::string out(body);
  const std::uint64_t sum = XXH3_64bits(body.data(), body.size());
  for (int i = 0; i < 8; ++i) out.push_back(static_cast<char>(sum >> (8 * i)));
  return out;
}

}  // namespace

// Without their checksums.
std::vector<std::string> seeds() {
  std::vector<std::string> out;
  for (const bool full : {true, false}) {
    const auto metadata = full ? checkpoint::test::sample(directory) : checkpoint::Metadata{};
    const std::string bytes = checkpoint::encode_metadata(metadata, directory);
    out.push_back(bytes.substr(0, bytes.size() - 8));
  }
  return out;
}

void run(std::string_view input) {
  const auto read = checkpoint::decode_metadata(sealed(input), directory + "/_metadata");
  const std::string again = checkpoint::encode_metadata(read, directory);
  const auto twice = checkpoint::decode_metadata(again, directory + "/_metadata");
  require(checkpoint::encode_metadata(twice, directory) == again, "metadata survives a round trip");
}

}  // namespace flink::fuzz
