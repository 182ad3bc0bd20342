// SPDX-License-Identifier: Apache-2.0
// Files: any split and block size gives the lines of the whole file, each once; bad input.
#include <doctest/doctest.h>
#include <flink/connectors/file/file_source.h>

#include "base/random.h"
#include "connectors/file/split_lines.h"
#include "unit/connectors/harness.h"

namespace flink::test {
namespace {

using Lines = std::vector<std::string>;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// The rule in words: a line ends at "\n" or "\r\n", or at the end of the file; a byte order mark
// before the first is none of it.
Lines lines_of(const std::string& text) {
  Lines lines;
  std::string line;
  for (const char c : text) {
    if (c == '\n') {
      if (line.ends_with('\r')) line.pop_back();
      lines.push_back(std::exchange(line, {}));
    } else {
      line += c;
    }
  }
  if (!line.empty()) lines.push_back(line);
  if (!lines.empty() && lines[0].starts_with(byte_order_mark)) {
    lines[0].erase(0, byte_order_mark.size());
    if (text == byte_order_mark) lines.clear();
  }
  return lines;
}

std::string random_text(base::Random& random) {
  std::string text;
  if (random.below(4) == 0) text = byte_order_mark;
  const std::size_t size = random.below(random.below(4) == 0 ? 2000 : 120);
  const std::uint64_t breaks = 1 + random.below(30);
  if (size == 0) return text;
  if (text.empty()) text = "a";  // no byte order mark of UTF-16
  while (text.size() < size) {
    const auto what = random.below(breaks + 3);
    if (what == 0) {
      text += '\n';
    } else if (what == 1) {
      text += "\r\n";
    } else if (what == 2) {
      text += '\r';
    } else {
      text += static_cast<char>(random.below(256));
    }
  }
  return text;
}

// Reads one split with its own blocks; checks the position after each call by starting over from
// it.
Lines lines_of_split(const std::string& text, const FileSplit& split,
                     connectors::SplitLines::Limits limits, base::Random& random) {
  using connectors::SplitLines;
  Lines lines;
  auto reader = std::make_unique<SplitLines>(limits);
  reader->open(split);
  std::string_view found[7];
  std::vector<BufferRef> pinned;
  for (;;) {
    std::size_t count = 0;
    const auto next = reader->next({found, 1 + random.below(7)}, count);
    if (next == SplitLines::Next::done) return lines;
    if (next == SplitLines::Next::need_block) {
      const auto room = reader->room();
      REQUIRE(room.size() > 0);
      REQUIRE(reader->read_offset() + room.size() <= text.size());
      std::copy_n(text.data() + reader->read_offset(), room.size(), room.data());
      reader->filled(room.size());
      continue;
    }
    REQUIRE(next == SplitLines::Next::lines);
    REQUIRE(count > 0);
    if (random.below(2) == 0) pinned.push_back(reader->buffer());
    for (std::size_t i = 0; i < count; ++i) lines.emplace_back(found[i]);
    if (random.below(8) == 0) {
      const FileSplit rest = reader->rest();
      reader = std::make_unique<SplitLines>(limits);
      reader->open(rest);
    }
  }
}

TEST_CASE("any splits and blocks give the lines of the whole file") {
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random{seed};
    const std::string text = random_text(random);
    connectors::SplitLines::Limits limits;
    limits.block_bytes = 1 + random.below(64);
    limits.skip_first_line = random.below(4) == 0;
    Lines lines;
    for (std::uint64_t offset = 0; offset < text.size();) {
      const std::uint64_t length =
          1 + random.below(std::min<std::uint64_t>(text.size() - offset, 40));
      const Lines some = lines_of_split(text, {"f", offset, length, text.size()}, limits, random);
      lines.insert(lines.end(), some.begin(), some.end());
      offset += length;
    }
    Lines expected = lines_of(text);
    if (limits.skip_first_line && !expected.empty()) expected.erase(expected.begin());
    REQUIRE(lines == expected);
  }
}

TEST_CASE("a directory is read by several subtasks, some of which die") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random{seed};
    FakeJob job;
    Lines expected;
    for (int file = 0; file < 4; ++file) {
      const std::string text = random_text(random);
      const char* of_user = file == 0 ? ".pending" : file == 1 ? ".inprogress" : "";
      job.files.put("in/" + std::string(file % 2 == 0 ? "a/" : "") + std::to_string(file) + of_user,
                    text);
      const Lines lines = lines_of(text);
      expected.insert(expected.end(), lines.begin(), lines.end());
    }
    job.files.put("in/.hidden", "no\n");
    job.files.put("in/_SUCCESS", "no\n");
    job.files.put("in/part-0-0123456789ab-0-0.csv.inprogress", "no\n");
    job.files.put("in/.part-0-0123456789ab-0-1.csv.pending", "no\n");
    job.files.put("in/part-0-0123456789ab-0-2.csv.pending", "no\n");
    const int parallelism = 1 + static_cast<int>(random.below(3));
    const auto split_bytes = 1 + random.below(300);
    const auto run = [&](auto source_type) {
      using T = decltype(source_type);
      SourceJob<T, std::string> source{job, FileSource<T>::text("in").with_split_bytes(split_bytes),
                                       parallelism};
      for (auto& task : source.tasks) task.output->keep = true;
      for (int turn = 0; turn < 6; ++turn) {
        const int subtask = static_cast<int>(random.below(static_cast<std::uint64_t>(parallelism)));
        random.below(5) == 0 ? source.restart(subtask) : source.step(subtask);
      }
      source.run();
      Lines lines = source.records();
      std::sort(lines.begin(), lines.end());
      return lines;
    };
    std::sort(expected.begin(), expected.end());
    CHECK(run(std::string_view{}) == expected);
    CHECK(run(std::string{}) == expected);
  }
}

