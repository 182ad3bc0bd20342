// SPDX-License-Identifier: Apache-2.0
// Processes that crash: fibers in the middle of anything, posts, timers, and what their peers see.
#include <doctest/doctest.h>
#include <flink/base/check.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "fiber/blocking.h"
#include "fiber/slot.h"
#include "fiber/thread_executor.h"
#include "sim/sim_process.h"

namespace flink::sim {
namespace {

constexpr std::int64_t ms = 1'000'000;

// A slot with a task that reads, thinks and writes for ever, each in its own way of waiting.
class Busy final : public SimProcess::Body {
 public:
  explicit Busy(SimProcess& process) : process_(process), slot_(process.clock) {
    slot_.start(process.executor);
    for (int i = 0; i < 3; ++i) {
      fiber::SlotTaskOptions options;
      options.name = "busy";
      options.entry = [this, i] { work(i); };
      slot_.spawn(std::move(options));
    }
  }

 private:
  struct Closed {  // as an operator's close(): once more to the disk while unwinding
    Busy& busy;
    base::WritableFile& file;
    ~Closed() { file.close(); }
  };
  void work(int i) {
    const std::string path = "f" + std::to_string(i);
    std::unique_ptr<base::WritableFile> file;
    fiber::run_blocking(process_.executor, [&] { file = process_.file_system.create(path, true); });
    const Closed closed{*this, *file};
    for (;;) {
      fiber::run_blocking(process_.executor, [&] { file->append(std::string_view{"line\n"}); });
      process_.loop.post([] {});
      if (process_.random.below(2) == 0) fiber::SlotTask::current()->yield();
      else fiber::SlotTask::current()->sleep_until(process_.clock.now() + Duration{ms});
    }
  }
  SimProcess& process_;
  fiber::Slot slot_;
};

std::pair<std::uint64_t, std::map<std::string, std::string>> run(std::uint64_t seed, bool machine) {
  SimWorld world{seed, nullptr};
  std::unique_ptr<SimProcess> process;
  world.queue.after(Duration{0}, nullptr, [&] {
    process = std::make_unique<SimProcess>(world, "busy");
    process->body = std::make_unique<Busy>(*process);
  });
  bool dead = false;
  world.queue.after(Duration{static_cast<std::int64_t>(ms + seed * 7919 % (20 * ms))}, nullptr,
                    [&] {
                      if (machine) process->lose_machine();
                      else process->kill();
                      dead = true;
                    });
  const auto outcome = world.loop.run_until([&] { return dead; });
  CHECK(outcome.kind == SimLoop::Outcome::Kind::done);
  CHECK(world.queue.empty());  // nothing of a dead process is left
  return {world.trace.hash(), world.disk.files()};
}

TEST_CASE("a process may be killed at any instant, and the same seed does it the same way") {
  std::size_t killed = 0, lost = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    const auto [hash, files] = run(seed, false);
    const auto again = run(seed, false);
    CHECK(hash == again.first);
    CHECK(files == again.second);
    for (const auto& [path, text] : files) killed += text.size();
    for (const auto& [path, text] : run(seed, true).second) lost += text.size();
  }
  CHECK(killed > 0);
  CHECK(lost < killed);  // nothing was ever synced
}

// The same with real threads: the helper comes back to a slot that is already going.
TEST_CASE("a slot may end while a helper uses one of its stacks") {
  for (int round = 0; round < 50; ++round) {
    base::SystemClock clock;
    fiber::ThreadExecutor executor{clock};
    std::atomic<bool> begun{false}, release{false}, second{false};
    auto slot = std::make_unique<fiber::Slot>(clock);
    slot->start(executor);
    fiber::SlotTaskOptions options;
    options.name = "blocked";
    options.entry = [&] {
      fiber::run_blocking(executor, [&] {
        begun.store(true);
        begun.notify_one();
        release.wait(false);
      });
      fiber::run_blocking(executor, [&] { second.store(true); });
      for (;;) fiber::SlotTask::current()->suspend();
    };
    slot->spawn(std::move(options));
    begun.wait(false);
    std::thread releaser{[&] {
      release.store(true);
      release.notify_all();
    }};
    slot = nullptr;
    releaser.join();
    CHECK(second.load());
  }
}

TEST_CASE("a process that exits leaves as if killed, its timers with it") {
  SimWorld world{1, nullptr};
  struct Timed final : SimProcess::Body {
    explicit Timed(SimProcess& process)
        : task(process.loop.timer()
                   .afterDelay(10 * kj::MILLISECONDS)
                   .then([this] { fired = true; })
                   .eagerlyEvaluate(nullptr)) {}
    ~Timed() noexcept override {}
    bool fired = false;
    kj::Promise<void> task;
  };
  SimProcess process{world, "timed"};
  process.body = std::make_unique<Timed>(process);
  bool posted = false;
  process.loop.post([&] { posted = true; });
  world.queue.after(Duration{ms}, nullptr, [&] {
    process.exit();
    process.loop.post([&] { CHECK_MESSAGE(false, "a dead process acts"); });
  });
  CHECK(world.loop.run_until([] { return false; }).kind == SimLoop::Outcome::Kind::deadlock);
  CHECK(posted);
  CHECK(world.queue.now() < TimePoint{Duration{10 * ms}});
}

}  // namespace
}  // namespace flink::sim
