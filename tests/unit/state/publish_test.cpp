// SPDX-License-Identifier: Apache-2.0
// Publishing a run to a disk that fails at any step: all or nothing under the name, and the run is
// still there to be published again.
#include <fstream>

#include "base/forwarding_file_system.h"
#include "unit/state/run_support.h"

using namespace flink;
using namespace flink::state;
using namespace flink::state::test;

namespace {

// The real files; the operation that brings `left` to 0 fails.
class FailingFiles final : public base::ForwardingFileSystem {
 public:
  FailingFiles(base::FileSystem& files, int operations)
      : ForwardingFileSystem(files), left_(operations) {}
  int left() const { return left_; }

  std::unique_ptr<base::WritableFile> create(const base::Path& path, bool truncate) override {
    step("create", path.text());
    return std::make_unique<File>(*this, path.text(), to_.create(path, truncate));
  }
  void rename(const base::Path& from, const base::Path& to) override {
    step("rename", from.text());
    to_.rename(from, to);
  }
  void sync_directory(const base::Path& path) override {
    step("sync", path.text());
    to_.sync_directory(path);
  }
  std::optional<std::string> local_path(const base::Path&) override { return std::nullopt; }

 private:
  class File final : public base::WritableFile {
   public:
    File(FailingFiles& owner, std::string path, std::unique_ptr<base::WritableFile> real)
        : owner_(owner), path_(std::move(path)), real_(std::move(real)) {}
    void append(std::span<const char> bytes) override {
      try {
        owner_.step("write", path_);
      } catch (const Error&) {
        real_->append(bytes.first(bytes.size() / 2));  // as a full disk does it
        throw;
      }
      real_->append(bytes);
    }
    void sync() override {
      owner_.step("sync", path_);
      real_->sync();
    }
    void close() override {
      owner_.step("close", path_);
      real_->close();
    }

   private:
    FailingFiles& owner_;
    std::string path_;
    std::unique_ptr<base::WritableFile> real_;
  };
  void step(const char* what, const std::string& path) {
    if (--left_ == 0) {
      throw Error(ErrorKind::resource, std::string("cannot ") + what + " " + path + ": disk full");
    }
  }

  int left_;
};

}  // namespace

TEST_CASE("a disk that fails at each step of publishing") {
  Scratch directory;
  base::SeededRandom random(3);
  Entries entries;
  for (int i = 0; i < 40; ++i) {
    entries[stored_key({1, 1, std::to_string(i), {}, {}})] = "\1" + random_bytes(random, 60'000);
  }
  RunBuilder builder({.scratch_file = directory / "scratch", .entries_max = entries.size()});
  for (const auto& [key, value] : entries) builder.append(key, value);
  const auto run = builder.finish(false);
  const std::string path = directory / "run";
  int step = 1;
  for (bool done = false; !done; ++step) {
    CAPTURE(step);
    fs::LocalFileSystem real;
    FailingFiles files(real, step);
    std::optional<RunFile> published;
    const std::string failure = message_of([&] { published = run->publish(files, path); });
    done = published.has_value();
    CHECK(done == (files.left() > 0));
    if (!done) CHECK(has(failure, "disk full"));
    // Complete under its name, or not there.
    if (std::filesystem::exists(path)) {
      CHECK(std::filesystem::file_size(path) == run->file().bytes);
      if (!done) CHECK(has(failure, "cannot sync " + directory.path));
    }
    if (done) CHECK(all_of(RunReader(open_run(*published)).scan({})) == entries);
    if (!done && !has(failure, "cannot rename"))
      CHECK_FALSE(std::filesystem::exists(path + ".part"));
    std::filesystem::remove(path);
    std::filesystem::remove(path + ".part");
  }
  CHECK(step > 8);
}

// The name of the run's own bytes where it can be one, a copy else; both are the same file.
TEST_CASE("a run is published any number of times, whatever became of the times before") {
  Scratch directory;
  Entries entries;
  for (int i = 0; i < 3000; ++i) {
    entries[stored_key({1, 1, std::to_string(i), "", ""})] = "\1" + std::to_string(i);
  }
  RunBuilder builder({.scratch_file = directory / "scratch", .entries_max = entries.size()});
  for (const auto& [key, value] : entries) builder.append(key, value);
  const auto run = builder.finish(true);
  CHECK(std::filesystem::is_empty(directory.path));
  fs::LocalFileSystem files;
  for (int i = 0; i < 4; ++i) {
    const std::string path = directory / std::to_string(i);
    std::ofstream{path + ".part"} << "what was left by somebody";
    const RunFile file = run->publish(files, path);
    CHECK(std::filesystem::file_size(path) == run->file().bytes);
    CHECK(run->has_bytes_of(file));
    CHECK(all_of(RunReader(open_run(file)).scan("")) == entries);
    if (i % 2 == 0) std::filesystem::remove(path);
  }
  CHECK(all_of(RunReader(run).scan("")) == entries);
}

TEST_CASE("a run stays readable whatever happens to its file: linked, or copied") {
  Scratch directory;
  const std::string path = directory / "run", own = directory / "own";
  Entries entries;
  for (int i = 0; i < 2000; ++i) {
    entries[stored_key({1, 1, std::to_string(i), "", ""})] = "\1" + std::to_string(i);
  }
  fs::LocalFileSystem local;
  fs::LocalFileSystem real;
  FailingFiles remote(real, 0);  // never; its files have no names here
  for (base::FileSystem* files :
       {static_cast<base::FileSystem*>(&local), static_cast<base::FileSystem*>(&remote)}) {
    const RunFile file = build_run(path, entries);
    std::ofstream{own} << "what was left by somebody";
    const auto run = Run::open(*files, file, {.scratch_file = own, .point_reads = true});
    CHECK_FALSE(std::filesystem::exists(own));
    std::filesystem::remove(path);
    std::ofstream{path} << std::string(1000, 'x');
    CHECK(all_of(RunReader(run).scan("")) == entries);
    // It can be written again from what is open.
    const RunFile again = run->publish(local, directory / "again");
    CHECK(again.checksums == file.checksums);
  }
}
