// SPDX-License-Identifier: Apache-2.0
// The checkers see what they are for, and nothing else.
#include "sim/checkers.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace flink::sim {
namespace {

struct World {
  World() {
    checkers =
        all_checkers(disk, true, [this](std::string what) { found.push_back(std::move(what)); });
    disk.on_directory = [this](const std::string& path, ProcessId by) {
      for (const auto& checker : checkers) checker->directory_made(path, by);
    };
    disk.on_name = [this](const SimDisk::NameEvent& event) {
      for (const auto& checker : checkers) checker->name_changed(event);
    };
    for (const char* directory : {"/out", "/simulated-checkpoints/job"}) {
      files.create_directories(directory);
    }
  }
  void write(const std::string& path, const std::string& text) {
    auto file = files.create(path, false);
    file->append(text);
    file->sync();
  }
  void later() { queue.advance_to(queue.now() + Duration{1}); }
  void complete_checkpoint(const std::string& name) {
    later();
    files.create_directories("/simulated-checkpoints/job/" + name);
    write("/simulated-checkpoints/job/" + name + "/_metadata", "m");
  }
  void end() {
    for (const auto& checker : checkers) checker->ended(disk);
  }

  SimQueue queue;
  Trace trace;
  SimDisk disk{queue, trace, 1, nullptr};
  LifeRef life = std::make_shared<Life>(Life{1, "a", true});
  SimFileSystem files{disk, life};
  std::vector<std::unique_ptr<Checker>> checkers;
  std::vector<std::string> found;
};

TEST_CASE("a run as it should be has nothing to report") {
  World world;
  for (int n = 1; n <= 3; ++n) {
    const std::string part = "/out/part-" + std::to_string(n);
    world.write(part + ".inprogress", "line\n");
    world.complete_checkpoint("chk-" + std::to_string(n));
    world.files.rename(part + ".inprogress", part);
  }
  world.write("/out/part-9.inprogress", "x");
  world.files.remove("/out/part-9.inprogress");
  world.files.remove("/simulated-checkpoints/job/chk-1/_metadata");
  world.end();
  CHECK(world.found.empty());
}

TEST_CASE("a checkpoint's number that does not increase, or is used twice") {
  World world;
  const std::string job = "/simulated-checkpoints/job";
  world.complete_checkpoint("chk-5");
  world.files.create_directories("/simulated-checkpoints/other/chk-1");
  SimFileSystem second{world.disk, std::make_shared<Life>(Life{2, "b", true})};
  second.create_directories(job + "/chk-9");
  world.files.create_directories(job + "/chk-6");  // set aside for it before the second one came
  CHECK(world.found.empty());
  second.create_directories(job + "/chk-8");
  world.files.create_directories(job + "/chk-10");
  second.remove(job + "/chk-8");
  second.create_directories(job + "/chk-8");
  const std::string path = "checkpoint ids: '/simulated-checkpoints/job/";
  CHECK(world.found ==
        std::vector<std::string>{path + "chk-8' comes after number 9 of its own JobManager",
                                 path + "chk-10' comes after number 8 of another JobManager",
                                 path + "chk-8' is used twice",
                                 path + "chk-8' comes after number 10 of another JobManager",
                                 path + "chk-8' comes after number 9 of its own JobManager"});
}

TEST_CASE("an epoch that two JobManagers have, a record of somebody else's") {
  World world;
  SimFileSystem second{world.disk, std::make_shared<Life>(Life{2, "b", true})};
  const std::string ha = "/simulated-checkpoints/job/ha";
  world.files.create_directories(ha);
  world.write(ha + "/epoch-1", "");
  world.write(ha + "/record-1.inprogress", "1");
  world.files.rename(ha + "/record-1.inprogress", ha + "/record-1");
  second.create(ha + "/epoch-2", false);
  second.create(ha + "/record-2", false);
  world.files.remove(ha + "/epoch-1");
  world.write(ha + "/epoch-1", "");  // the same one again
  CHECK(world.found.empty());
  second.remove(ha + "/record-1");
  second.create(ha + "/record-1", false);
  second.remove(ha + "/epoch-1");
  second.create(ha + "/epoch-1", false);
  CHECK(world.found == std::vector<std::string>{
                           "leaders: '" + ha + "/record-1' was not written by who has that epoch",
                           "leaders: '" + ha + "/epoch-1' was taken twice"});
}

TEST_CASE("committed output that does not stay") {
  World world;
  world.write("/out/a.inprogress", "1");
  world.write("/out/b.inprogress", "2");
  world.complete_checkpoint("chk-1");
  world.files.rename("/out/a.inprogress", "/out/a");
  world.files.rename("/out/b.inprogress", "/out/b");
  world.files.sync_directory("/out");
  world.files.remove("/out/a");
  world.files.create("/out/b", true)->append(std::string_view{"3"});
  CHECK(world.found == std::vector<std::string>{"committed output: '/out/a' was removed",
                                                "committed output: '/out/b' was replaced"});
}

TEST_CASE("a commit that was not durable may be undone with its machine") {
  World world;
  world.write("/out/a.inprogress", "1");
  world.files.sync_directory("/out");
  world.complete_checkpoint("chk-1");
  world.files.rename("/out/a.inprogress", "/out/a");
  world.life->alive = false;
  world.disk.machine_lost(*world.life);
  world.end();
  CHECK(world.found.empty());
}

TEST_CASE("output that is visible too early, and output that changes afterwards") {
  World world;
  world.complete_checkpoint("chk-1");
  world.later();
  auto file = world.files.create("/out/a.inprogress", false);
  file->append(std::string_view{"1"});
  world.files.rename("/out/a.inprogress", "/out/a");
  file->append(std::string_view{"2"});
  world.end();
  CHECK(world.found == std::vector<std::string>{
                           "committed output: '/out/a' was visible before a checkpoint covered it",
                           "committed output: '/out/a' has changed since its commit"});
}

}  // namespace
}  // namespace flink::sim
