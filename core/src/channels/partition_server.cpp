// SPDX-License-Identifier: Apache-2.0
#include "channels/partition_server.h"

#include <flink/error.h>

#include <exception>
#include <utility>

#include "channels/partition_format.h"
#include "channels/partition_reader.h"
#include "channels/remote_writer.h"
#include "fiber/slot_task.h"

namespace flink::channels {

using fiber::SlotTask;

namespace {

fiber::SlotOptions slot_options() {
  fiber::SlotOptions options;
  options.name = "partitions";
  return options;
}

std::string text_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace

PartitionServer::Core::Core(DataPlane& from, const base::Clock& clock, base::Executor& helpers,
                            Find finder)
    : plane(from), executor(helpers), find(std::move(finder)), slot(clock, slot_options()) {}

PartitionServer::PartitionServer(DataPlane& plane, const base::Clock& clock,
                                 base::Executor& executor, Find find)
    : core_(std::make_shared<Core>(plane, clock, executor, std::move(find))) {
  core_->slot.start(executor);
  const std::weak_ptr weak{core_};
  plane.serve(
      [weak](const Fetch& fetch, DataPlane::Refuse refuse) {
        if (const auto core = weak.lock()) core->serve(fetch, std::move(refuse));
        else refuse("that TaskManager is closing");
      },
      [weak](const ChannelId& id) {
        if (const auto core = weak.lock()) core->stop(id);
      });
}

PartitionServer::~PartitionServer() {
  core_->slot.cancel_all();
  core_->slot.stop();
}

std::size_t PartitionServer::sending() const {
  const std::lock_guard lock{core_->mutex};
  return core_->sending.size();
}

void PartitionServer::Core::serve(const Fetch& fetch, DataPlane::Refuse refuse) {
  fiber::SlotTaskOptions options;
  options.name = "partition";
  options.entry = [this, fetch] { send(fetch); };
  options.ended = [this, id = fetch.id, refuse = std::move(refuse)](
                      const std::exception_ptr& failure, bool) {
    if (failure) refuse(text_of(failure));
    const std::lock_guard lock{mutex};
    sending.erase(id);
  };
  const std::lock_guard lock{mutex};
  sending.insert_or_assign(fetch.id, slot.spawn(std::move(options)));
}

void PartitionServer::Core::stop(const ChannelId& id) {
  const std::lock_guard lock{mutex};
  const auto found = sending.find(id);
  if (found != sending.end()) found->second->cancel();
}

void PartitionServer::Core::send(const Fetch& fetch) {
  auto served = find(fetch.id);
  BlockReader blocks{std::move(served.part.partition), served.part.index, executor};
  blocks.set_waker(SlotTask::current()->waker());
  const auto writer = plane.open_remote_writer(fetch.id, fetch.consumer, *served.type);
  for (;;) {
    const auto block = blocks.poll();
    if (!block) {
      SlotTask::current()->suspend(fiber::Wait::input);
      continue;
    }
    if (!*block) return;
    ItemReader items{{(*block)->data(), (*block)->size()}};
    while (const auto item = items.next()) {
      if (item->kind != FrameKind::data) {
        writer->push(control_of(*item));
        continue;
      }
      while (!writer->push_message(item->records, item->payload)) {
        SlotTask::current()->suspend(fiber::Wait::output);
      }
    }
    SlotTask::current()->yield_if_due();
  }
}

}  // namespace flink::channels
