// SPDX-License-Identifier: Apache-2.0
// What comes over a connection of the data plane: cut into frames, and then taken by a whole data
// plane with two readers. Input: a byte for where the bytes are cut, one for when the readers come,
// then what the other side sends.
#include <flink/error.h>

#include <deque>
#include <functional>

#include "channels/data_plane.h"
#include "channels/frame.h"
#include "fuzz/fuzz.h"

namespace flink::fuzz {
namespace {

using namespace channels;

struct Record {
  std::string text;
  std::vector<std::int64_t> numbers;
  std::optional<double> share;
};
struct Line {
  std::string_view text;
};

const RecordType& type_of(int edge) {
  return edge == 0 ? record_type<Record>() : record_type<Line>();
}
constexpr Hello greeting{1, 2, 3};

std::string bytes_of(const OutFrame& frame) { return {frame.buffer->data(), frame.size}; }

// The same frame by its meaning; a payload that means nothing to this layer stays.
std::string encoded(const InFrame& frame) {
  const auto& header = frame.header;
  switch (header.kind) {
    case FrameKind::hello:
      return bytes_of(encode_hello(decode_hello(frame)));
    case FrameKind::open:
      return bytes_of(encode_open(header.channel, decode_open(frame)));
    case FrameKind::credit:
      return bytes_of(encode_credit(header.channel, decode_credit(frame)));
    case FrameKind::watermark:
    case FrameKind::status:
    case FrameKind::barrier:
    case FrameKind::end:
      return bytes_of(encode_control(header.channel, header.sequence, decode_control(frame)));
    case FrameKind::announce:
      return bytes_of(encode_announce(header.channel, decode_barrier(frame)));
    case FrameKind::fetch:
      return bytes_of(encode_fetch(decode_fetch(frame)));
    case FrameKind::unfetch:
      return bytes_of(encode_unfetch(decode_unfetch(frame)));
    case FrameKind::unserved: {
      const auto unserved = decode_unserved(frame);
      return bytes_of(encode_unserved(unserved.id, unserved.why));
    }
    case FrameKind::refuse:
      return bytes_of(encode_refuse(frame.payload));
    default: {
      std::string out(FrameHeader::bytes, '\0');
      write_header(header, out.data());
      return out.append(frame.payload);
    }
  }
}

// What is parsed of a stream, and what ended it.
struct Parsed {
  std::vector<std::string> frames;
  std::string problem;
  friend bool operator==(const Parsed&, const Parsed&) = default;
};

Parsed parse(std::string_view stream, std::size_t piece) {
  Parsed out;
  FrameParser parser;
  try {
    while (!stream.empty()) {
      const auto room = parser.room();
      require(room.size() >= frame_bytes_max, "there is room for a frame");
      const auto size = std::min({piece, stream.size(), room.size()});
      stream.copy(room.data(), size);
      stream.remove_prefix(size);
      parser.received(size);
      while (const auto frame = parser.next()) {
        std::string bytes(FrameHeader::bytes, '\0');
        write_header(frame->header, bytes.data());
        out.frames.push_back(bytes.append(frame->payload));
        try {
          const auto payload = encoded(*frame).substr(FrameHeader::bytes);
          require(payload == frame->payload, "a frame survives a round trip");
        } catch (const ProtocolError&) {
        }
      }
    }
  } catch (const ProtocolError& error) {
    out.problem = error.what();
  }
  return out;
}

// The network's worker as a queue, and the one connection that comes in.
class OneConnection final : public base::Network {
 public:
  OneConnection(std::string_view stream, std::size_t piece)
      : state_(std::make_shared<State>(State{stream, piece})) {}

  std::unique_ptr<base::Listener> listen(
      const base::Address&,
      std::function<void(std::shared_ptr<base::Connection>)> accepted) override {
    accepted_ = std::move(accepted);
    return std::make_unique<Ear>();
  }
  void connect(
      const base::Address&,
      std::function<void(std::shared_ptr<base::Connection>, const std::string&)> done) override {
    done(nullptr, "nobody is there");
  }
  void post(std::function<void()> function) override {
    state_->posts.push_back(std::move(function));
  }

  void accept() { accepted_(std::make_shared<Stream>(state_)); }
  void run_posts() {
    while (!state_->posts.empty()) {
      const auto next = std::move(state_->posts.front());
      state_->posts.pop_front();
      next();
    }
  }
  // False: nothing more comes.
  bool step() {
    run_posts();
    if (!state_->done) return false;
    const auto size = std::min({state_->piece, state_->left.size(), state_->room.size()});
    state_->left.copy(state_->room.data(), size);
    state_->left.remove_prefix(size);
    std::exchange(state_->done, nullptr)(size, size == 0 ? "closed by peer" : "");
    run_posts();
    return true;
  }

 private:
  struct State {
    std::string_view left;
    std::size_t piece;
    std::deque<std::function<void()>> posts{};
    std::span<char> room{};
    base::Connection::Done done{};
  };
  struct Ear final : base::Listener {
    std::uint16_t port() const override { return 1; }
  };
  struct Stream final : base::Connection {
    explicit Stream(std::shared_ptr<State> shared) : state(std::move(shared)) {}
    void read(std::span<char> buffer, Done done) override {
      state->room = buffer;
      state->done = std::move(done);
    }
    void write(std::vector<std::span<const char>> pieces, Done done) override {
      std::size_t bytes = 0;
      for (const auto piece : pieces) bytes += piece.size();
      state->posts.emplace_back([done = std::move(done), bytes] { done(bytes, ""); });
    }
    void close() override { state->done = nullptr; }
    base::Address peer() const override { return {"peer", 1}; }
    std::shared_ptr<State> state;
  };

