// SPDX-License-Identifier: Apache-2.0
// Crashes at the steps of a process: names of points, which one is hit, and what becomes of the
// effect in which the process dies.
#include "sim/crash_points.h"

#include <capnp/message.h>
#include <capnp/rpc.capnp.h>
#include <capnp/serialize.h>
#include <doctest/doctest.h>
#include <wire/flink.capnp.h>

#include <set>
#include <string>

#include "protocol/messages.h"
#include "rpc/convert.h"
#include "sim/message_names.h"
#include "sim/sim_file_system.h"

namespace flink::sim {
namespace {

TEST_CASE("points are named by what stays the same from run to run") {
  const struct {
    const char *what, *object, *name;
  } rows[] = {
      {"rename", "/out/0a1b2c3d4e5f/chk-17/_metadata", "rename chk-#/_metadata"},
      {"append", "/shared/3f2a9c01b7-4.run", "append shared/#-#.run"},
      {"append", "/part-0-1", "append /part-#-#"},
      {"log", "job 00ff00aa12 is RUNNING after 3.25 s", "log job # is RUNNING after #.# s"},
      {"log", "TaskManager tm:1-abcdef ends", "log TaskManager tm:#-# ends"},
      {"log", "added defaced facades", "log added # facades"},
      {"log", "", "log "},
  };
  for (const auto& row : rows) CHECK(point_name(row.what, row.object) == row.name);
}

TEST_CASE("messages are named by their schema") {
  capnp::MallocMessageBuilder message;
  auto call = message.initRoot<capnp::rpc::Message>().initCall();
  call.setInterfaceId(capnp::typeId<wire::TaskManager>());
  call.setMethodId(1);
  auto params =
      call.initParams().initContent().initAs<wire::TaskManager::DeliverParams>().initChunks(1);
  params[0].setBytes(rpc::data(protocol::encode(protocol::Command{protocol::CancelTask{}})));
  const auto words = capnp::messageToFlatArray(message);
  const auto bytes = words.asBytes();
  const std::string_view text{reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
  CHECK(rpc_message_name(text) == "sends call deliver cancel");
  CHECK(rpc_message_name(text.substr(0, 20)) == "sends bytes");
  CHECK(rpc_message_name("") == "sends bytes");
  CHECK(frame_name(std::string{"FLDP\x06"}) == "sends frame data");
  CHECK(frame_name("FLDP\xff") == "sends frame");
}

// Writes a file in four steps, each of them twice, until it dies; gives what is left.
struct Writer {
  explicit Writer(std::uint64_t seed)
      : points(queue, trace, seed), disk(queue, trace, seed, nullptr), files(disk, life) {
    disk.crash_points = &points;
    points.crashed = [this](const LifeRef&) { ++crashes; };
  }
  void work() {
    files.create_directories("/d");
    if (!life->alive) return;
    auto file = files.create("/d/tmp", true);
    if (!life->alive) return;
    file->append(std::string_view{"0123456789"});
    if (!life->alive) return;
    file->sync();
    if (!life->alive) return;
    files.rename("/d/tmp", "/d/final");
  }
  std::string left() const {
    std::string out;
    for (const auto& [path, bytes] : disk.files()) out += path + "=" + bytes + " ";
    return out;
  }
  SimQueue queue;
  Trace trace;
  CrashPoints points;
  SimDisk disk;
  LifeRef life = std::make_shared<Life>(Life{1, "taskmanager-1", true});
  SimFileSystem files;
  int crashes = 0;
};

TEST_CASE("a process dies before, amid or after an effect, and has no other afterwards") {
  std::set<std::string> outcomes, steps;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    Writer writer{seed};
    writer.points.arm();  // nothing was seen yet: the first step
    writer.work();
    CHECK(writer.crashes == 1);
    CHECK_FALSE(writer.life->alive);

    Writer other{seed};
    other.work();
    other.points.arm();
    for (int i = 0; i < 5 && other.life->alive; ++i) other.work();
    for (int minute = 1; other.points.armed(); ++minute) {  // for what never comes: another one
      other.queue.advance_to({std::chrono::minutes(minute)});
      for (int i = 0; i < 5 && other.life->alive; ++i) other.work();
    }
    REQUIRE(other.crashes == 1);
    for (const auto& [name, count] : other.points.counts()) {
      if (count.crashed > 0) steps.insert(name);
    }
    const std::string left = other.left();
    outcomes.insert(left);
    other.work();
    CHECK(other.left() == left);
  }
  // Every step but the directory's, which exists after the first round.
  CHECK(steps == std::set<std::string>{"taskmanager append d/tmp", "taskmanager create d/tmp",
                                       "taskmanager rename d/final", "taskmanager sync d/tmp"});
  CHECK(outcomes.contains("/d/final=0123456789 "));
  CHECK(outcomes.contains("/d/final=0123456789 /d/tmp= "));
  CHECK(outcomes.contains("/d/final=0123456789 /d/tmp=01234 "));
  CHECK(outcomes.contains("/d/final=0123456789 /d/tmp=0123456789 "));
}

TEST_CASE("who must not be harmed is not") {
  Writer writer{7};
  writer.points.allowed = [](const Life&) { return false; };
  writer.points.arm();
  writer.work();
  CHECK(writer.crashes == 0);
  CHECK(writer.left() == "/d/final=0123456789 ");
}

}  // namespace
}  // namespace flink::sim
