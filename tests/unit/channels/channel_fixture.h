// SPDX-License-Identifier: Apache-2.0
// Processes with slots and a data plane each, over real loopback TCP, and channels between any two:
// a local ring within a process, the network between processes. What tests send are Numbered
// records.
#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "channels/data_plane.h"
#include "channels/local_channel.h"
#include "fiber/slot.h"
#include "fiber/thread_executor.h"
#include "net/asio_network.h"

namespace flink::channels::test {

struct Numbered {
  std::int64_t number = 0;
  std::string pad;
};

inline BatchRef make_batch(std::int64_t first, std::size_t count, const std::string& pad) {
  auto batch = make_ref<RecordBatch<Numbered>>(count);
  for (std::size_t i = 0; i < count; ++i) {
    batch->emplace(Numbered{first + static_cast<std::int64_t>(i), pad});
  }
  return batch;
}

struct Channel {
  std::unique_ptr<ChannelWriter> writer;
  std::unique_ptr<ChannelReader> reader;
};

struct ClusterOptions {
  int processes = 2;
  int slots = 1;  // a process
  std::size_t local_batches = 8;
  DataPlaneOptions plane;
};

class Cluster {
 public:
  struct Process {
    std::unique_ptr<net::AsioNetwork> network;
    std::unique_ptr<DataPlane> plane;
    std::vector<std::unique_ptr<fiber::Slot>> slots;
  };

  explicit Cluster(ClusterOptions options) : options_(std::move(options)) {
    options_.plane.bind_host = "127.0.0.1";
    for (int p = 0; p < options_.processes; ++p) {
      Process process;
      process.network = std::make_unique<net::AsioNetwork>(executor_);
      process.plane = std::make_unique<DataPlane>(*process.network, options_.plane);
      for (int s = 0; s < options_.slots; ++s) {
        process.slots.push_back(std::make_unique<fiber::Slot>(clock_));
      }
      processes_.push_back(std::move(process));
    }
  }

  // When all tasks have been spawned: none runs before its neighbours are known.
  void start() {
    for (auto& process : processes_) {
      for (auto& slot : process.slots) slot->start(executor_);
    }
  }

  Channel connect(int from, int to) {
    const ChannelId id{next_edge_++, 0, 0, 0, 0};
    const auto& type = record_type<Numbered>();
    if (from == to) {
      auto [writer, reader] = make_local_channel({.batches = options_.local_batches, .shared = {}});
      return {std::move(writer), std::move(reader)};
    }
    // Either end may come first.
    Channel channel;
    const auto address = processes_[static_cast<std::size_t>(to)].plane->address();
    if (id.edge % 2 == 0) channel.reader = plane(to).open_reader(id, type);
    channel.writer = plane(from).open_writer(id, address, type);
    if (id.edge % 2 == 1) channel.reader = plane(to).open_reader(id, type);
    return channel;
  }

  fiber::Slot& slot(int process, int slot) {
    return *processes_[static_cast<std::size_t>(process)].slots[static_cast<std::size_t>(slot)];
  }
  DataPlane& plane(int process) { return *processes_[static_cast<std::size_t>(process)].plane; }
  Process& process(int process) { return processes_[static_cast<std::size_t>(process)]; }
  const base::Clock& clock() const { return clock_; }

 private:
  ClusterOptions options_;
  base::SystemClock clock_;
  fiber::ThreadExecutor executor_{clock_};
  std::vector<Process> processes_;
  std::int32_t next_edge_ = 0;
};

// A task and how it ended.
class TestTask {
 public:
  TestTask(fiber::Slot& slot, int depth, std::function<void()> entry) {
    task_ = slot.spawn({.name = "test task",
                        .depth = depth,
                        .entry = std::move(entry),
                        .ended = [this](std::exception_ptr failure, bool cancelled) {
                          cancelled_ = cancelled;
                          ended_.set_value(std::move(failure));
                        }});
  }
  // Rethrows what ended it.
  void join() {
    if (auto failure = ended_.get_future().get()) std::rethrow_exception(failure);
  }
  fiber::SlotTask& task() { return *task_; }
  bool cancelled() const { return cancelled_; }

 private:
  std::promise<std::exception_ptr> ended_;
  bool cancelled_ = false;
  std::shared_ptr<fiber::SlotTask> task_;
};

// In a task: waits for the reader's next element.
inline Element next(ChannelReader& reader) {
  for (;;) {
    if (auto element = reader.poll()) return std::move(*element);
    fiber::SlotTask::current()->suspend(fiber::Wait::input);
  }
}

}  // namespace flink::channels::test
