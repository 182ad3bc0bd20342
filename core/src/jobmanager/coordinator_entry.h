// SPDX-License-Identifier: Apache-2.0
// The insides of CoordinatorHost: what it knows of each coordinator, and what those are given.
#pragma once

#include <flink/base/check.h>

#include <optional>

#include "jobmanager/coordinator_host.h"
#include "protocol/messages.h"

namespace flink::jobmanager {

// From one start() to the next.
struct CoordinatorHost::Life {
  std::atomic<bool> failed{false};  // only abort() counts, and the next start()
  std::atomic<bool> over{false};    // there was one
};

// Of calls to all of them that are answered together.
struct CoordinatorHost::Round {
  Round(std::size_t calls, std::function<void(const Round&)> when_done)
      : left(calls), done(std::move(when_done)) {}
  void answered() {
    if (--left == 0 && !told.exchange(true)) done(*this);
  }
  std::atomic<std::size_t> left;
  std::atomic<bool> told{false};
  std::atomic<bool> uncommitted{false};
  std::function<void(const Round&)> done;
};

struct CoordinatorHost::Start {
  LifeRef life;
  std::int64_t checkpoint_id = 0;
  std::map<base::OperatorId, std::string> states;
};

struct CoordinatorHost::States {
  std::mutex mutex;
  std::size_t left = 0;
  std::map<base::OperatorId, std::string> by_operator;
};

// Its mailbox's thread only.
struct CoordinatorHost::Entry {
  base::OperatorId id;
  base::VertexId vertex;
  std::unique_ptr<Context> context;
  std::unique_ptr<OperatorCoordinator> coordinator;
  bool started = false;
  bool ended = false;   // it was aborted: only another start() counts
  bool closed = false;  // it is being started: calls wait
  std::vector<std::function<void()>> waiting;
  LifeRef life;
  RoundRef awaited;  // waits until it is no longer busy
  std::unique_ptr<Mailbox> mailbox;
  std::unique_ptr<Mailbox> helper;  // what it has run apart; once it has

  void discard();
};

class CoordinatorHost::Context final : public CoordinatorContext {
 public:
  Context(CoordinatorHost& host, Entry& entry, const graph::JobVertex& vertex,
          const graph::ChainedOperator& op)
      : host_(host),
        entry_(entry),
        vertex_(vertex),
        op_(op),
        job_id_(host.environment_.job.hex()),
        operator_id_(op.id.hex()),
        ready_(static_cast<std::size_t>(vertex.parallelism)) {}

  int parallelism() const override { return vertex_.parallelism; }
  std::string_view job_id() const override { return job_id_; }
  std::string_view operator_name() const override { return op_.name; }
  std::string_view operator_id() const override { return operator_id_; }
  base::FileSystem& file_system() override;

  std::string claim(std::string_view thing) override { return host_.claim(thing, op_.name); }
  bool flag(std::string_view name) const override {
    return config::parse_bool(option(name)).value_or(false);
  }
  std::string option(std::string_view key) const override;

  void run_async(std::function<void()> work,
                 std::function<void(std::exception_ptr)> done) override {
    host_.run_async(entry_, std::move(work), std::move(done));
  }
  void run_after(std::chrono::nanoseconds delay, std::function<void()> call) override;

  void send_event(int subtask, std::string event) override {
    send(subtask, std::move(event), true);
  }
  void send_unordered_event(int subtask, std::string event) override {
    send(subtask, std::move(event), false);
  }
  void send(int subtask, std::string event, bool ordered);

  std::int64_t newest_savepoint() const override;

  std::int64_t align_watermark(std::string_view group, std::int64_t millis) override {
    return host_.align_watermark(group, operator_id_, millis);
  }
  void warn(const std::string& text) const override {
    host_.environment_.listener->coordinator_warned(text);
  }

  void set_ready(int subtask, std::optional<int> attempt) {
    ready_[static_cast<std::size_t>(subtask)] = attempt;
  }
  void nobody_ready() { ready_.assign(ready_.size(), std::nullopt); }

 private:
  CoordinatorHost& host_;
  Entry& entry_;
  const graph::JobVertex& vertex_;
  const graph::ChainedOperator& op_;
  std::string job_id_, operator_id_;
  std::vector<std::optional<int>> ready_;  // by subtask: the attempt that takes events
};

}  // namespace flink::jobmanager
