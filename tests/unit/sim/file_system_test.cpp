// SPDX-License-Identifier: Apache-2.0
// The simulated file system: what a caller sees, what a lost machine takes with it, injected
// errors.
#include <doctest/doctest.h>
#include <flink/base/check.h>
#include <flink/error.h>

#include <map>
#include <set>
#include <string>

#include "sim/sim_file_system.h"
#include "unit/memory_file_system.h"

namespace flink::sim {
namespace {

// Stands for the operating system's files, which nobody may change.
struct RealFiles : test::MemoryFileSystem {
  RealFiles() {
    put("/in/a.txt", "alpha");
    put("/in/b.txt", "beta");
    before = [](const std::string& operation, const std::string& path) {
      if (operation == "open" || operation == "status" || operation == "list") return;
      throw Error{ErrorKind::internal, operation + " of the real '" + path + "'"};
    };
  }
};

struct World {
  explicit World(std::uint64_t seed = 1) : disk(queue, trace, seed, &real) {}
  RealFiles real;
  SimQueue queue;
  Trace trace;
  SimDisk disk;
  LifeRef life = std::make_shared<Life>(Life{1, "a", true});
  LifeRef other_life = std::make_shared<Life>(Life{2, "b", true});
  SimFileSystem files{disk, life}, other{disk, other_life};

  void write(const std::string& path, const std::string& text, bool sync = false) {
    auto file = files.create(path, false);
    file->append(text);
    if (sync) file->sync();
    file->close();
  }
  std::string read(const std::string& path) {
    auto file = other.open_read(path);
    std::string text(file->size(), '\0');
    text.resize(file->read_at(0, text));
    return text;
  }
  std::string names(const std::string& directory) {
    std::string out;
    for (const auto& status : other.list(directory)) out += status.path + " ";
    return out;
  }
};

TEST_CASE("files in memory lie over the real ones, which stay as they are") {
  World world;
  CHECK(world.read("/in/a.txt") == "alpha");
  world.write("/in/new", "1");
  world.files.rename("/in//b.txt", "/in/moved");
  CHECK(world.files.remove("/in/a.txt"));
  CHECK_FALSE(world.files.remove("/in/a.txt"));
  CHECK(world.names("/in/") == "/in/moved /in/new ");
  CHECK(world.read("/in/moved") == "beta");
  CHECK_FALSE(world.files.status("/in/a.txt").has_value());
  CHECK_THROWS_AS(world.files.open_read("/in/b.txt"), Error);
  CHECK_THROWS_AS(world.files.create("/in/new", false), Error);
  world.files.create("/in/new", true);
  CHECK(world.read("/in/new").empty());
  CHECK(world.real.files.size() == 2);

  CHECK_THROWS_AS(world.files.create("/out/x/part", false), Error);
  world.files.create_directories("/out/x");
  world.write("/out/x/part", "p");
  CHECK(world.names("/out") == "/out/x ");
  CHECK_THROWS_AS(world.files.remove("/out/x"), Error);
  CHECK(world.files.remove("/out/x/part"));
  CHECK(world.files.remove("/out/x"));
  CHECK(world.names("/out").empty());
}

TEST_CASE("a lost machine keeps what was synced and a part of the rest") {
  std::set<std::string> outcomes;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    World world{seed};
    world.files.create_directories("/out");
    {
      auto file = world.files.create("/out/safe.tmp", false);
      file->append(std::string_view{"0123"});
      file->sync();
      file->append(std::string_view{"4567"});
    }
    world.write("/out/durable", "durable", true);
    world.files.rename("/out/durable", "/out/final");
    world.files.sync_directory("/out");
    world.write("/out/late", "late", true);
    world.files.rename("/out/late", "/out/late.final");
    world.life->alive = false;
    world.disk.machine_lost(*world.life);

    CHECK(world.read("/out/final") == "durable");
    const std::string text = world.read("/out/safe.tmp");
    CHECK(text.substr(0, 4) == "0123");
    CHECK(text.size() <= 8);
    const std::string names = world.names("/out");
    outcomes.insert(names);
    CHECK_NOTHROW(world.files.rename("/out/final", "/out/other"));  // the dead change nothing
    CHECK_THROWS_AS(world.files.open_read("/out/final"), Error);
    CHECK(world.names("/out") == names);
  }
  CHECK(outcomes == std::set<std::string>{"/out/final /out/safe.tmp ",
                                          "/out/final /out/late /out/safe.tmp ",
                                          "/out/final /out/late.final /out/safe.tmp "});
}

TEST_CASE("injected errors: input/output, a full disk, short writes") {
  World world;
  world.files.create_directories("/out");
  auto file = world.files.create("/out/f", false);
  world.disk.fail_operation(1, 1);
  file->append(std::string_view{"ok"});
  CHECK_THROWS_WITH(file->append(std::string_view{"torn?"}),
                    "cannot write '/out/f': Input/output error");
  CHECK_NOTHROW(file->sync());
  world.disk.fill_until(1, {Duration{100}});
  CHECK_THROWS_WITH(file->append(std::string_view{"x"}),
                    "cannot write '/out/f': No space left on device");
  world.queue.advance_to({Duration{100}});
  CHECK_NOTHROW(file->append(std::string_view{"!"}));
  const std::string text = world.read("/out/f");
  CHECK(text.substr(0, 2) == "ok");
  CHECK(text.back() == '!');
  CHECK(world.disk.errors_injected() == 2);
  CHECK(world.read("/in/a.txt") == "alpha");  // the other process has no trouble
}

}  // namespace
}  // namespace flink::sim
