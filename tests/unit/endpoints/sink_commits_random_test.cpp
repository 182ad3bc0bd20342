// SPDX-License-Identifier: Apache-2.0
// Writers' committables, checkpoints that overlap and a coordinator, with failures of a task, of
// all tasks and of the JobManager between any two steps, and other parallelisms after a restore:
// in the end each committable is committed. All choices come from the seed.
#include <doctest/doctest.h>
#include <flink/endpoints/sink_runtime.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "base/random.h"
#include "unit/connectors/harness.h"

namespace flink::detail {
namespace {

constexpr int splits = 3;
constexpr int records = 12;  // of a split

// Records that are alike make equal committables: which one is which is not in their bytes.
struct Store {
  bool equal = false;
  bool open = false;  // else each commit is to be tried again
  std::map<std::int64_t, int> committed;
  std::set<std::int64_t> of_this_life;
};
std::int64_t value_of(const Store& store, int split, int record) {
  return store.equal ? record % 2 : split * 1000 + record;
}

class StoreCommitter final : public SinkCommitter {
 public:
  StoreCommitter(Store& store, base::Random& random) : store_(store), random_(random) {}
  void open(CoordinatorContext&) override {}
  void create(SinkJobContext&) override {}
  std::string committable_schema() const override { return schema_of<std::int64_t>(); }
  Committables converted(std::string_view, const Committables& all) override { return all; }
  void prepare_job() override {}
  std::vector<CommitOutcome> commit(const std::vector<CommitTry>& tries) override {
    std::vector<CommitOutcome> out;
    for (const auto& one : tries) {
      const bool done = store_.open || (!store_.equal && random_.below(4) == 0);
      if (done) {
        const auto value = from_bytes<std::int64_t>(one.committable);
        ++store_.committed[value];
        if (!store_.equal) CHECK(store_.of_this_life.insert(value).second);
        out.emplace_back();
      } else {
        out.push_back({CommitOutcome::Result::retry, one.committable, "not now"});
      }
    }
    return out;
  }
  void clean_up_attempts(const std::vector<SubtaskAttempt>&, const Committables&) override {}
  void clean_up_earlier_runs(const Committables&) override {}
  void complete_job() override {}
  void abort_job(const Committables&) override {}

 private:
  Store& store_;
  base::Random& random_;
};

struct Up {
  enum Kind { event, ack, finished } kind;
  std::string bytes{};
  std::int64_t checkpoint = 0;
  OperatorListState held{};
  std::map<int, int> positions{};  // by split
};

struct Checkpoint {
  std::int64_t id = no_checkpoint;
  std::string coordinator;
  std::set<int> waiting;
  std::vector<std::string> held;  // items of all subtasks
  std::string schema;
  std::map<int, int> positions;
};

class SinkStory {
 public:
  SinkStory(base::Random& random, bool equal, int concurrent)
      : random_(random), concurrent_(concurrent) {
    store_.equal = equal;
    start();
  }
  void run() {
    for (int step = 0; step < 3000 && !done_; ++step) turn(step);
    REQUIRE(done_);
    std::map<std::int64_t, int> expected;
    for (int split = 0; split < splits; ++split) {
      for (int record = 0; record < records; ++record) ++expected[value_of(store_, split, record)];
    }
    // Whose outcome got lost with a JobManager may be committed again, as its bytes tell.
    if (!store_.equal) {
      for (auto& [_, times] : store_.committed) times = std::min(times, 1);
    }
    CHECK(store_.committed == expected);
  }

 private:
  struct Task final : OperatorContext {
    Task(SinkStory& owner, int subtask, int attempt) : story(owner) {
      runtime_.subtask = subtask;
      runtime_.attempt = attempt;
    }
    RuntimeContext& runtime() override { return runtime_; }
    Output& output() override { return out; }
    Output* side_output(std::string_view) override { return nullptr; }
    void send_to_coordinator(std::string event) override { up.push_back({Up::event, event}); }
    std::function<void()> waker() override {
      return [] {};
    }
    void wake_after(std::chrono::nanoseconds) override {}
    base::FileSystem& file_system() override { return story.files_; }
    const base::Clock& clock() override { return story.clock_; }
    const OperatorSnapshot& restored_state() const override { return restored; }
    std::optional<std::int64_t> restored_checkpoint_id() const override { return from; }
    SinkStory& story;
    test::FakeRuntime runtime_;
    test::NoOutput out;
    OperatorSnapshot restored;
    std::optional<std::int64_t> from;
    CommittableSender<std::int64_t> sender;
    std::map<int, int> positions;
    std::vector<std::int64_t> written;
    bool ended = false, finished = false, finished_known = false;
    std::deque<Up> up;
    std::deque<std::int64_t> barriers;
    std::deque<std::string> notices;
  };
  struct Context final : CoordinatorContext {
    explicit Context(SinkStory& owner) : story(owner) {}
    int parallelism() const override { return story.parallelism_; }
    std::string_view job_id() const override { return "0123456789abcdef0123456789abcdef"; }
    std::string_view operator_name() const override { return "sink"; }
    bool flag(std::string_view) const override { return false; }
    std::string option(std::string_view) const override { return "1000000"; }
    base::FileSystem& file_system() override { return story.files_; }
    void send_event(int, std::string) override { FAIL("it would hold up checkpoints"); }
    void send_unordered_event(int subtask, std::string event) override {
      story.task(subtask).notices.push_back(std::move(event));
    }
    void run_async(std::function<void()> work,
                   std::function<void(std::exception_ptr)> done) override {
      story.calls_.push_back([work, done] {
        work();
        done(nullptr);
      });
    }
    void run_after(std::chrono::nanoseconds, std::function<void()> call) override {
      story.calls_.push_back(std::move(call));
    }
    SinkStory& story;
  };

