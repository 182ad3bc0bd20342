// SPDX-License-Identifier: Apache-2.0
// Which channel the gate reads next, from channels that hold what the test puts into them.
#include "channels/input_gate.h"

#include <doctest/doctest.h>

#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "channel_fixture.h"

using namespace flink::channels;

namespace {

constexpr std::size_t batch_records = 1024;

// Has always a batch more.
class Endless final : public ChannelReader {
 public:
  void set_waker(flink::fiber::Waker) override {}
  std::optional<Element> poll() override {
    if (empty) return std::nullopt;
    return Element{test::make_batch(0, batch_records, "")};
  }
  std::optional<Barrier> poll_announced() override { return std::nullopt; }
  void want(std::size_t) override {}
  std::uint64_t bytes() const override { return 0; }

  bool empty = false;
};

struct Gate {
  explicit Gate(std::size_t channels) {
    std::vector<std::unique_ptr<ChannelReader>> readers;
    for (std::size_t c = 0; c < channels; ++c) {
      auto reader = std::make_unique<Endless>();
      inputs.push_back(reader.get());
      readers.push_back(std::move(reader));
    }
    gate = std::make_unique<InputGate>(std::move(readers));
  }
  // How many elements of each channel come in so many polls.
  std::vector<int> polled(int polls) {
    std::vector<int> counts(inputs.size());
    for (int i = 0; i < polls; ++i) {
      if (const auto got = gate->poll()) ++counts[got->channel];
    }
    return counts;
  }
  std::vector<Endless*> inputs;
  std::unique_ptr<InputGate> gate;
};

}  // namespace

TEST_CASE("channels take turns while none is behind") {
  Gate at{3};
  CHECK(at.polled(300) == std::vector{100, 100, 100});
  CHECK_FALSE(at.gate->leaves_some_alone());
}

TEST_CASE("a channel that is ahead is left alone for a while, and does not starve") {
  Gate at{2};
  at.gate->wait_for(0);
  const auto counts = at.polled(1000);
  CHECK(counts[0] > 2 * counts[1]);
  CHECK(counts[1] > 100);
  // It counts anew once nobody is behind.
  at.gate->wait_for(std::nullopt);
  CHECK(at.polled(100) == std::vector{50, 50});
}

TEST_CASE("nothing comes of the one that is behind: the others go on after some turns") {
  Gate at{2};
  at.inputs[0]->empty = true;
  at.gate->wait_for(0);
  int waited = 0, taken = 0;
  for (int i = 0; i < 10'000; ++i) {
    if (at.gate->poll()) ++taken;
    else if (++waited; !at.gate->leaves_some_alone()) break;  // it would sleep for ever
  }
  CHECK(taken + waited == 10'000);
  CHECK(waited > 0);
  CHECK(taken > 1000);
}

TEST_CASE("the one that is behind is blocked: it is not waited for") {
  Gate at{2};
  at.gate->block(0);
  at.gate->wait_for(0);
  CHECK(at.polled(1000) == std::vector{0, 1000});
}

TEST_CASE("another one falls behind: what was ahead is read again at once") {
  Gate at{2};
  at.gate->wait_for(0);
  while (!at.gate->leaves_some_alone()) at.gate->poll();
  at.gate->wait_for(1);
  CHECK_FALSE(at.gate->leaves_some_alone());
  CHECK(at.polled(2) == std::vector{1, 1});
}
