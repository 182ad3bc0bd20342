// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <flink/error.h>
#include <flink/formats/csv.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <memory>
#include <random>

#include "unit/types/records.h"

namespace {

using namespace types_test;
using flink::CsvFormat;
using namespace std::chrono_literals;

using Millis = std::chrono::sys_time<std::chrono::milliseconds>;

struct Row {
  std::string text;
  std::optional<std::string> note;
  std::int32_t number = 0;
  std::uint8_t small = 0;
  double price = 0;
  float ratio = 0;
  bool flag = false;
  char letter = 'x';
  Color color = Color::red;
  std::chrono::seconds took{};
  Millis at{};
  std::optional<std::int64_t> maybe;
  friend bool operator==(const Row&, const Row&) = default;
};
struct ViewRow {
  std::string_view a;
  std::string_view b;
};

template <class T>
std::string written(const T& value) {
  std::string out;
  CsvFormat<T>::write_line(out, value);
  CHECK(out.back() == '\n');
  out.pop_back();
  flink::ByteWriter writer;
  CsvFormat<T>::write(writer, value);
  CHECK(writer.view() == out);
  return out;
}
template <class T>
T parsed(std::string_view record) {
  T value{};
  std::string scratch;
  CsvFormat<T>::parse(record, value, scratch);
  return value;
}
template <class T>
std::string error_of(std::string_view record) {
  try {
    parsed<T>(record);
  } catch (const flink::Error& error) {
    CHECK(error.kind() == flink::ErrorKind::user);
    return error.message();
  }
  return "no error";
}

TEST_CASE("rows are written with quotes only where RFC 4180 wants them") {
  CHECK(written(WordCount{"word", 1}) == "word,1");
  CHECK(written(WordCount{"", -5}) == ",-5");
  CHECK(written(WordCount{"a,b", 0}) == "\"a,b\",0");
  CHECK(written(WordCount{"say \"hi\"", 0}) == "\"say \"\"hi\"\"\",0");
  CHECK(written(WordCount{"a\nb", 0}) == "\"a\nb\",0");
  CHECK(written(WordCount{"a\rb", 0}) == "\"a\rb\",0");
  CHECK(written(WordCount{" a ", 0}) == " a ,0");
  CHECK(written(WordCount{"\xff\xfd\x80", 0}) == "\xff\xfd\x80,0");
  CHECK(written(std::tuple{1, std::string{"x"}, true}) == "1,x,true");
  CHECK(written(std::string{}) == "\"\"");
  CHECK(written(std::int64_t{7}) == "7");
  CHECK(written(Row{"t", "", 1, 2, 0.1, 0.2f, true, ',', Color::blue, 3s, Millis{5ms}, {}}) ==
        "t,\"\",1,2,0.1,0.2,true,\",\",2,3,1970-01-01T00:00:00.005Z,");
}

TEST_CASE("every position of every special byte is seen") {
  for (std::size_t size = 1; size < 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (const char special : {',', '"', '\r', '\n'}) {
        std::string text(size, 'z');
        text[at] = special;
        const std::string row = written(WordCount{text, 1});
        REQUIRE(row.front() == '"');
        REQUIRE(parsed<WordCount>(row).word == text);
      }
      for (int c = 0; c < 256; ++c) {
        const char byte = static_cast<char>(c);
        if (byte == ',' || byte == '"' || byte == '\r' || byte == '\n') continue;
        std::string text(size, 'z');
        text[at] = byte;
        REQUIRE(written(WordCount{text, 1}) == text + ",1");
      }
    }
  }
}

TEST_CASE("rows are read") {
  CHECK(parsed<WordCount>("word,1").count == 1);
  CHECK(parsed<WordCount>("word,1\r").count == 1);
  CHECK(parsed<WordCount>("\"a\"\"b\",\"2\"\r").word == "a\"b");
  CHECK(parsed<WordCount>("a\"b, +2 ").word == "a\"b");
  CHECK(parsed<WordCount>("a, +2 ").count == 2);
  CHECK(parsed<WordCount>(",0").word.empty());
  CHECK(parsed<std::string>("").empty());
  CHECK(parsed<std::string>("\"\"").empty());
  CHECK(parsed<std::tuple<int, std::string>>("5,x") == std::tuple<int, std::string>{5, "x"});
  const Row row = parsed<Row>("t,,1,255,1e3,nan,TRUE,\"\"\"\",1,7,2024-02-29 12:00,9");
  CHECK_FALSE(row.note.has_value());
  CHECK(row.price == 1000.0);
  CHECK(std::isnan(row.ratio));
  CHECK(row.flag);
  CHECK(row.letter == '"');
  CHECK(row.color == Color::green);
  CHECK(row.at == Millis{1709208000000ms});
  CHECK(row.maybe == 9);
}