// An enumerator's, and what it assigned.
class Splits final : public SplitEnumeratorContext<FileSplit> {
 public:
  Splits(MemoryFileSystem& files, int parallelism) : files_(files), parallelism_(parallelism) {}
  std::vector<FileSplit> assigned;
  bool no_more = false;

  int current_parallelism() const override { return parallelism_; }
  std::vector<int> registered_readers() const override { return {}; }
  void assign_split(const FileSplit& split, int) override { assigned.push_back(split); }
  void signal_no_more_splits(int) override { no_more = true; }
  void send_event_to_source_reader(int, std::string) override {}
  ConnectorContext& connector() const override { return files_; }
  void warn(const std::string&) override {}

 private:
  struct Files final : ConnectorContext {
    explicit Files(MemoryFileSystem& owner) : files(owner) {}
    base::FileSystem& file_system() override { return files; }
    MemoryFileSystem& files;
  };
  mutable Files files_;
  int parallelism_;
};

TEST_CASE("splits cover the files and get smaller, so that all readers end together") {
  MemoryFileSystem files;
  for (const int parallelism : {1, 2, 7}) {
    files.put("in/a", std::string(90'000'001, 'a'));
    files.put("in/b", std::string(5'000'000, 'b'));
    files.put("in/c", "c");
    Splits splits{files, parallelism};
    detail::FileSourceOptions options;
    options.path = "in";
    const auto enumerator = detail::make_file_enumerator(splits, options);
    enumerator->start();
    while (!splits.no_more) enumerator->handle_split_request(0);
    std::map<std::string, std::uint64_t> covered;
    std::uint64_t left = 95'000'002;
    for (const FileSplit& split : splits.assigned) {
      CHECK(split.offset == covered[split.path]);
      CHECK(split.file_size == files.content(split.path).size());
      CHECK(split.length > 0);
      const auto share = left / (2 * static_cast<std::uint64_t>(parallelism)) + 1;
      CHECK(split.length <= std::max<std::uint64_t>(share, 1 << 20));
      covered[split.path] += split.length;
      left -= split.length;
    }
    CHECK(left == 0);
    CHECK(splits.assigned.size() < 30 + 10 * static_cast<std::size_t>(parallelism));
  }
}

TEST_CASE("views stay valid while their batches are held, across many blocks") {
  FakeJob job;
  std::string text;
  for (int i = 0; text.size() < 5 << 20; ++i) text += "line number " + std::to_string(i) + "\n";
  job.files.put("big.txt", text);
  SourceJob<std::string_view, std::string> source{
      job, FileSource<std::string_view>::text("big.txt").with_split_bytes(1 << 20), 1};
  source.tasks[0].output->keep = true;
  source.run();
  CHECK(source.records() == lines_of(text));
  Lines kept;
  for (const BatchRef& batch : source.tasks[0].output->kept) {
    for (const auto line : static_cast<const RecordBatch<std::string_view>&>(*batch).records()) {
      kept.emplace_back(line);
    }
  }
  CHECK(kept == source.records());
}