  std::shared_ptr<State> state_;
  std::function<void(std::shared_ptr<base::Connection>)> accepted_;
};

std::string written(const RecordType& type, const Batch& batch) {
  ByteWriter out;
  require(type.write(batch, 0, SIZE_MAX, out) == batch.size(), "a batch is written whole");
  return std::string{out.view()};
}

void check_batch(const RecordType& type, const Batch& batch) {
  require(batch.size() > 0, "a batch has records");
  batch.check_timestamps();
  const std::string bytes = written(type, batch);
  ByteReader in{bytes};
  const auto again = type.read(in, batch.size(), nullptr);
  require(in.at_end() && written(type, *again) == bytes, "a batch survives a round trip");
}

void feed_plane(std::string_view stream, std::size_t piece, unsigned readers_come_at) {
  OneConnection network{stream, piece};
  DataPlaneOptions options;
  options.job_high = greeting.job_high, options.job_low = greeting.job_low;
  options.epoch = greeting.epoch;
  options.record_bytes_max = 256 * 1024;
  DataPlane plane{network, options};
  std::unique_ptr<ChannelReader> readers[2];
  network.accept();
  bool more = true, come = false;
  for (unsigned step = 0; more; ++step) {
    more = network.step();
    for (const auto& reader : readers) {  // slow from time to time
      if (reader) reader->want(step % 3 == 0 ? 1 : 1000);
    }
    if (!std::exchange(come, come || step == readers_come_at || !more) && come) {
      for (int edge : {0, 1}) readers[edge] = plane.open_reader({edge, 0, 0, 0, 0}, type_of(edge));
      network.run_posts();
      more = true;
    }
    for (int edge : {0, 1}) {
      auto& reader = readers[edge];
      try {
        while (reader != nullptr) {
          const auto element = reader->poll();
          while (reader->poll_announced()) {
          }
          if (!element) break;
          if (const auto* batch = std::get_if<BatchRef>(&*element)) {
            require_no_error("a batch can be written and read",
                             [&] { check_batch(type_of(edge), **batch); });
          }
        }
      } catch (const Error&) {
        reader.reset();
      }
    }
  }
}

}  // namespace

std::vector<std::string> seeds() {
  auto records = make_ref<RecordBatch<Record>>();
  for (int i = 0; i < 5; ++i) records->emplace(Record{"text", {1, 2, i}, 0.5});
  auto lines = make_ref<RecordBatch<Line>>();
  const std::string large(20'000, 'x');
  for (int i = 0; i < 2; ++i) {
    lines->emplace(Line{large});
    lines->stamp(i);
  }
  const auto message = [](const RecordType& type, const Batch& batch) {
    const std::string body = written(type, batch);
    ByteWriter out;
    out.fixed32(static_cast<std::uint32_t>(batch.size()));
    out.fixed32(static_cast<std::uint32_t>(body.size()));
    out.raw(body);
    return std::string{out.view()};
  };
  const auto data = [](std::uint32_t channel, std::uint32_t sequence, bool more,
                       std::string_view payload) {
    std::string out(FrameHeader::bytes, '\0');
    write_header({FrameKind::data, more ? FrameHeader::more : std::uint8_t{0}, channel, sequence,
                  static_cast<std::uint32_t>(payload.size())},
                 out.data());
    return out.append(payload);
  };
  const auto open = [](std::uint32_t number) {
    const auto edge = static_cast<std::int32_t>(number);
    return bytes_of(encode_open(number, {{edge, 0, 0, 0, 0}, type_of(edge).fingerprint()}));
  };
  const std::string hello = bytes_of(encode_hello(greeting)) + open(0);
  const std::string whole = message(type_of(0), *records), cut = message(type_of(1), *lines);
  const auto control = [](std::uint32_t channel, std::uint32_t sequence, const Element& element) {
    return bytes_of(encode_control(channel, sequence, element));
  };
  const std::vector<std::string> streams{
      hello + data(0, 0, false, whole) + control(0, 1, Watermark{77}) + data(0, 2, false, whole) +
          control(0, 3, EndOfPartition{}) + bytes_of(encode_close(0)),
      hello + open(1) + data(1, 0, true, std::string_view{cut}.substr(0, 30'000)) +
          data(1, 1, false, std::string_view{cut}.substr(30'000)) +
          control(0, 0, WatermarkStatus{true}),
      hello + bytes_of(encode_announce(0, Barrier{8, 2, 1, "x"})) +
          control(0, 0, Barrier{8, 2, 1, "/savepoints/x"}) + data(0, 1, false, whole),
      hello + bytes_of(encode_fetch({{0, 1, 2, 3, 4}, {"localhost", 1234}})) +
          bytes_of(encode_unfetch({0, 1, 2, 3, 4})) +
          bytes_of(encode_unserved({0, 1, 2, 3, 4}, "it is gone")),
      hello + bytes_of(encode_credit(0, {9, 8, 7})) + bytes_of(encode_refuse("another job")),
  };
  std::vector<std::string> out;
  for (const auto& stream : streams) {
    for (const char piece : {'\x01', '\x10', '\x7f'}) {
      for (const char come_at : {'\0', '\x03', '\x7f'}) {
        out.push_back(std::string{piece, come_at} + stream);
      }
    }
  }
  return out;
}

void run(std::string_view input) {
  if (input.size() < 2) return;
  const std::size_t piece = std::size_t{16} << (static_cast<unsigned char>(input[0]) % 16);
  const auto stream = input.substr(2);
  const auto parsed = parse(stream, piece);
  std::string joined;
  for (const auto& frame : parsed.frames) joined += frame;
  require(stream.starts_with(joined), "frames are the bytes that came");
  require(parse(stream, 4096) == parsed, "frames are the same however they are cut");
  feed_plane(stream, piece, static_cast<unsigned char>(input[1]));
}

}  // namespace flink::fuzz
