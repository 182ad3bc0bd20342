// SPDX-License-Identifier: Apache-2.0
// Frames: whatever is encoded is parsed again, cut anywhere; whatever is not a frame is refused.
#include "channels/frame.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "base/random.h"

using namespace flink;
using namespace flink::channels;

namespace {

OutFrame data_frame(base::SeededRandom& random, std::size_t length) {
  OutFrame frame{make_ref<Buffer>(FrameHeader::bytes + length), FrameHeader::bytes + length};
  write_header({FrameKind::data, static_cast<std::uint8_t>(random.below(2)), 7,
                static_cast<std::uint32_t>(random.next()), static_cast<std::uint32_t>(length)},
               frame.buffer->data());
  for (std::size_t i = 0; i < length; ++i) {
    frame.buffer->data()[FrameHeader::bytes + i] = static_cast<char>(random.next());
  }
  return frame;
}

OutFrame random_frame(base::SeededRandom& random) {
  const auto number = static_cast<std::uint32_t>(random.below(1000));
  switch (random.below(10)) {
    case 0:
      return encode_hello({random.next(), random.next(), random.next()});
    case 1:
      return encode_open(number, {{1, 2, 3, 4, 5}, random.next()});
    case 2:
      return encode_close(number);
    case 3:
      return encode_credit(number, {static_cast<std::uint32_t>(random.next()),
                                    static_cast<std::uint32_t>(random.next()),
                                    static_cast<std::uint32_t>(random.next())});
    case 4:
      return encode_refuse(std::string(random.below(2000), 'x'));
    case 5:
      return encode_control(number, 1, Watermark{static_cast<std::int64_t>(random.next())});
    case 6:
      return encode_control(number, 2, WatermarkStatus{random.below(2) == 0});
    case 7:
      return encode_control(number, 3, Barrier{5, 6, 7, "s3://bucket/savepoints/x"});
    case 8:
      return encode_control(number, 4, EndOfPartition{});
    default:
      return data_frame(random, 1 + random.below(payload_bytes_max));
  }
}

std::string bytes_of(const OutFrame& frame) { return {frame.buffer->data(), frame.size}; }

void feed(FrameParser& parser, std::string_view& bytes, std::size_t size) {
  const auto room = parser.room();
  size = std::min({size, bytes.size(), room.size()});
  std::memcpy(room.data(), bytes.data(), size);
  parser.received(size);
  bytes.remove_prefix(size);
}

}  // namespace

TEST_CASE("a stream of frames, cut anywhere") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random{seed};
    std::vector<std::string> sent;
    std::string stream;
    for (int i = 0; i < 100; ++i) {
      sent.push_back(bytes_of(random_frame(random)));
      stream += sent.back();
    }
    FrameParser parser;
    std::vector<InFrame> kept;  // keeps blocks in use, as slow readers do
    std::size_t seen = 0;
    for (std::string_view left = stream; !left.empty();) {
      feed(parser, left, 1 + random.below(random.below(10) == 0 ? 100'000 : 500));
      while (auto frame = parser.next()) {
        char header[FrameHeader::bytes];
        write_header(frame->header, header);
        REQUIRE(seen < sent.size());
        CHECK(std::string(header, sizeof header) + std::string(frame->payload) == sent[seen]);
        ++seen;
        if (random.below(3) == 0) kept.push_back(std::move(*frame));
        if (random.below(20) == 0) kept.clear();
      }
    }
    CHECK(seen == sent.size());
  }
}

TEST_CASE("values survive") {
  FrameParser parser;
  const auto parsed = [&](const OutFrame& frame) {
    const auto bytes = bytes_of(frame);
    std::string_view left = bytes;
    feed(parser, left, bytes.size());
    return parser.next().value();
  };
  CHECK(decode_hello(parsed(encode_hello({1, 2, 3}))) == Hello{1, 2, 3});
  const auto open = decode_open(parsed(encode_open(9, {{1, -2, 3, 4, 5}, 77})));
  CHECK(open.id == ChannelId{1, -2, 3, 4, 5});
  CHECK(open.fingerprint == 77);
  const Credit credit{4'000'000'000u, 5, UINT32_MAX};
  CHECK(decode_credit(parsed(encode_credit(1, credit))) == credit);
  CHECK_THROWS_AS(decode_credit(parsed(encode_credit(1, {1, 1, 0}))), ProtocolError);
  const auto barrier =
      std::get<Barrier>(decode_control(parsed(encode_control(0, 0, Barrier{-1, 2, 3, "/a b"}))));
  CHECK(barrier.checkpoint_id == -1);
  CHECK(barrier.timestamp_millis == 2);
  CHECK(barrier.options == 3);
  CHECK(barrier.directory == "/a b");
  const auto announced = decode_barrier(parsed(encode_announce(3, Barrier{8, 2, 1, "x"})));
  CHECK(announced.checkpoint_id == 8);
  CHECK(announced.directory == "x");
  CHECK(std::get<Watermark>(decode_control(parsed(encode_control(0, 0, Watermark{INT64_MIN}))))
            .millis == INT64_MIN);
}

TEST_CASE("nonsense is refused") {
  struct Row {
    const char* what;
    std::size_t at;
    std::uint8_t value;
    const char* message;
  };
  const Row rows[] = {
      {"magic", 0, 0, "no frame"},
      {"kind 0", 4, 0, "unknown kind"},
      {"kind 200", 4, 200, "unknown kind"},
      {"flags", 5, 2, "unknown flags"},
      {"reserved", 6, 1, "unknown flags"},
      {"length over a frame", 17, 0xff, "cannot be"},
      {"length 2^31", 19, 0x80, "cannot be"},
  };
  base::SeededRandom random{1};
  for (const auto& row : rows) {
    CAPTURE(row.what);
    auto bytes = bytes_of(data_frame(random, 10));
    bytes[row.at] = static_cast<char>(row.value);
    FrameParser parser;
    std::string_view left = bytes;
    feed(parser, left, bytes.size());
    std::string message;
    try {
      parser.next();
    } catch (const ProtocolError& error) {
      message = error.what();
    }
    CHECK(message.find(row.message) != std::string::npos);
  }
}

TEST_CASE("random bytes never do harm") {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random{seed};
    std::string stream;
    for (int i = 0; i < 5; ++i) stream += bytes_of(random_frame(random));
    for (auto flips = 1 + random.below(4); flips > 0; --flips) {
      stream[random.below(std::min<std::size_t>(stream.size(), 200))] ^=
          static_cast<char>(1 << random.below(8));
    }
    FrameParser parser;
    try {
      for (std::string_view left = stream; !left.empty();) {
        feed(parser, left, left.size());
        while (auto frame = parser.next()) {
          switch (frame->header.kind) {
            case FrameKind::hello:
              decode_hello(*frame);
              break;
            case FrameKind::open:
              decode_open(*frame);
              break;
            case FrameKind::credit:
              decode_credit(*frame);
              break;
            case FrameKind::watermark:
            case FrameKind::status:
            case FrameKind::barrier:
            case FrameKind::end:
              decode_control(*frame);
              break;
            case FrameKind::announce:
              decode_barrier(*frame);
              break;
            default:
              break;
          }
        }
      }
    } catch (const ProtocolError&) {
    }
  }
}
