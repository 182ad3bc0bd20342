// SPDX-License-Identifier: Apache-2.0
// What is kept for tasks that come back, and what is never given out.
#include "task/local_state.h"

#include <doctest/doctest.h>

#include "unit/state/engine_support.h"
#include "unit/state/run_support.h"

namespace flink::task::test {
namespace {

using state::LocalRun;

struct Kept {
  flink::test::FakeHelpers helpers;
  flink::test::Scratch directory;
  LocalState local{helpers};
  base::AttemptId first{base::VertexId{1, 1}, 0, 0}, second{base::VertexId{1, 1}, 1, 0};

  // A run of some entries, as a checkpoint has it.
  LocalRun run(const std::string& name, int entries) {
    state::test::Entries all;
    for (int i = 0; i < entries; ++i) {
      all[state::test::stored_key({1, 1, std::to_string(i), "", ""})] = "\1" + name;
    }
    LocalRun out;
    out.file = state::test::build_run(directory / name, all);
    out.run = state::test::open_run(out.file, false);
    return out;
  }
};

}  // namespace

TEST_CASE("a task finds the runs of the checkpoint that it starts from, and of no other") {
  Kept k;
  const LocalRun a = k.run("a", 3000), b = k.run("b", 10);
  k.local.keep(k.first, 1, {a});
  k.local.keep(k.first, 2, {a, b});
  CHECK(k.local.find(k.first, 1, a.file) == a.run);
  CHECK(k.local.find(k.first, 1, b.file) == nullptr);
  CHECK(k.local.find(k.first, 2, b.file) == b.run);
  CHECK(k.local.find(k.second, 2, b.file) == nullptr);
  CHECK(k.local.find(k.first, 3, b.file) == nullptr);
  base::AttemptId again = k.first;
  again.attempt = 5;
  k.local.starts_from(again, 2);
  CHECK(k.local.find(again, 2, a.file) == a.run);
  CHECK(k.local.find(again, 1, a.file) == nullptr);
  k.local.starts_from(again, std::nullopt);
  CHECK(k.local.find(again, 2, a.file) == nullptr);
}

TEST_CASE("a file of the same name with other bytes is fetched") {
  Kept k;
  const LocalRun a = k.run("a", 3000), b = k.run("b", 10);
  state::RunFile other = a.file;
  other.checksums.back() ^= 1;
  k.local.keep(k.first, 1, {a});
  CHECK(k.local.find(k.first, 1, other) == nullptr);
  other = a.file;
  other.bytes -= 4096;
  CHECK(k.local.find(k.first, 1, other) == nullptr);
  // What lies here is not what was acknowledged.
  LocalRun wrong = a;
  wrong.run = b.run;
  k.local.keep(k.first, 2, {wrong});
  CHECK(k.local.find(k.first, 2, a.file) == nullptr);
}

TEST_CASE("what cannot be restored any more is closed, by a helper") {
  Kept k;
  LocalRun a = k.run("a", 10), b = k.run("b", 10), c = k.run("c", 10);
  const std::weak_ptr<const state::Run> old = a.run, refused = b.run, newest = c.run;
  k.local.keep(k.first, 1, {std::move(a)});
  k.local.keep(k.second, 2, {std::move(b)});
  k.local.keep(k.second, 3, {std::move(c)});
  k.local.aborted(k.second, 2);
  k.local.aborted(k.first, 2);  // it has none
  CHECK_FALSE(refused.expired());
  k.helpers.run_all();
  CHECK(refused.expired());
  CHECK_FALSE(old.expired());
  // Any task's word for it counts for all.
  k.local.complete(3);
  k.helpers.run_all();
  CHECK(old.expired());
  CHECK_FALSE(newest.expired());
}

}  // namespace flink::task::test
