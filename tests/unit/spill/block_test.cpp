// SPDX-License-Identifier: Apache-2.0
#include "spill/block.h"

#include <doctest/doctest.h>
#include <flink/error.h>

#include <string>

#include "base/random.h"
#include "unit/test_seed.h"

using namespace flink;
using namespace flink::spill;

namespace {

// From what does not compress at all to what is one byte over and over.
std::string random_text(base::SeededRandom& random, std::size_t size) {
  const auto letters = 1 + random.below(256);
  std::string text(size, '\0');
  for (auto& c : text) c = static_cast<char>(random.below(letters));
  return text;
}

std::string text_of(const BufferRef& buffer) { return {buffer->data(), buffer->size()}; }

std::string damage_of(std::string_view stored, std::size_t bytes_max = block_bytes_max) {
  try {
    decode_block(stored, bytes_max);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::transient);
    return error.message();
  }
  return "none";
}

}  // namespace

TEST_CASE("blocks are read back as they were written, by every codec") {
  const auto seed = flink::test::seed_or(20261130);
  CAPTURE(seed);
  base::SeededRandom random{seed};
  for (const Codec codec : {Codec::none, Codec::lz4, Codec::zstd}) {
    BlockEncoder encoder{codec};
    for (const std::size_t size : {0u, 1u, 2u, 100u, 32u * 1024u, 300'000u}) {
      const auto text = random_text(random, size);
      std::string out = "before";
      const auto bytes = encoder.encode(text, out);
      REQUIRE(out.size() == 6 + bytes);
      CHECK(bytes <= size + block_header_bytes);
      CHECK(text_of(decode_block(std::string_view{out}.substr(6))) == text);
    }
    std::string out;
    const std::string zeros(100'000, '\0');
    CHECK((encoder.encode(zeros, out) < 2000) == (codec != Codec::none));
  }
}

TEST_CASE("no byte of a block can be changed or cut off unseen") {
  const auto seed = flink::test::seed_or(20261130);
  CAPTURE(seed);
  base::SeededRandom random{seed};
  for (const Codec codec : {Codec::none, Codec::lz4, Codec::zstd}) {
    std::string stored;
    BlockEncoder{codec}.encode(std::string(200, 'x') + random_text(random, 50), stored);
    for (std::size_t at = 0; at < stored.size(); ++at) {
      auto changed = stored;
      changed[at] = static_cast<char>(changed[at] ^ (1 << random.below(8)));
      CHECK(damage_of(changed) != "none");
      CHECK(damage_of(std::string_view{stored}.substr(0, at)) != "none");
    }
    CHECK(damage_of(stored + "x") == "a block of it is damaged: its length is wrong");
    CHECK(damage_of(stored, 249) == "a block of it is damaged: it is larger than it can be");
    CHECK(damage_of(stored, 250) == "none");
  }
}

TEST_CASE("a codec is named as in Flink") {
  CHECK(codec_named("LZ4") == Codec::lz4);
  CHECK(codec_named("ZSTD") == Codec::zstd);
  CHECK(codec_named("NONE") == Codec::none);
  CHECK_THROWS_WITH_AS(codec_named("LZO"),
                       "taskmanager.network.compression.codec: 'LZO' is no codec here; "
                       "choose LZ4, ZSTD or NONE",
                       Error);
}
