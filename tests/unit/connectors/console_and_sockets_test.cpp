// SPDX-License-Identifier: Apache-2.0
// print() and sockets: whole lines in order, prefixes, ends and errors. The sockets are scripted;
// their callbacks come at once.
#include <doctest/doctest.h>
#include <flink/connectors/print_sink.h>
#include <flink/connectors/socket/socket_sink.h>
#include <flink/connectors/socket/socket_source.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>

#include "base/network.h"
#include "unit/connectors/harness.h"

namespace flink::test {
namespace {

struct Wire final : base::Connection {
  void read(std::span<char> buffer, Done done) override {
    room = buffer;
    reading = std::move(done);
    feed_on();
  }
  void write(std::vector<std::span<const char>> pieces, Done done) override {
    std::size_t bytes = 0;
    for (const auto& piece : pieces) {
      sent.append(piece.data(), piece.size());
      bytes += piece.size();
    }
    ++writes;
    done(write_error.empty() ? bytes : 0, write_error);
  }
  void close() override { closed = true; }
  base::Address peer() const override { return {"peer", 1}; }
  void feed(std::string_view bytes) {
    coming += bytes;
    feed_on();
  }
  void end(const std::string& error) {
    ending = error;
    feed_on();
  }
  void feed_on() {
    while (reading && !coming.empty()) {
      const std::size_t count = std::min(room.size(), coming.size());
      coming.copy(room.data(), count);
      coming.erase(0, count);
      std::exchange(reading, nullptr)(count, {});
    }
    if (reading && !ending.empty()) std::exchange(reading, nullptr)(0, ending);
  }
  std::string sent, coming, ending, write_error;
  int writes = 0;
  bool closed = false;
  std::span<char> room;
  Done reading;
};

struct ScriptedNetwork final : base::Network {
  std::unique_ptr<base::Listener> listen(
      const base::Address&, std::function<void(std::shared_ptr<base::Connection>)>) override {
    return nullptr;
  }
  void connect(
      const base::Address& to,
      std::function<void(std::shared_ptr<base::Connection>, const std::string&)> done) override {
    address = to;
    if (!connect_error.empty()) return done(nullptr, connect_error);
    wire = std::make_shared<Wire>();
    done(wire, {});
  }
  void post(std::function<void()> function) override { function(); }
  base::Address address;
  std::shared_ptr<Wire> wire;
  std::string connect_error;
};

// A sink's operator with that network.
template <class T>
struct Written {
  template <class S>
  Written(FakeJob& job, S sink, base::Network* network, int subtask = 0, int subtasks = 1)
      : context(job, output, subtask, subtasks, 0) {
    context.sockets = network;
    detail::install_sink(std::make_shared<const S>(std::move(sink)), transformation);
    writer = transformation.make_operator();
    writer->open(context);
  }
  void write(const std::vector<T>& records) {
    auto batch = make_ref<RecordBatch<T>>();
    for (const T& record : records) batch->emplace(record);
    BatchRef erased{batch.release()};
    writer->process(0, erased);
  }
  NoOutput output;
  FakeOperatorContext context;
  Transformation transformation;
  std::unique_ptr<Operator> writer;
};

// What `f` writes to that descriptor.
template <class F>
std::string captured(int descriptor, F f) {
  std::fflush(nullptr);
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  const int before = ::dup(descriptor);
  ::dup2(::fileno(file), descriptor);
  f();
  ::dup2(before, descriptor);
  ::close(before);
  std::string text(static_cast<std::size_t>(std::ftell(file)) + 65536, '\0');
  std::rewind(file);
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

struct Word {
  std::string word;
  int count = 0;
};

TEST_CASE("print: a line a record, who wrote it in front") {
  FakeJob job;
  ScriptedNetwork network;
  const auto printed = [&](PrintSink<Word> sink, int subtask, int subtasks, int descriptor) {
    return captured(descriptor, [&] {
      Written<Word> written{job, std::move(sink), &network, subtask, subtasks};
      written.write({{"a", 1}, {"b", 2}});
      written.writer->prepare_snapshot(1);
      CHECK(written.writer->snapshot(1).empty());
      written.writer->finish();
      written.writer->close();
    });
  };
  CHECK(printed(PrintSink<Word>{}, 0, 1, 1) == "(a,1)\n(b,2)\n");
  CHECK(printed(PrintSink<Word>{}, 1, 2, 1) == "2> (a,1)\n2> (b,2)\n");
  CHECK(printed(PrintSink<Word>{"id"}, 0, 1, 1) == "id> (a,1)\nid> (b,2)\n");
  CHECK(printed(PrintSink<Word>{"id", true}, 1, 3, 2) == "id:2> (a,1)\nid:2> (b,2)\n");
}

TEST_CASE("print: more than a pipe takes at once goes in whole lines") {
  FakeJob job;
  ScriptedNetwork network;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  std::fflush(nullptr);
  const int before = ::dup(1);
  ::dup2(ends[1], 1);
  ::close(ends[1]);
  std::string expected;
  {
    Written<std::string> written{job, PrintSink<std::string>{}, &network};
    for (int i = 0; i < 50; ++i) {
      written.write({std::string(500, static_cast<char>('a' + i % 26)), std::to_string(i)});
      expected +=
          std::string(500, static_cast<char>('a' + i % 26)) + "\n" + std::to_string(i) + "\n";
    }
  }
  ::dup2(before, 1);
  ::close(before);
  std::string text(expected.size() + 1000, '\0');
  std::size_t size = 0;
  for (ssize_t got = 1; got > 0; size += static_cast<std::size_t>(got)) {
    got = ::read(ends[0], text.data() + size, text.size() - size);
    REQUIRE(got >= 0);
  }
  ::close(ends[0]);
  text.resize(size);
  CHECK(text == expected);
}

TEST_CASE("socket sink: lines in order, sent with their batch and before a checkpoint") {
  FakeJob job;
  ScriptedNetwork network;
  {
    Written<Word> written{job, SocketSink<Word>{"host", 99}, &network};
    CHECK(network.address == base::Address{"host", 99});
    written.write({{"a", 1}, {"b", 2}});
    CHECK(network.wire->sent == "(a,1)\n(b,2)\n");
    CHECK(network.wire->writes == 1);
    written.writer->prepare_snapshot(1);
    CHECK(network.wire->writes == 1);
    network.wire->write_error = "connection reset";
    CHECK(contains(error_of([&] {
                     written.write({{"c", 3}});
                   }),
                   "socket sink host:99: connection reset"));
    written.writer->close();
    CHECK(network.wire->closed);
    CHECK(written.transformation.parallelism_fixed_to_one);
  }
  network.connect_error = "connection refused";
  CHECK(contains(error_of([&] {
                   Written<Word>(job, SocketSink<Word>{"host", 99}, &network);
                 }),
                 "host:99: connection refused"));
  CHECK(contains(error_of([&] {
                   Written<Word>(job, SocketSink<Word>{"host", 99}, nullptr);
                 }),
                 "no sockets under simulation"));
}

TEST_CASE("socket source: lines as they come, the last one without an end") {
  FakeJob job;
  ScriptedNetwork network;
  CollectOutput<std::string, std::string> output;
  FakeOperatorContext context{job, output, 0, 1, 0};
  context.sockets = &network;
  Transformation transformation;
  detail::install_source(std::make_shared<const SocketTextSource>("host", 5), transformation);
  CHECK_FALSE(transformation.bounded);
  CHECK(transformation.parallelism_fixed_to_one);
  const auto source = transformation.make_source();
  source->open(context);
  CHECK(source->poll() == InputStatus::nothing_available);
  network.wire->feed("one\r\ntw");
  source->poll();
  CHECK(source->snapshot(1).at("SourceReaderState").items.empty());
  network.wire->feed("o\nthree");
  source->poll();
  CHECK(output.records == std::vector<std::string>{"one", "two"});
  network.wire->end("closed by peer");
  InputStatus status = InputStatus::more_available;
  for (int turn = 0; turn < 3 && status != InputStatus::end_of_input; ++turn)
    status = source->poll();
  CHECK(status == InputStatus::end_of_input);
  CHECK(output.records == std::vector<std::string>{"one", "two", "three"});
  source->close();

  // A connection that breaks is an error, not an end.
  const auto broken = transformation.make_source();
  broken->open(context);
  network.wire->feed("four\n");
  network.wire->end("connection reset");
  CHECK(contains(error_of([&] {
                   for (int turn = 0; turn < 3; ++turn) broken->poll();
                 }),
                 "socket source host:5: connection reset"));
  broken->close();
}

TEST_CASE("socket source: a flood is held back, not kept") {
  FakeJob job;
  ScriptedNetwork network;
  CollectOutput<std::string, std::string> output;
  FakeOperatorContext context{job, output, 0, 1, 0};
  context.sockets = &network;
  Transformation transformation;
  detail::install_source(std::make_shared<const SocketTextSource>("host", 5, ';'), transformation);
  const auto source = transformation.make_source();
  source->open(context);
  std::string flood;
  for (int i = 0; i < 300'000; ++i) flood += "record " + std::to_string(i) + ";";
  network.wire->feed(flood);
  CHECK(network.wire->coming.size() > flood.size() / 2);
  while (output.records.size() < 300'000) {
    REQUIRE(source->poll() != InputStatus::end_of_input);
  }
  CHECK(output.records.back() == "record 299999");
  source->close();
}

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

TEST_CASE("socket source: a line that comes in small pieces is looked at once") {
  FakeJob job;
  ScriptedNetwork network;
  CollectOutput<std::string, std::string> output;
  FakeOperatorContext context{job, output, 0, 1, 0};
  context.sockets = &network;
  Transformation transformation;
  detail::install_source(std::make_shared<const SocketTextSource>("host", 5), transformation);
  const auto source = transformation.make_source();
  source->open(context);
  const double before = cpu_seconds();
  const std::string piece(1000, 'x');
  for (int i = 0; i < 30'000; ++i) {  // 30 MB: 450 GB to look at when each piece starts over
    network.wire->feed(piece);
    source->poll();
    REQUIRE(cpu_seconds() - before < 5);
  }
  network.wire->feed("\nnext\n");
  source->poll();
  REQUIRE(output.records.size() == 2);
  CHECK(output.records[0].size() == 30'000'000);
  CHECK(output.records[1] == "next");
  source->close();
}

}  // namespace
}  // namespace flink::test