  bool chance(std::uint64_t one_in) { return random_.below(one_in) == 0; }
  Task& task(int subtask) { return *tasks_[static_cast<std::size_t>(subtask)]; }
  int any() { return static_cast<int>(random_.below(static_cast<std::uint64_t>(parallelism_))); }

  void start() {
    parallelism_ = 1 + static_cast<int>(random_.below(3));
    store_.of_this_life.clear();
    calls_.clear();
    pending_.clear();
    context_ = std::make_unique<Context>(*this);
    coordinator_ = make_sink_coordinator(std::make_unique<StoreCommitter>(store_, random_));
    if (durable_) coordinator_->restore(durable_->id, durable_->coordinator);
    coordinator_->start(*context_);
    tasks_.clear();
    tasks_.resize(static_cast<std::size_t>(parallelism_));
    dealt_.clear();
    for (std::size_t i = 0; durable_ && i < durable_->held.size(); ++i) {
      dealt_[static_cast<int>(i) % parallelism_].push_back(durable_->held[i]);
    }
    for (int subtask = 0; subtask < parallelism_; ++subtask) deploy(subtask);
  }
  void deploy(int subtask) {
    auto& place = tasks_[static_cast<std::size_t>(subtask)];
    place = std::make_unique<Task>(*this, subtask, attempts_++);
    for (int split = subtask; split < splits; split += parallelism_) {
      place->positions[split] = durable_ ? durable_->positions[split] : 0;
    }
    if (durable_) {
      place->from = durable_->id;
      auto& list = place->restored[committables_name];
      list.schema = durable_->schema;
      list.items = dealt_[subtask];
    }
    coordinator_->subtask_ready(subtask, place->runtime_.attempt);
    place->sender.open(*place);
  }

