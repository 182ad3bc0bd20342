// SPDX-License-Identifier: Apache-2.0
// Files of CSV: quotes, headers, byte order marks, comments, and errors with their place.
#include <doctest/doctest.h>
#include <flink/connectors/file/file_source.h>

#include "unit/connectors/harness.h"

namespace flink::test {
namespace {

struct Click {
  std::string user;
  std::int64_t at = 0;
  bool operator==(const Click&) const = default;
};
struct ClickView {
  std::string_view user;
  std::int64_t at = 0;
};
struct OwnedClick : Click {
  explicit OwnedClick(const ClickView& view) : Click{std::string{view.user}, view.at} {}
};

TEST_CASE("CSV: quotes, CRLF, views, empty lines, errors with their place") {
  FakeJob job;
  job.files.put("c.csv", "ann,1\r\n\"b \"\"o\"\", b\",2\n\nc\xff,3");
  const std::vector<Click> expected{{"ann", 1}, {"b \"o\", b", 2}, {"c\xff", 3}};
  SourceJob<Click> owned{job, FileSource<Click>::csv("c.csv"), 2};
  owned.run();
  CHECK(owned.records() == expected);
  SourceJob<ClickView, OwnedClick> views{job, FileSource<ClickView>::csv("c.csv"), 1};
  views.run();
  const auto records = views.records();
  CHECK(std::vector<Click>(records.begin(), records.end()) == expected);

  job.files.put("h.csv", "user,at\nann,1\n");
  SourceJob<Click> header{job, FileSource<Click>::csv("h.csv").skip_first_line(), 1};
  header.run();
  CHECK(header.records() == std::vector<Click>{{"ann", 1}});

  SourceJob<Click> wrong{job, FileSource<Click>::csv("h.csv"), 1};
  const std::string error = error_of([&] { wrong.run(); });
  CHECK(contains(error, "file 'h.csv', line 1: "));
  CHECK(contains(error, "at"));
}

TEST_CASE("CSV: a first line that may hold names has a hint, another one has none") {
  struct Row {
    std::string text;
    bool hint;
  };
  const Row rows[] = {
      {"user,at\nann,1\n", true},      {"User ID,At\nann,1\n", true}, {"Name;Zeit\nann;1\n", true},
      {"name2,\"AT\"\nann,1\n", true}, {"name,since,by\n", true},     {"ann,1x\n", false},
      {"ann,1\nuser,at\n", false},     {"\"user,at\n", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    FakeJob job;
    job.files.put("h.csv", row.text);
    SourceJob<Click> source{job, FileSource<Click>::csv("h.csv"), 1};
    const std::string error = error_of([&] { source.run(); });
    CHECK(contains(error, "file 'h.csv', line "));
    for (const auto* method : {"with_header()", "skip_first_line()", "ignore_parse_errors()"}) {
      CHECK(contains(error, method) == row.hint);
    }
  }
}

TEST_CASE("CSV: line breaks within quotes need multi_line()") {
  FakeJob job;
  job.files.put("m.csv", "\"a\nb\",1\n\"\"\"\r\n\"\"\",2\nc,3\n");
  const std::vector<Click> expected{{"a\nb", 1}, {"\"\r\n\"", 2}, {"c", 3}};
  SourceJob<Click> source{job, FileSource<Click>::csv("m.csv").with_split_bytes(3).multi_line(), 2};
  source.run();
  CHECK(source.records() == expected);
  // Whatever the splits, the line that opens the quotes is an error in the split that it starts in.
  for (std::uint64_t split_bytes = 1; split_bytes < 24; ++split_bytes) {
    SourceJob<Click> single{job, FileSource<Click>::csv("m.csv").with_split_bytes(split_bytes), 1};
    CHECK(contains(error_of([&] { single.run(); }), "file 'm.csv', line "));
  }
}

std::vector<Click> clicks_of(FakeJob& job, const std::string& text, bool multi_line = false,
                             bool header = false, std::uint64_t split_bytes = 0) {
  job.files.put("q.csv", text);
  auto source = FileSource<Click>::csv("q.csv").with_split_bytes(split_bytes);
  if (multi_line) source = source.multi_line();
  if (header) source = source.skip_first_line();
  SourceJob<Click> run{job, source, 2};
  run.run();
  return run.records();
}

TEST_CASE("CSV: a quote counts at the start of a field only") {
  FakeJob job;
  const std::vector<Click> expected{{"5\" pipe", 1}, {"a\nb", 2}, {"x\"\"y\"", 3}};
  CHECK(clicks_of(job, "5\" pipe,1\n\"a\nb\",2\nx\"\"y\",3\n", true) == expected);
  // A header of two lines is one record.
  CHECK(clicks_of(job, "\"user\nname\",at\nann,1\n", true, true) == std::vector<Click>{{"ann", 1}});
  CHECK(clicks_of(job, "\"user\nname", true, true).empty());
  CHECK(clicks_of(job, "user,at\n\"a\nb\",1\n", true, true) == std::vector<Click>{{"a\nb", 1}});
}

TEST_CASE("a byte order mark is no part of the first field; UTF-16 is refused by name") {
  FakeJob job;
  for (const std::uint64_t split_bytes : {0, 1, 2, 3, 4, 5}) {
    CAPTURE(split_bytes);
    CHECK(clicks_of(job,
                    "\xEF\xBB\xBF"
                    "ann,1\nbob,2\n",
                    false, false, split_bytes) == std::vector<Click>{{"ann", 1}, {"bob", 2}});
  }
  CHECK(clicks_of(job, "\xEF\xBB\xBF\"a\nb\",1\n", true) == std::vector<Click>{{"a\nb", 1}});
  CHECK(clicks_of(job, "\xEF\xBB\xBF\"u\nv\",at\n\"a\nb\",1\n", true, true) ==
        std::vector<Click>{{"a\nb", 1}});
  CHECK(clicks_of(job, "\xEF\xBB\xBF").empty());
  for (const std::string& text :
       {std::string{"\xFF\xFEo\0\n\0", 6}, std::string{"\xFE\xFF\0o\0\n", 6}}) {
    for (const bool header : {false, true}) {
      const std::string error = error_of([&] { clicks_of(job, text, false, header); });
      CHECK(contains(error, "file 'q.csv' begins with the byte order mark of UTF-16"));
      CHECK(contains(error, "iconv"));
    }
  }
}

TEST_CASE("an error names file, line and column") {
  FakeJob job;
  std::string text = "user,at\n";
  for (int i = 0; i < 100; ++i) text += "ann,1\n";
  text += "bob,x\n";
  for (const std::uint64_t split_bytes : {0, 10}) {
    const std::string error = error_of([&] { clicks_of(job, text, false, true, split_bytes); });
    CHECK(contains(error, "file 'q.csv', line 102: CSV column 2 'at'"));
  }
}

TEST_CASE("a compressed file is refused by its first bytes, in however small pieces they come") {
  using namespace std::string_view_literals;
  struct Row {
    std::string_view name, bytes;
  };
  const Row rows[] = {{"gzip", "\x1F\x8B\x08\0"sv},   {"zstd", "\x28\xB5\x2F\xFD\x04"sv},
                      {"bzip2", "BZh91AY&SY\x11"sv},  {"xz", "\xFD\x37zXZ\0\0"sv},
                      {"lz4", "\x04\x22\x4D\x18@"sv}, {"zip", "PK\x03\x04\x14"sv}};
  for (const auto& [name, bytes] : rows) {
    CAPTURE(name);
    FakeJob job;
    job.files.put("in.csv", std::string{bytes});
    std::deque<std::string> pieces;
    for (const char c : bytes) pieces.emplace_back(1, c);
    job.files.streams["pipe"] = pieces;
    for (const char* path : {"in.csv", "pipe"}) {
      job.claims.clear();
      SourceJob<Click> source{job, FileSource<Click>::csv(path), 1};
      const std::string error = error_of([&] { source.run(); });
      CHECK(contains(error, detail::concat("'", path, "' is compressed (", name, ")")));
      CHECK(contains(error, "/dev/stdin"));
    }
  }
  // What only begins like it is text, and a line is not kept waiting for more.
  for (const char* text : {"BZh9\n", "BZ\n", "P\n", "(\n", "PK\n", "BZh91AY&S\n", "B"}) {
    CAPTURE(text);
    FakeJob job;
    job.files.put("in.txt", text);
    job.files.streams["pipe"] = {text, ""};
    for (const char* path : {"in.txt", "pipe"}) {
      SourceJob<std::string> source{job, FileSource<std::string>::text(path), 1};
      source.run();
      CHECK(source.records() == std::vector<std::string>{std::string{text}.substr(
                                    0, std::string_view{text}.find('\n'))});
    }
  }
}

TEST_CASE("a compressed file is refused by name, with the way out") {
  FakeJob job;
  job.files.put("in/a.csv", "ann,1\n");
  for (const char* suffix : {"gz", "bz2", "xz", "zst", "lz4", "zip", "deflate"}) {
    const std::string name = std::string{"b.csv."} + suffix;
    job.files.put("in/" + name, "??");
    for (const std::string& path : {"in/" + name, std::string{"in"}}) {
      const std::string error = error_of([&] {
        SourceJob<Click>{job, FileSource<Click>::csv(path), 1};
      });
      CHECK(contains(error, name + "' is compressed"));
      CHECK(contains(error, "/dev/stdin"));
    }
    job.files.files.erase("in/" + name);
  }
}

TEST_CASE("CSV by name: what comes before the header, in any splits") {
  FakeJob job;
  const std::string before = "# made by hand\n\n#\r\n\r\n";
  job.files.put("in/1", "\xEF\xBB\xBF" + before + "at,user\n1,ann\n# more\n2,bob\n");
  job.files.put("in/2", before);
  const auto format = CsvFormat<Click>{}.with_header().allow_comments();
  const std::vector<Click> expected{{"ann", 1}, {"bob", 2}};
  for (const std::uint64_t split_bytes : {0, 1, 7, 40}) {
    SourceJob<Click> files{job, FileSource<Click>::of("in", format).with_split_bytes(split_bytes),
                           1};
    files.run();
    CHECK(files.records() == expected);
  }
  job.files.streams["pipe"] = {before + "at,us", "er\n1,ann\n2,bob"};
  SourceJob<Click> stream{job, FileSource<Click>::of("pipe", format), 1};
  stream.run();
  CHECK(stream.records() == expected);
  job.files.put("wrong", before + "user,when\nann,1\n");
  SourceJob<Click> wrong{job, FileSource<Click>::of("wrong", format), 1};
  CHECK(contains(error_of([&] { wrong.run(); }), "file 'wrong', line 5: CSV: no column is named"));
}

TEST_CASE("CSV by name: each file's own header, whichever split comes first; streams too") {
  FakeJob job;
  std::string reversed =
      "\xEF\xBB\xBF"
      "at,more,user\n";
  std::vector<Click> expected;
  for (int i = 0; i < 50; ++i) {
    reversed += std::to_string(i) + ",x,ann\n";
    expected.push_back({"ann", i});
  }
  job.files.put("in/1", reversed);
  job.files.put("in/2", "user,at\nbob,7\n");
  expected.push_back({"bob", 7});
  job.files.streams["pipe"] = {"\xEF\xBB",
                               "\xBF"
                               "at,us",
                               "er\n8,cid", "\n9,dan"};
  const auto format = CsvFormat<Click>{}.with_header();
  for (const std::uint64_t split_bytes : {0, 1, 40}) {
    SourceJob<Click> files{job, FileSource<Click>::of("in", format).with_split_bytes(split_bytes),
                           1};
    files.run();
    CHECK(files.records() == expected);
  }
  SourceJob<Click> stream{job, FileSource<Click>::of("pipe", format), 1};
  stream.run();
  CHECK(stream.records() == std::vector<Click>{{"cid", 8}, {"dan", 9}});
  job.files.put("wrong", "user,when\nann,1\n");
  SourceJob<Click> wrong{job, FileSource<Click>::of("wrong", format), 1};
  CHECK(contains(error_of([&] { wrong.run(); }),
                 "file 'wrong', line 1: CSV: no column is named 'at'"));
}

TEST_CASE("CSV errors that are ignored are counted; comments and blank lines are no records") {
  FakeJob job;
  job.files.put("c.csv", "# users\nann,1\nbob\n\nbob,x\n\"bob,2\ncid,3\n");
  const auto format = CsvFormat<Click>{}.allow_comments();
  SourceJob<Click> source{job, FileSource<Click>::of("c.csv", format.ignore_parse_errors()), 1};
  source.run();
  CHECK(source.records() == std::vector<Click>{{"ann", 1}, {"cid", 3}});
  CHECK(source.tasks[0].context->task.counters["numRecordsInErrors"].count() == 3);
  SourceJob<Click> strict{job, FileSource<Click>::of("c.csv", format), 1};
  CHECK(contains(error_of([&] { strict.run(); }), "file 'c.csv', line 3: CSV: expected 2 columns"));
  job.files.put("n.csv", "1\n2\n\n");
  SourceJob<double> numbers{job, FileSource<double>::csv("n.csv"), 1};
  numbers.run();
  CHECK(numbers.records() == std::vector<double>{1, 2});
}

TEST_CASE("a stream: errors name its line; nothing of it is read twice") {
  FakeJob job;
  std::string text;
  for (int i = 0; i < 300'000; ++i) text += "ann,1\n";  // more than a block
  job.files.streams["pipe"] = {text, "bob,x\n"};
  SourceJob<Click> wrong{job, FileSource<Click>::csv("pipe"), 1};
  CHECK(contains(error_of([&] { wrong.run(); }), "file 'pipe', line 300001: CSV column 2"));

  job.claims.clear();  // another job
  job.files.streams["pipe"] = {"ann,1\n", "", "bob,2\n"};
  SourceJob<Click> again{job, FileSource<Click>::csv("pipe"), 1};
  again.step(0);
  again.restart(0);
  const std::string error = error_of([&] { again.run(); }, ErrorKind::incurable);
  CHECK(contains(error, "'pipe' cannot be read again"));

  CHECK(contains(error_of([&] {
                   SourceJob<Click>{job, FileSource<Click>::csv("pipe"), 1};
                 }),
                 "input 'pipe' is read by 'operator' of this job already"));

  job.claims.clear();
  job.files.streams["pipe"] = {"", ""};
  SourceJob<Click> empty{job, FileSource<Click>::csv("pipe"), 1};
  empty.run();
  CHECK(empty.records().empty());
  CHECK(contains(error_of([&] {
                   SourceJob<Click>{job, FileSource<Click>::csv("-"), 1};
                 }),
                 "/dev/stdin"));
}

}  // namespace
}  // namespace flink::test