TEST_CASE("times are read as text or as a count") {
  const std::pair<const char*, std::int64_t> golden[] = {
      {"0", 0},
      {"-7", -7},
      {"1970-01-01", 0},
      {"1970-01-01T00:00:01Z", 1000},
      {"1970-01-01 00:01:00.5", 60500},
      {"2000-02-29T23:59:59.999Z", 951868799999},
      {"1969-12-31T23:59:59.9990", -1},
      // What is finer is cut off.
      {"1970-01-01T00:00:00.0019999999999", 1},
      {"1969-12-31T23:59:59.9999", -1},
      {"1969-12-31T23:59:59.999000001", -1},
      // Zones.
      {"1970-01-01T00:00:01z", 1000},
      {"1970-01-01t02:00:01+02:00", 1000},
      {"1970-01-01 02:00:01 +0200", 1000},
      {"1969-12-31T17:30:01-06:30", 1000},
      {"1970-01-01T00:00:01+00", 1000},
      {"1970-01-01 00:00:01 UTC", 1000},
      {"1970-01-01 00:00:01 GMT", 1000},
      // Long years, as written now and before.
      {"+10000-01-01T00:00:00.000Z", 253402300800000},
      {"10000-01-01T00:00:00.000Z", 253402300800000},
      {"0000-01-01", -62167219200000},
      {"-0001-12-31T23:59:59.999Z", -62167219200001},
      {"-1-12-31T23:59:59.999Z", -62167219200001}};
  for (const auto& [text, millis] : golden) {
    CHECK(parsed<Millis>(text).time_since_epoch().count() == millis);
  }
  for (const char* wrong :
       {"1970-", "1970-13-01", "1970-00-01", "1970-01-32", "1900-02-29", "1970-01-01T24:00:00",
        "1970-01-01T", "1970-01-01T00:00:00.", "1970-01-01T00:00:00+1", "1970-01-01T00:00:00+19:00",
        "1970-01-01T00:00:00+01:60", "1970-01-01T00:00:00+01:", "1970-01-01T00:00:00ZZ",
        "1970-01-01T00:00:00 CET", "970-01-01", "+-1970-01-01", "1234567890123-01-01",
        "+999999999999-01-01", ""}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(parsed<Millis>(wrong), flink::Error);
  }
  for (std::int64_t day = -1000000; day < 2900000; day += 997) {
    const Millis at{std::chrono::hours{24 * day} + 123ms};
    REQUIRE(parsed<Millis>(written(at)) == at);
  }
  for (const std::int64_t count : {INT64_MIN, INT64_MIN + 1, INT64_MAX - 1, INT64_MAX}) {
    REQUIRE(parsed<Millis>(written(Millis{std::chrono::milliseconds{count}})) ==
            Millis{std::chrono::milliseconds{count}});
    using Nanos = std::chrono::sys_time<std::chrono::nanoseconds>;
    const Nanos at{std::chrono::nanoseconds{count}};
    REQUIRE(parsed<Nanos>(written(at)) == at);
  }
}

TEST_CASE("views point into the record, or into the arena when quotes were undone") {
  struct Blocks {
    std::vector<std::unique_ptr<char[]>> blocks;
    char* allocate(std::size_t size) {
      return blocks.emplace_back(std::make_unique<char[]>(size)).get();
    }
  };
  const std::string record = "plain,\"un\"\"quoted\"";
  ViewRow row;
  Blocks arena;
  CsvFormat<ViewRow>::parse(record, row, arena);
  CHECK(row.a.data() == record.data());
  CHECK(row.b == "un\"quoted");
  CHECK(arena.blocks.size() == 1);
  std::string scratch;
  const std::string both = "\"a\"\"\",\"\"\"b\"";
  CsvFormat<ViewRow>::parse(both, row, scratch);
  CHECK(row.a == "a\"");
  CHECK(row.b == "\"b");
}