TEST_CASE("bad input is refused or fails with a message that says what to do") {
  FakeJob job;
  const auto text_job = [&](std::string path, int parallelism = 1) {
    return SourceJob<std::string>{job, FileSource<std::string>::text(std::move(path)), parallelism};
  };
  CHECK(contains(error_of([&] { text_job("gone.txt"); }), "'gone.txt' does not exist"));
  CHECK(
      contains(error_of([&] { text_job("in/*.txt"); }), "(patterns are not expanded: a directory"));

  job.files.put("in/secret.txt", "x\n");
  job.files.before = [](const std::string& operation, const std::string& path) {
    if (operation == "open" || operation == "list")
      MemoryFileSystem::fail(operation, path, "Permission denied");
  };
  CHECK(contains(error_of([&] { text_job("in"); }), "'in': Permission denied"));
  CHECK(contains(error_of([&] { text_job("in/secret.txt"); }), "secret.txt': Permission denied"));
  job.files.before = nullptr;

  job.files.put("a.txt", "one\ntwo\n");
  {
    auto source = text_job("a.txt");
    job.files.files.erase("a.txt");
    CHECK(contains(error_of([&] { source.run(); }, ErrorKind::incurable), "is gone now"));
  }
  job.files.put("a.txt", "one\ntwo\n");
  {
    auto source = text_job("a.txt");
    job.files.put("a.txt", "one\n");
    CHECK(contains(error_of([&] { source.run(); }),
                   "had 8 bytes when the job started and has 4 now"));
  }
  std::string text(3 << 20, 'x');
  text += "\n";
  job.files.put("long.txt", "short\n" + text + "short\n");
  {
    auto source = SourceJob<std::string>{
        job, FileSource<std::string>::text("long.txt").with_record_bytes_max(2 << 20), 1};
    const std::string error = error_of([&] { source.run(); });
    CHECK(contains(error, "file 'long.txt', line 2: a line of 3145728 bytes"));
    CHECK(contains(error, "flinkc.record-bytes-max=4mb"));
  }
  job.options["flinkc.record-bytes-max"] = "1 mb";
  CHECK(contains(error_of([&] { text_job("long.txt").run(); }), "longest allowed has 1048576"));
  job.options["flinkc.record-bytes-max"] = "4mb";
  auto source = text_job("long.txt");
  source.run();
  CHECK(source.records().size() == 3);
}

TEST_CASE("a file that grows is read as far as it went when the job started") {
  FakeJob job;
  job.files.put("log", "one\ntwo\n");
  SourceJob<std::string> source{job, FileSource<std::string>::text("log"), 1};
  job.files.put("log", "one\ntwo\nthree\n");
  source.run();
  CHECK(source.records() == Lines{"one", "two"});
}

TEST_CASE("what has no size is one split, read to its end as its bytes come") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random{seed};
    FakeJob job;
    const std::string text = random_text(random);
    auto& pieces = job.files.streams["pipe"];
    for (std::size_t at = 0; at < text.size();) {
      if (random.below(3) == 0) pieces.emplace_back();  // nothing yet
      pieces.push_back(text.substr(at, 1 + random.below(30)));
      at += pieces.back().size();
    }
    SourceJob<std::string_view, std::string> source{job, FileSource<std::string_view>::text("pipe"),
                                                    3};
    for (auto& task : source.tasks) task.output->keep = true;
    source.run();
    CHECK(source.records() == lines_of(text));
    Lines kept;  // views stay valid while more comes behind them
    for (const auto& task : source.tasks) {
      for (const BatchRef& batch : task.output->kept) {
        for (const auto line :
             static_cast<const RecordBatch<std::string_view>&>(*batch).records()) {
          kept.emplace_back(line);
        }
      }
    }
    CHECK(kept == lines_of(text));
  }
}

// What SplitLines gives of a stream that comes in such pieces.
Lines lines_of_pieces(const std::string& text, connectors::SplitLines::Limits limits,
                      const std::function<std::size_t()>& piece) {
  using Next = connectors::SplitLines::Next;
  connectors::SplitLines reader{limits};
  reader.open({"pipe", 0, UINT64_MAX, UINT64_MAX, "fake"});
  Lines lines;
  std::string_view found[3];
  std::size_t count = 0;
  for (Next next{}; (next = reader.next(found, count)) != Next::done;) {
    if (next == Next::lines) {
      lines.insert(lines.end(), found, found + count);
      continue;
    }
    REQUIRE(next == Next::need_block);
    const auto room = reader.room();
    const std::size_t at = reader.read_offset();
    if (at == text.size()) {
      reader.end_of_stream();
      continue;
    }
    const std::size_t size = std::min({piece(), text.size() - at, room.size()});
    std::copy_n(text.data() + at, size, room.data());
    reader.filled(size);
  }
  return lines;
}

TEST_CASE("records that come in pieces are those that come at once") {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random{seed};
    std::string text{random.below(3) == 0 ? byte_order_mark : ""};
    for (std::uint64_t left = random.below(60); left > 0; --left) {
      text += "aaa,\"\"\"\n\n\r"[random.below(10)];
    }
    CAPTURE(text);
    connectors::SplitLines::Limits limits;
    limits.multi_line = random.below(3) != 0;
    limits.skip_first_line = random.below(3) == 0;
    const auto whole = lines_of_pieces(text, limits, [] { return std::size_t{1000}; });
    limits.block_bytes = 1 + random.below(20);
    const auto pieces = lines_of_pieces(text, limits, [&] { return random.below(5); });
    CHECK(pieces == whole);
  }
}

// Searching it from its start for each piece would take a minute.
// Were each piece looked at from the record's beginning, the suite would run into its time limit.
TEST_CASE("a long record in small pieces takes as long as its bytes") {
  for (const bool multi_line : {false, true}) {
    connectors::SplitLines::Limits limits;
    limits.multi_line = multi_line;
    const std::string line = "\"" + std::string(1'000'000, 'a') + "\"";
    const auto lines = lines_of_pieces(line + "\n", limits, [] { return std::size_t{1}; });
    CHECK(lines == Lines{line});
  }
}

}  // namespace
}  // namespace flink::test