  void turn(int step) {
    if (step == 1500) store_.open = true;
    const bool calm = step >= 1500;
    if (!calm && chance(150)) return start();
    if (!calm && chance(100)) return restart();
    if (!calm && step > 1300) return;  // nothing is committed before the last life, where it counts
    if (step == 1500 && store_.equal) return start();
    switch (random_.below(8)) {
      case 0:
        return call();
      case 1:
        if (!calm || chance(4)) begin();
        return;
      case 2:
      case 3:
        return hear(any());
      case 4:
        return notice(task(any()));
      case 5:
        return barrier(task(any()));
      default:
        return work(task(any()));
    }
  }
  void call() {
    if (calls_.empty()) return;
    const auto call = std::move(calls_.front());
    calls_.pop_front();
    call();
  }
  void begin() {
    if (static_cast<int>(pending_.size()) >= concurrent_) return;
    Checkpoint checkpoint;
    checkpoint.id = ++last_id_;
    checkpoint.coordinator = coordinator_->checkpoint(checkpoint.id);
    for (int subtask = 0; subtask < parallelism_; ++subtask) {
      Task& one = task(subtask);
      if (one.finished_known) {
        checkpoint.positions.merge(std::map{one.positions});
        continue;
      }
      checkpoint.waiting.insert(subtask);
      one.barriers.push_back(checkpoint.id);
    }
    if (checkpoint.waiting.empty()) return finish();
    pending_[checkpoint.id] = std::move(checkpoint);
  }
  void work(Task& one) {
    if (one.finished) return;
    if (one.ended) {
      one.finished = chance(4);
      if (one.finished) one.up.push_back({Up::finished});
      return;
    }
    for (auto& [split, position] : one.positions) {
      if (position == records) continue;
      one.written.push_back(value_of(store_, split, position++));
      return;
    }
    one.ended = true;
    one.sender.prepare(one, no_checkpoint, std::exchange(one.written, {}));
    one.send_to_coordinator(std::string(1, sink_event::all));
  }
  static void barrier(Task& one) {
    if (one.finished || one.barriers.empty()) return;
    const auto id = one.barriers.front();
    one.barriers.pop_front();
    if (one.ended) one.sender.seal(one, id);
    else one.sender.prepare(one, id, std::exchange(one.written, {}));
    OperatorSnapshot snapshot;
    one.sender.snapshot(snapshot);
    one.up.push_back({Up::ack, {}, id, snapshot[committables_name], one.positions});
  }
  static void notice(Task& one) {
    if (one.notices.empty()) return;
    one.sender.handle_event(one.notices.front());
    one.notices.pop_front();
  }
  void hear(int subtask) {
    Task& one = task(subtask);
    if (one.up.empty()) return;
    const Up up = std::move(one.up.front());
    one.up.pop_front();
    if (up.kind == Up::event) {
      coordinator_->handle_event(subtask, one.runtime_.attempt, up.bytes);
    } else if (up.kind == Up::finished) {
      one.finished_known = true;
      std::vector<std::int64_t> waiting;
      for (const auto& [id, pending] : pending_) {
        if (pending.waiting.contains(subtask)) waiting.push_back(id);
      }
      for (const auto id : waiting) abort(id);
    } else if (const auto found = pending_.find(up.checkpoint); found != pending_.end()) {
      acknowledged(found->second, subtask, up);
    }
  }
  void acknowledged(Checkpoint& pending, int subtask, const Up& up) {
    pending.schema = up.held.schema;
    pending.held.insert(pending.held.end(), up.held.items.begin(), up.held.items.end());
    pending.positions.merge(std::map{up.positions});
    pending.waiting.erase(subtask);
    if (!pending.waiting.empty()) return;
    durable_ = std::move(pending);
    pending_.erase(durable_->id);
    while (!pending_.empty() && pending_.begin()->first < durable_->id) {
      abort(pending_.begin()->first);
    }
    // What each subtask had, for those that start from it.
    redeal();
    if (chance(20) && !store_.open) return start();  // nobody has been told
    coordinator_->checkpoint_complete(durable_->id);
  }
  // A region's restart does not deal anew, but which subtask has an item does not matter here.
  void redeal() {
    dealt_.clear();
    for (std::size_t i = 0; i < durable_->held.size(); ++i) {
      dealt_[static_cast<int>(i) % parallelism_].push_back(durable_->held[i]);
    }
  }
  void abort(std::int64_t id) {
    pending_.erase(id);
    coordinator_->checkpoint_aborted(id);
  }
  void restart() {
    std::vector<int> dead;
    for (int subtask = 0; subtask < parallelism_; ++subtask) dead.push_back(subtask);
    for (const int subtask : dead) {
      for (auto late = random_.below(task(subtask).up.size() + 1); late > 0; --late) {
        const auto life = coordinator_.get();
        hear(subtask);
        if (coordinator_.get() != life) return;
      }
    }
    while (!pending_.empty()) abort(pending_.begin()->first);
    const auto from = durable_ ? durable_->id : no_checkpoint;
    for (const int subtask : dead) {
      coordinator_->subtask_reset(subtask, task(subtask).runtime_.attempt, from);
      deploy(subtask);
    }
  }
  void finish() {
    coordinator_->commit();
    store_.open = true;
    while (coordinator_->busy()) {
      REQUIRE_FALSE(calls_.empty());
      call();
    }
    coordinator_->all_committed();
    done_ = true;
  }

  base::Random& random_;
  int concurrent_;
  Store store_;
  test::MemoryFileSystem files_;
  test::FakeClock clock_;
  int parallelism_ = 1;
  int attempts_ = 0;
  std::int64_t last_id_ = 0;
  bool done_ = false;
  std::unique_ptr<Context> context_;
  std::unique_ptr<OperatorCoordinator> coordinator_;
  std::vector<std::unique_ptr<Task>> tasks_;
  std::map<int, std::vector<std::string>> dealt_;
  std::map<std::int64_t, Checkpoint> pending_;
  std::optional<Checkpoint> durable_;
  std::deque<std::function<void()>> calls_;
};

TEST_CASE("whatever fails when, each committable is committed; equal ones are not one") {
  for (const bool equal : {false, true}) {
    for (int concurrent = 1; concurrent <= 3; ++concurrent) {
      for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        CAPTURE(equal);
        CAPTURE(concurrent);
        CAPTURE(seed);
        base::SeededRandom random{seed};
        SinkStory{random, equal, concurrent}.run();
      }
    }
  }
}

}  // namespace
}  // namespace flink::detail