TEST_CASE("a record that goes on in the next line is told") {
  CHECK(flink::csv_record_complete("a,b"));
  CHECK(flink::csv_record_complete("\"a\"\"\",b"));
  CHECK_FALSE(flink::csv_record_complete("a,\"b"));
  CHECK_FALSE(flink::csv_record_complete("a,\"b\"\""));
  // A quote counts at a field's start only.
  CHECK(flink::csv_record_complete("5\" pipe,1"));
  CHECK(flink::csv_record_complete("a\",b\","));
  CHECK_FALSE(flink::csv_record_complete("a\",\"b"));
}

TEST_CASE("errors name column, text and what was expected") {
  CHECK(error_of<WordCount>("a,x1") ==
        "CSV column 2 'count': expected a whole number from -9223372036854775808 to "
        "9223372036854775807, found 'x1'");
  CHECK(error_of<WordCount>("a") == "CSV: expected 2 columns, found 1 in 'a'");
  CHECK(error_of<WordCount>("") == "CSV: expected 2 columns, found 1 in ''");
  CHECK(
      error_of<WordCount>("a;1") ==
      "CSV: expected 2 columns, found 1 in 'a;1'; if ';' separates its fields, give the CsvFormat "
      "with_field_delimiter(';')");
  CHECK(error_of<WordCount>("a\t1").ends_with("with_field_delimiter('\\t')"));
  CHECK(error_of<WordCount>("\"a;1\"") == "CSV: expected 2 columns, found 1 in '\"a;1\"'");
  CHECK(error_of<WordCount>("a,1,2") == "CSV: expected 2 columns, found 3 in 'a,1,2'");
  CHECK(error_of<WordCount>("\"a,1") == "CSV: a quoted field is not closed: '\"a,1'");
  CHECK(error_of<WordCount>("\"a\"b,1") ==
        "CSV column 1: text after the closing quote: '\"a\"b,1'");
  CHECK(error_of<std::tuple<std::string, std::uint8_t>>("a,256") ==
        "CSV column 2 'f1': expected a whole number from 0 to 255, found '256'");
  CHECK(error_of<bool>("yes") == "CSV column 1 'value': expected true or false, found 'yes'");
  CHECK(error_of<double>("") == "CSV column 1 'value': expected a number, found ''");
  CHECK(error_of<double>("+-1") == "CSV column 1 'value': expected a number, found '+-1'");
  CHECK(error_of<int>(std::string(100, '9')) ==
        "CSV column 1 'value': expected a whole number from -2147483648 to 2147483647, found '" +
            std::string(40, '9') + "…' (100 bytes)");
}

TEST_CASE("random rows are read back, random bytes only throw") {
  const char* given = std::getenv("FLINK_TEST_SEED");
  const std::uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : flink::base::entropy_seed();
  CAPTURE(seed);
  flink::base::SeededRandom random{seed};
  for (int i = 0; i < 3000; ++i) {
    Row row{random_text(random),
            std::nullopt,
            static_cast<std::int32_t>(random.next()),
            static_cast<std::uint8_t>(random.next()),
            random.unit() * 1e30,
            static_cast<float>(random.unit()),
            random.below(2) == 1,
            static_cast<char>(random.next()),
            static_cast<Color>(random.below(3)),
            std::chrono::seconds{static_cast<std::int64_t>(random.next())},
            Millis{std::chrono::milliseconds{static_cast<std::int64_t>(random.below(1ull << 46))}},
            std::nullopt};
    if (random.below(2) == 1) row.note = random_text(random);
    if (random.below(2) == 1) row.maybe = static_cast<std::int64_t>(random.next());
    const std::string line = written(row);
    REQUIRE(parsed<Row>(line) == row);
    std::string noise(random.below(60), '\0');
    for (char& c : noise) c = "\",\r\n1a\"\""[random.below(8)];
    const std::vector<char> exact(noise.begin(), noise.end());
    const std::string_view record{exact.data(), exact.size()};
    for (int kind = 0; kind < 3; ++kind) {
      try {
        if (kind == 0) parsed<WordCount>(record);
        if (kind == 1) parsed<ViewRow>(record);
        if (kind == 2) parsed<Row>(record);
      } catch (const flink::Error&) {
      }
    }
  }
}

