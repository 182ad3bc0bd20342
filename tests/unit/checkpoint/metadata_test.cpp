// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/metadata.h"

#include <doctest/doctest.h>
#include <flink/error.h>
#include <flink/types/schema.h>
#include <flink/types/serializer.h>
#include <xxhash.h>

#include "unit/checkpoint/sample.h"

namespace flink::checkpoint {
namespace {

const std::string chk = "/data/0000/chk-42";

// What decode_metadata() says of these bytes; empty: it takes them.
std::string refusal(std::string_view bytes) {
  try {
    decode_metadata(bytes, chk + "/_metadata");
    return {};
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::user);
    return error.message();
  }
}

void reseal(std::string& bytes) {
  const auto sum = XXH3_64bits(bytes.data(), bytes.size() - 8);
  for (int i = 0; i < 8; ++i) {
    bytes[bytes.size() - 8 + static_cast<std::size_t>(i)] = static_cast<char>(sum >> (8 * i));
  }
}

TEST_CASE("metadata survives the way there and back") {
  const auto written = test::sample(chk);
  const auto read = decode_metadata(encode_metadata(written, chk), chk + "/_metadata");
  CHECK(read.job() == written.job());
  CHECK(read.job_name == "words");
  CHECK(read.checkpoint_id == 42);
  CHECK(read.epoch == 3);
  REQUIRE(read.operators.size() == 2);
  CHECK(read.operators[0].coordinator == written.operators[0].coordinator);
  CHECK(read.operators[0].subtasks[1].finished);
  CHECK(read.operators[0].subtasks[0].state.operator_state.at("SourceReaderState").items ==
        std::vector<std::string>{"a.txt:17", "b.txt:0"});
  CHECK(read.operators[1].subtasks[1].state.keyed.groups.first == 64);
  CHECK(files_of(read) == files_of(written));
  CHECK(read.operators[1].has_state());
  CHECK(!read.operators[1].fully_finished());
}

TEST_CASE("a moved checkpoint finds its files") {
  auto metadata = test::sample(chk);
  metadata.operators[1].subtasks[0].state.keyed.runs[0].file.path = "/data/0000/shared/x";
  metadata.operators[1].subtasks[1].state.keyed.runs.push_back(
      {test::run_file("/elsewhere/y"), {64, 127}});
  const auto bytes = encode_metadata(metadata, chk);
  CHECK(bytes.find("/data/") == std::string::npos);
  CHECK(files_of(decode_metadata(bytes, "/moved/job/chk-42/_metadata")) ==
        std::set<std::string>{"/moved/job/shared/x", "/moved/job/chk-42/run-2-1", "/elsewhere/y",
                              "/moved/job/chk-42/lists", "/moved/job/chk-42/channels"});
}

TEST_CASE("every cut and every flipped bit is refused") {
  const auto bytes = encode_metadata(test::sample(chk), chk);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    CAPTURE(length);
    CHECK(!refusal(std::string_view{bytes}.substr(0, length)).empty());
  }
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    CAPTURE(at);
    for (int bit = 0; bit < 8; ++bit) {
      auto flipped = bytes;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      CHECK(!refusal(flipped).empty());
    }
  }
  CHECK(!refusal(bytes + "x").empty());
  CHECK(refusal(bytes).empty());
}

TEST_CASE("refusals say what and what to do") {
  const auto bytes = encode_metadata(test::sample(chk), chk);
  CHECK(refusal("") ==
        "cannot restore from '/data/0000/chk-42/_metadata': the file is empty; take "
        "an earlier checkpoint or savepoint");
  CHECK(refusal("PK\3\4 something else entirely, and long").find("is not the _metadata of") !=
        std::string::npos);
  CHECK(refusal("\x49\x60\x67\x2d and so on").find("written by Apache Flink") != std::string::npos);
  CHECK(refusal(bytes.substr(0, 100)).find("damaged or cut short") != std::string::npos);
  auto newer = bytes;
  newer[8] = 9;
  reseal(newer);
  CHECK(refusal(newer).find("format 9 of a newer version; this one reads up to 2") !=
        std::string::npos);
  auto other = bytes;
  other[24 + 1] = 'X';  // a field's name in the schema
  reseal(other);
  CHECK(refusal(other).find("it has fields of another version; build the job with") !=
        std::string::npos);
}

// As a version before would have written it: two fields less, a narrower one, others elsewhere.
struct OlderMetadata {
  std::uint64_t job_low = 0x5678, job_high = 0x1234;
  std::string job_name = "words";
  std::int32_t checkpoint_id = 42;
  std::uint64_t epoch = 3;
  std::int64_t triggered_millis = 5;
  std::uint64_t graph_fingerprint = 0;
  std::vector<OperatorState> operators;
};

TEST_CASE("files of older versions are read") {
  OlderMetadata older;
  older.operators = test::sample(chk).operators;
  ByteWriter content;
  Serializer<OlderMetadata>::write(content, older);
  const auto schema = schema_of<OlderMetadata>();
  auto bytes = encode_metadata({}, chk).substr(0, 12);
  ByteWriter rest;
  rest.fixed32(static_cast<std::uint32_t>(schema.size()));
  rest.fixed64(content.size());
  rest.raw(schema);
  rest.raw(content.view());
  rest.fixed64(0);
  bytes += rest.view();
  reseal(bytes);
  const auto read = decode_metadata(bytes, chk + "/_metadata");
  CHECK(read.job() == base::JobId{0x1234, 0x5678});
  CHECK(read.checkpoint_id == 42);
  CHECK(!read.savepoint);
  CHECK(read.triggered_millis == 5);
  CHECK(files_of(read) == files_of(test::sample(chk)));
}

// A faulty program's file with a right checksum must not crash the reader or take all memory.
TEST_CASE("garbage behind a right checksum") {
  const auto good = encode_metadata(test::sample(chk), chk);
  base::SeededRandom random{7};
  for (int round = 0; round < 3000; ++round) {
    CAPTURE(round);
    auto bytes = good;
    const auto content = bytes.size() - 8;
    for (auto left = 1 + random.below(4); left > 0; --left) {
      bytes[random.below(content)] = static_cast<char>(random.next());
    }
    reseal(bytes);
    (void)refusal(bytes);
  }
}

TEST_CASE("parents of paths") {
  CHECK(parent_of("/a/b") == "/a");
  CHECK(parent_of("/a") == "/");
  CHECK(parent_of("a") == ".");
}

}  // namespace
}  // namespace flink::checkpoint
