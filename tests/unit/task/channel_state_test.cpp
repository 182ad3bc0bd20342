// SPDX-License-Identifier: Apache-2.0
// What an unaligned checkpoint records of its channels, step by step: nothing gets past it, however
// late a record comes, and whatever became of the checkpoint before.
#include "task/channel_state.h"

#include <doctest/doctest.h>

#include <deque>
#include <memory>
#include <vector>

namespace flink::task {
namespace {

using channels::Barrier;
using channels::Element;

BatchRef record(std::int64_t number) {
  auto batch = make_ref<RecordBatch<std::int64_t>>(1);
  batch->emplace(number);
  return batch;
}

std::int64_t number_of(const BatchRef& batch) {
  return static_cast<const RecordBatch<std::int64_t>&>(*batch).records()[0];
}

class FakeReader final : public channels::ChannelReader {
 public:
  explicit FakeReader(std::deque<Element>& elements) : elements_(elements) {}
  void set_waker(fiber::Waker) override {}
  std::optional<Element> poll() override {
    if (elements_.empty()) return std::nullopt;
    Element element = std::move(elements_.front());
    elements_.pop_front();
    return element;
  }
  std::optional<Barrier> poll_announced() override { return std::nullopt; }
  void want(std::size_t) override {}
  std::uint64_t bytes() const override { return 0; }

 private:
  std::deque<Element>& elements_;
};

// Two channels, and what the task does with them.
struct Task {
  std::deque<Element> in[2];
  channels::InputGate gate{readers()};
  channels::BarrierHandler barriers{{true, true}, {}};
  ChannelRecorder recorder{gate, barriers, {ChannelOrigin{}, ChannelOrigin{}}};
  std::vector<std::int64_t> processed;
  std::int64_t taken = -1;                 // newest checkpoint
  std::vector<std::int64_t> before_taken;  // what was processed before
  std::int64_t recorded = -1;
  std::vector<std::int64_t> records;  // of `recorded`

  std::vector<std::unique_ptr<channels::ChannelReader>> readers() {
    std::vector<std::unique_ptr<channels::ChannelReader>> made;
    for (auto& elements : in) made.push_back(std::make_unique<FakeReader>(elements));
    return made;
  }
  void obey(const channels::BarrierActions& actions) {
    if (actions.unblock_all) gate.unblock_all();
    if (actions.block) gate.block(*actions.block);
    if (actions.recorded) {
      recorded = *actions.recorded;
      records.clear();
      for (const auto& channel : recorder.take()) {
        for (const auto& element : channel.elements) {
          if (const auto* batch = std::get_if<BatchRef>(&element)) {
            records.push_back(number_of(*batch));
          } else {
            records.push_back(-std::get<channels::Watermark>(element).millis);
          }
        }
      }
    }
    for (const auto& trigger : actions.triggers) {
      taken = trigger.barrier.checkpoint_id;
      before_taken = processed;
      if (trigger.unaligned) recorder.start();
    }
  }
  void take_in() {
    if (!barriers.recording_any()) return;
    while (const auto answer = recorder.take_in(0)) obey(*answer);
  }
  // False: there was nothing.
  bool process_one() {
    auto got = gate.poll(&barriers);
    if (!got) return false;
    if (const auto* batch = std::get_if<BatchRef>(&got->element)) {
      processed.push_back(number_of(*batch));
    } else if (const auto* barrier = std::get_if<Barrier>(&got->element)) {
      obey(barriers.barrier(got->channel, *barrier, 0));
    }
    return true;
  }
  void run() {
    do take_in();
    while (process_one());
  }
};

using Numbers = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("recorder: a record that comes between recording and processing waits to be recorded") {
  Task task;
  const Barrier first{1, 0, Barrier::unaligned, {}};
  task.obey(task.barriers.announced(0, first, 0));
  CHECK(task.taken == 1);
  task.take_in();
  task.in[0].push_back(record(7));  // another thread
  CHECK(!task.process_one());
  task.take_in();
  CHECK(task.process_one());
  task.in[0].push_back(first);
  task.in[1].push_back(first);
  task.run();
  CHECK(task.processed == Numbers{7});
  CHECK(task.recorded == 1);
  CHECK(task.records == Numbers{7});
}

TEST_CASE("recorder: watermarks keep their places among the records") {
  Task task;
  const Barrier first{1, 0, Barrier::unaligned, {}};
  task.in[0] = {record(1), channels::Watermark{50}, record(2), first};
  task.in[1] = {channels::Watermark{60}, first};
  task.obey(task.barriers.announced(0, first, 0));
  task.run();
  CHECK(task.recorded == 1);
  CHECK(task.records == Numbers{1, -50, 2, -60});
}

TEST_CASE("recorder: a newer barrier acts in its place, behind what was read ahead") {
  for (const std::uint8_t options : {std::uint8_t{Barrier::unaligned}, std::uint8_t{0}}) {
    CAPTURE(options);
    Task task;
    const Barrier first{1, 0, Barrier::unaligned, {}}, second{2, 0, options, {}};
    task.obey(task.barriers.announced(0, first, 0));
    task.in[0] = {record(1), record(2)};
    task.take_in();
    CHECK(task.process_one());
    task.in[0] = {second, record(3)};  // the first was given up: nobody has told this task
    task.take_in();
    CHECK(task.taken == 1);
    task.run();
    task.in[1] = {record(11), second};
    task.run();
    CHECK(task.taken == 2);
    // In the state, or recorded: each once.
    if (options == 0) {
      CHECK(task.before_taken == Numbers{1, 2, 11});
      CHECK(task.recorded == -1);
    } else {
      CHECK(task.before_taken == Numbers{1, 2});
      CHECK(task.recorded == 2);
      CHECK(task.records == Numbers{11});
    }
    CHECK(task.processed.size() == 4);
  }
}

TEST_CASE("recorder: what was read ahead for one that was given up is part of the next") {
  Task task;
  const Barrier first{1, 0, Barrier::unaligned, {}}, second{2, 0, Barrier::unaligned, {}};
  task.obey(task.barriers.announced(0, first, 0));
  task.in[0] = {record(1), second, record(2)};
  task.in[1] = {record(11), first};
  task.take_in();
  task.obey(task.barriers.aborted(1));
  task.recorder.abandon();
  task.obey(task.barriers.announced(1, second, 0));
  CHECK(task.taken == 2);
  CHECK(task.before_taken.empty());
  task.in[1].push_back(record(12));
  task.in[1].push_back(second);
  task.run();
  CHECK(task.recorded == 2);
  CHECK(task.records == Numbers{1, 11, 12});
  CHECK(task.processed.size() == 4);
}

}  // namespace flink::task