TEST_CASE("whole numbers of any length are written as to_string() does") {
  const auto check = [](std::int64_t value) {
    REQUIRE(written(value) == std::to_string(value));
    const auto bits = static_cast<std::uint64_t>(value);
    REQUIRE(written(bits) == std::to_string(bits));
  };
  for (std::int64_t power = 1; power < 1'000'000'000'000'000'000; power *= 10) {
    for (std::int64_t near = -2; near <= 2; ++near) check(power + near), check(-power + near);
  }
  for (std::int64_t value = 0; value < 20'000; ++value) check(value);
  std::mt19937_64 random{1};
  for (int i = 0; i < 100'000; ++i) {
    check(static_cast<std::int64_t>(random() >> random() % 64));
    check(static_cast<std::int64_t>(random() % 100'000'000));
  }
}

TEST_CASE("text is quoted for a special byte anywhere in it, and for nothing behind it") {
  for (std::size_t size = 1; size < 40; ++size) {
    for (const char special : {',', '"', '\r', '\n', 'x'}) {
      for (std::size_t at = 0; at < size; ++at) {
        std::string text(size, 'a');
        text[at] = special;
        std::string quoted = text;
        if (special == '"') quoted.insert(at, 1, '"');
        if (special != 'x') quoted = '"' + quoted + '"';
        REQUIRE(written(text) == quoted);
        text.resize(at);  // leaves the special byte, or a part of it, behind the end
        REQUIRE(written(std::pair{text, 1}) == text + ",1");
      }
    }
  }
}

TEST_CASE("numbers out of range are 0 or infinite, as in Java") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const std::pair<const char*, double> doubles[] = {{"1e-400", 0},
                                                    {"1e400", infinity},
                                                    {"-1e400", -infinity},
                                                    {"+1e400", infinity},
                                                    {"1e-99999999999999999999", 0},
                                                    {"1e99999999999999999999", infinity},
                                                    {"1E+400", infinity},
                                                    {"0.000e400", 0},
                                                    {"Infinity", infinity},
                                                    {"-inf", -infinity},
                                                    {"4.9e-324", 4.9e-324}};
  for (const auto& [text, value] : doubles) {
    CAPTURE(text);
    CHECK(parsed<double>(text) == value);
  }
  CHECK(parsed<double>("1" + std::string(400, '0')) == infinity);
  CHECK(parsed<double>("0." + std::string(400, '0') + "1") == 0);
  CHECK(parsed<double>("1" + std::string(400, '0') + "e-400") == 1);
  CHECK(parsed<double>("0." + std::string(400, '0') + "1e401") == 1);
  CHECK(std::signbit(parsed<double>("-1e-400")));
  CHECK(parsed<float>("1e-60") == 0);
  CHECK(parsed<float>("1e60") == std::numeric_limits<float>::infinity());
  CHECK_THROWS_AS(parsed<double>("1e400x"), flink::Error);
  CHECK_THROWS_AS(parsed<std::int64_t>("9223372036854775808"), flink::Error);
}

struct Note {
  std::optional<std::string> text;
  friend bool operator==(const Note&, const Note&) = default;
};

template <class T>
std::string written(const CsvFormat<T>& format, const T& value) {
  flink::ByteWriter out;
  auto encoder = format.encoder();
  encoder.encode(out, value);
  std::string line{out.view()};
  CHECK(line.back() == '\n');
  line.pop_back();
  return line;
}
template <class T>
T parsed(const CsvFormat<T>& format, std::string_view record, std::string_view header = "") {
  auto decoder = format.decoder();
  if (!header.empty()) decoder.begin_file(header);
  CHECK_FALSE(decoder.skips(record));
  T value{};
  std::string scratch(record.size(), '\0');
  flink::detail::CsvScratch arena{scratch};
  decoder.decode(record, value, arena);
  return value;
}

