// SPDX-License-Identifier: Apache-2.0
// CSV in every dialect: any bytes are read or refused, and what is written is read back. Input: a
// byte for the dialect, one for the form of the record, then its bytes.
#include <flink/error.h>
#include <flink/formats/csv.h>

#include <bit>
#include <cmath>
#include <tuple>

#include "fuzz/fuzz.h"
#include "fuzz/lines_oracle.h"

namespace flink::fuzz {
namespace {

using Millis = std::chrono::sys_time<std::chrono::milliseconds>;

struct Row {
  std::string text;
  std::optional<std::string> note;
  std::optional<double> share;
  double price = 0;
  float ratio = 0;
  std::int64_t number = 0;
  std::uint8_t small = 0;
  bool flag = false;
  char letter = 'x';
  Millis at{};
};
struct Note {
  std::optional<std::string> text;
};
struct Word {
  std::string text;
};
struct Views {
  std::string_view a, b;
};

template <class T>
CsvFormat<T> format_of(unsigned char options) {
  CsvFormat<T> format;
  constexpr char delimiters[] = {',', ';', '\t', '|'};
  format = format.with_field_delimiter(delimiters[options & 3]);
  if ((options & 4) != 0) format = format.with_quote_character('\'');
  if ((options & 8) != 0) format = format.with_null_literal((options & 16) != 0 ? "" : "NULL");
  if ((options & 32) != 0) format = format.allow_comments();
  if ((options & 64) != 0) format = format.with_header();
  if ((options & 128) != 0) format = format.disable_quote_character();
  return format.multi_line();
}

bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) ||
         std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}
bool same(const std::optional<double>& a, const std::optional<double>& b) {
  return a.has_value() == b.has_value() && (!a || same(*a, *b));
}
bool same(const Row& a, const Row& b) {
  return std::tie(a.text, a.note, a.number, a.small, a.flag, a.letter, a.at) ==
             std::tie(b.text, b.note, b.number, b.small, b.flag, b.letter, b.at) &&
         same(a.share, b.share) && same(a.price, b.price) && same(a.ratio, b.ratio);
}
bool same(const Note& a, const Note& b) { return a.text == b.text; }
bool same(const Word& a, const Word& b) { return a.text == b.text; }

// Values out of the input's bytes.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : left_(bytes) {}
  template <class Number>
  Number number() {
    Number out{};
    const std::size_t size = std::min(sizeof(out), left_.size());
    std::memcpy(&out, left_.data(), size);
    left_.remove_prefix(size);
    return out;
  }
  std::string text() {
    const std::size_t asked = number<unsigned char>() % 24;
    const std::size_t size = std::min(asked, left_.size());
    std::string out{left_.substr(0, size)};
    left_.remove_prefix(size);
    return out;
  }
  bool yes() { return number<unsigned char>() % 2 == 1; }
  bool empty() const { return left_.empty(); }

 private:
  std::string_view left_;
};

void fill(Bytes& bytes, Row& row) {
  row.text = bytes.text();
  if (bytes.yes()) row.note = bytes.text();
  if (bytes.yes()) row.share = bytes.number<double>();
  row.price = bytes.number<double>();
  row.ratio = bytes.number<float>();
  row.number = bytes.number<std::int64_t>();
  row.small = bytes.number<std::uint8_t>();
  row.flag = bytes.yes();
  row.letter = bytes.number<char>();
  row.at = Millis{std::chrono::milliseconds{bytes.number<std::int64_t>()}};
}
void fill(Bytes& bytes, Note& note) {
  if (bytes.yes()) note.text = bytes.text();
}
void fill(Bytes& bytes, Word& word) { word.text = bytes.text(); }

struct Arena {
  std::string kept;
  explicit Arena(std::size_t size) : kept(size + 1, '\0') {}
  std::size_t used = 0;
  char* allocate(std::size_t size) {
    require(used + size <= kept.size(), "unquoting takes no more than the record's bytes");
    used += size;
    return kept.data() + used - size;
  }
};

// What is written, as a file of its own, gives these records again.
template <class T>
void round_trip(const CsvFormat<T>& format, const std::vector<T>& records) {
  ByteWriter out;
  auto encoder = format.encoder();
  for (const T& record : records) encoder.encode(out, record);
  const std::string file = format.file_header() + std::string{out.view()};
  const LineFraming framing = format.framing();
  SplitLines::Limits limits;
  limits.block_bytes = 16;
  limits.multi_line = framing.multi_line;
  limits.delimiter = framing.delimiter;
  limits.quote = framing.quote;
  auto lines = read_lines(file, {"f", 0, file.size(), file.size(), {}}, limits);
  require(lines.has_value(), "no file of ours begins like UTF-16");
  auto decoder = format.decoder();
  if (framing.header) {
    decoder.begin_file(lines->front());
    lines->erase(lines->begin());
  }
  require(lines->size() == records.size(), "a line a record");
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::string& line = (*lines)[i];
    require(!decoder.skips(line), "no record looks like none");
    T back{};
    Arena arena{line.size()};
    decoder.decode(line, back, arena);
    require(same(back, records[i]), "a record is read back");
  }
}

template <class T>
void read_and_write(unsigned char options, std::string_view bytes) {
  const auto format = format_of<T>(options);
  const bool quotes = (options & 128) == 0;
  std::vector<T> records;
  for (Bytes values{bytes}; !values.empty() && records.size() < 4;)
    fill(values, records.emplace_back());
  try {
    // Without quotes an empty text is an absent one, and a file may begin like UTF-16.
    if (quotes) round_trip(format, records);
  } catch (const Error&) {
    require(false, "what is written is read back");
  }
  auto decoder = format.decoder();
  const auto line_end = bytes.find('\n');
  if ((options & 64) != 0 && line_end != bytes.npos) {
    decoder.begin_file(bytes.substr(0, line_end));
    bytes.remove_prefix(line_end + 1);
  }
  if (decoder.skips(bytes)) return;
  T record{};
  Arena arena{bytes.size()};
  decoder.decode(bytes, record, arena);
  if (quotes) round_trip(format, {record});
}

}  // namespace

std::vector<std::string> seeds() {
  std::vector<std::string> out;
  for (const std::string text :
       {"", "a", "a,NULL,,1e400,-0.0,5,255,true,x,2024-01-01T00:00:00Z",
        "\"a\"\"b\",\"\",1,2,3,4,5,false,\"\"\"\",-1", "'it''s';NULL;;1;2;3;4;1;#;0", "NULL",
        "\"NULL\"", "# c", "\"#\"", "\xEF\xBB\xBFx",
        "text,share,note,price,ratio,number,small,flag,letter,at\na,,b,1,2,3,4,true,x,9"}) {
    for (int options = 0; options < 256; options += 7) {
      for (int form = 0; form < 4; ++form) {
        out.push_back(std::string{static_cast<char>(options), static_cast<char>(form)} + text);
      }
    }
  }
  return out;
}

void run(std::string_view input) {
  if (input.size() < 2) return;
  const auto options = static_cast<unsigned char>(input[0]);
  const std::string_view bytes = input.substr(2);
  switch (static_cast<unsigned char>(input[1]) % 4) {
    case 0:
      return read_and_write<Row>(options, bytes);
    case 1:
      return read_and_write<Note>(options, bytes);
    case 2:
      return read_and_write<Word>(options, bytes);
    default: {
      Views views;
      Arena arena{bytes.size()};
      format_of<Views>(options).decoder().decode(bytes, views, arena);
    }
  }
}

}  // namespace flink::fuzz
