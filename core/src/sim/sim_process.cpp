// SPDX-License-Identifier: Apache-2.0
#include "sim/sim_process.h"

#include <flink/base/check.h>

#include <utility>

namespace flink::sim {

void SimLog::write(base::LogLevel level, std::string_view message) {
  if (!life_->alive) return;
  const auto fate = message.starts_with("fault: ")
                        ? CrashPoints::Fate::lives
                        : world_.crash_points.pass(life_, point_name("log", message), false);
  world_.trace.event("log", life_->id);
  world_.trace.add(message);
  if (fate != CrashPoints::Fate::lives) world_.crash_points.kill(life_);
  if (world_.transcript == nullptr) return;
  const auto micros = world_.queue.now().since_origin.count() / 1000;
  std::string fraction = std::to_string(micros % 1'000'000);
  fraction.insert(0, 6 - fraction.size(), '0');
  world_.transcript->write(
      level, detail::concat(micros / 1'000'000, ".", fraction, " ", life_->name, ": ", message));
}

SimProcess::SimProcess(SimWorld& world, std::string name)
    : world_(world),
      life(std::make_shared<Life>(Life{++world.next_process, std::move(name), true})),
      clock(world.queue),
      random(world.random.next()),
      loop(world.loop, life, world.random.next()),
      rpc_network(world.fabric, life),
      network(world.queue, world.fabric, life),
      executor(world.queue, world.trace, life, world.random.next(), world.costs),
      file_system(world.disk, life),
      log(world, life) {}

void SimProcess::die(bool machine_too) {
  if (std::exchange(ended_, true)) return;
  life->alive = false;  // from here on nothing of it reaches anybody
  world_.fabric.process_died(*life, machine_too);
  if (machine_too) world_.disk.machine_lost(*life);
  executor.end();
  world_.queue.forget(*life);
  body = nullptr;
  world_.queue.forget(*life);
}

}  // namespace flink::sim