TEST_CASE("one optional column: absent and empty text stay different") {
  CHECK(written(Note{}) == "");
  CHECK(written(Note{""}) == "\"\"");
  CHECK(parsed<Note>("") == Note{});
  CHECK(parsed<Note>("\"\"") == Note{""});
  const auto none = CsvFormat<Note>{}.with_null_literal("NULL");
  CHECK(written(none, Note{}) == "NULL");
  CHECK(written(none, Note{""}) == "");
  CHECK(written(none, Note{"NULL"}) == "\"NULL\"");
  for (const Note& note : {Note{}, Note{""}, Note{"NULL"}, Note{"null"}}) {
    CHECK(parsed(none, written(none, note)) == note);
  }
  CHECK(CsvFormat<double>{}.decoder().skips(""));
  CHECK_FALSE(CsvFormat<std::optional<double>>{}.decoder().skips(""));
  CHECK_FALSE(CsvFormat<std::string>{}.decoder().skips(""));
}

TEST_CASE("delimiter, quote, comments, null literal") {
  using Both = std::tuple<std::string, std::optional<double>>;
  const auto format = CsvFormat<Both>{}
                          .with_field_delimiter(';')
                          .with_quote_character('\'')
                          .with_null_literal("-")
                          .allow_comments();
  CHECK(written(format, Both{"a;b", {}}) == "'a;b';-");
  CHECK(written(format, Both{"it's", 1.5}) == "'it''s';1.5");
  CHECK(written(format, Both{"a,\"b\"", 1e7}) == "a,\"b\";1.0E7");
  CHECK(written(format, Both{"#1", 1}) == "'#1';1.0");
  CHECK(format.decoder().skips("# a comment"));
  CHECK_FALSE(CsvFormat<Both>{}.decoder().skips("# no comment"));
  for (const Both& row :
       {Both{"a;b", {}}, Both{"'", 2.0}, Both{"#", {}}, Both{"-", -1.0}, Both{"", 3.0}}) {
    CHECK(parsed(format, written(format, row)) == row);
  }
  const auto bare = CsvFormat<Both>{}.disable_quote_character();
  CHECK(parsed(bare, "\"a\",1") == Both{"\"a\"", 1.0});
  CHECK(written(bare, Both{"\"a\"", 1.0}) == "\"a\",1.0");
  CHECK_THROWS_AS(written(bare, Both{"a,b", 1.0}), flink::Error);
  // Texts that begin like a file with a byte order mark.
  CHECK(written(Both{"\xFF\xFEx", 1.0}) == "\"\xFF\xFEx\",1.0");
  CHECK(written(Both{"\xEF\xBB\xBFx", 1.0}) == "\"\xEF\xBB\xBFx\",1.0");
  for (const char wrong : {'1', 'e', '.', '-', '\n', '\0', '"', '\xBB'}) {
    CHECK_THROWS_AS(CsvFormat<Both>{}.with_field_delimiter(wrong), flink::Error);
  }
  CHECK_THROWS_AS(CsvFormat<Both>{}.with_null_literal("a,b"), flink::Error);
  CHECK_THROWS_AS(CsvFormat<Both>{}.with_field_delimiter('#').allow_comments(), flink::Error);
}

TEST_CASE("columns are found by the names in the header") {
  struct Found {
    std::string word;
    std::int64_t count = 0;
    std::optional<double> share = 7;
    bool operator==(const Found&) const = default;
  };
  const auto format = CsvFormat<Found>{}.with_header();
  CHECK(format.file_header() == "word,count,share\n");
  CHECK(CsvFormat<Found>{}.file_header().empty());
  CHECK(parsed(format, "1,0.5,a", "count,share,word") == Found{"a", 1, 0.5});
  CHECK(parsed(format, "x,2,\"b,\",y", "\"a,b\",count,word,z\r") == Found{"b,", 2, {}});
  const auto error = [&](std::string_view record, std::string_view header) {
    try {
      parsed(format, record, header);
    } catch (const flink::Error& thrown) {
      return thrown.message();
    }
    return std::string{"no error"};
  };
  CHECK(error("1,a", "word,number") == "CSV: no column is named 'count' in the header word,number");
  CHECK(error("1;a", "word;count").ends_with("with_field_delimiter(';')"));
  CHECK(error("x,y,a", "count,share,word").starts_with("CSV column 1 'count': expected"));
  CHECK(error("1,a", "count,share,word").starts_with("CSV: expected 3 columns, found 2"));
}

}  // namespace
