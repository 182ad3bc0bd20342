// SPDX-License-Identifier: Apache-2.0
// The insides of quoted tokens: doubled quotes, U&'...' and e'...'.
#include "flink/base/check.h"
#include "sql/lexer.h"
#include "sql/utf8.h"

namespace flink::sql {
namespace {

using detail::concat;

std::string undoubled(std::string_view inside, char quote) {
  std::string out;
  out.reserve(inside.size());
  for (std::size_t i = 0; i < inside.size(); ++i) {
    out += inside[i];
    if (inside[i] == quote) ++i;
  }
  return out;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Up to `max` hexadecimal digits at `at`, which moves past them; nothing if there are fewer than
// `min`.
std::optional<char32_t> read_hex(std::string_view text, std::size_t& at, int min, int max) {
  char32_t value = 0;
  int digits = 0;
  for (; digits < max && at < text.size() && hex_digit(text[at]) >= 0; ++digits, ++at) {
    value = value << 4 | static_cast<char32_t>(hex_digit(text[at]));
  }
  return digits >= min ? std::optional{value} : std::nullopt;
}

// UTF-16 units, as escapes spell them, to UTF-8.
class UnitWriter {
 public:
  // False: no character can come of these units.
  bool add(char32_t unit) {
    if (high_ != 0) {
      if (unit < 0xDC00 || unit > 0xDFFF) return false;
      append_utf8(out, 0x10000 + ((high_ - 0xD800) << 10) + (unit - 0xDC00));
      high_ = 0;
      return true;
    }
    if (unit >= 0xD800 && unit <= 0xDBFF) {
      high_ = unit;
      return true;
    }
    if ((unit >= 0xDC00 && unit <= 0xDFFF) || unit > 0x10FFFF) return false;
    append_utf8(out, unit);
    return true;
  }
  bool whole() const { return high_ == 0; }

  std::string out;

 private:
  char32_t high_ = 0;
};

// The character at text[at], which moves past it.
char32_t read_character(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  if (lead < 0x80) return lead;
  char32_t value = lead & (lead >= 0xF0 ? 0x07 : lead >= 0xE0 ? 0x0F : 0x1F);
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) {
    value = value << 6 | (static_cast<unsigned char>(text[at++]) & 0x3F);
  }
  return value;
}

struct Decoding {
  std::string_view inside;
  std::uint32_t begin;  // of the inside, in the source
  std::vector<Complaint>& complaints;

  std::string fail(std::size_t at, std::string what, std::string hint) const {
    const auto place = begin + static_cast<std::uint32_t>(at);
    complaints.push_back({{place, place + 1}, std::move(what), std::move(hint)});
    return {};
  }
};

// A literal of U& without doubled quotes in it: they are the same before and after.
std::string unescaped_unicode(const Decoding& in, char32_t escape) {
  UnitWriter units;
  for (std::size_t i = 0; i < in.inside.size();) {
    const auto begin = i;
    const auto c = read_character(in.inside, i);
    if (c == '\'') {
      ++i;
    } else if (c == escape) {
      if (i < in.inside.size() && static_cast<unsigned char>(in.inside[i]) == escape) {
        units.add(escape);
        ++i;
        continue;
      }
      const bool six = i < in.inside.size() && in.inside[i] == '+';
      if (six) ++i;
      const auto unit = read_hex(in.inside, i, six ? 6 : 4, six ? 6 : 4);
      if (!unit || !units.add(*unit)) {
        return in.fail(begin, "this escape names no Unicode character",
                       "four hexadecimal digits follow the escape character, as in U&'\\263A'");
      }
      continue;
    }
    if (!units.add(c)) return in.fail(begin, "half of a surrogate pair comes before this", "");
  }
  if (!units.whole()) return in.fail(in.inside.size(), "half of a surrogate pair is missing", "");
  return std::move(units.out);
}

std::optional<char32_t> simple_escape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return std::nullopt;
  }
}

// e'...': escapes as in C.
std::string unescaped_c(const Decoding& in) {
  UnitWriter units;
  const auto text = in.inside;
  for (std::size_t i = 0; i < text.size();) {
    const auto begin = i;
    auto c = read_character(text, i);
    if (c == '\'') {
      ++i;
    } else if (c == '\\') {
      const char kind = text[i];  // the lexer saw a character behind each backslash
      std::optional<char32_t> value = simple_escape(kind);
      if (value) {
        ++i;
      } else if (kind == 'x' || kind == 'u' || kind == 'U') {
        ++i;
        const int digits = kind == 'x' ? 2 : kind == 'u' ? 4 : 8;
        value = read_hex(text, i, kind == 'x' ? 1 : digits, digits);
      } else if (kind >= '0' && kind <= '7') {
        char32_t octal = 0;
        for (int k = 0; k < 3 && i < text.size() && text[i] >= '0' && text[i] <= '7'; ++k, ++i) {
          octal = octal << 3 | static_cast<char32_t>(text[i] - '0');
        }
        value = octal;
      } else {
        value = read_character(text, i);  // any other character is itself
      }
      if (!value) {
        return in.fail(begin, "this escape names no Unicode character",
                       "\\xF, \\x0F, \\u000F and \\U0000000F are the forms");
      }
      c = *value;
    }
    if (!units.add(c)) return in.fail(begin, "this is half of a surrogate pair", "");
  }
  if (!units.whole()) return in.fail(text.size(), "half of a surrogate pair is missing", "");
  return std::move(units.out);
}

Decoding inside_of(std::string_view source, const Token& token, char quote,
                   std::vector<Complaint>& complaints) {
  const auto whole = spelled(source, token.range);
  const auto open = whole.find(quote);
  return {whole.substr(open + 1, whole.size() - open - 2),
          token.range.begin + static_cast<std::uint32_t>(open) + 1, complaints};
}

std::string_view bytes_of(const Decoding& in) {
  for (std::size_t i = 0; i < in.inside.size(); ++i) {
    if (hex_digit(in.inside[i]) < 0) {
      in.fail(i, concat("'", in.inside[i], "' is no hexadecimal digit"), "bytes are written X'0F'");
      return {};
    }
  }
  if (in.inside.size() % 2 != 0) {
    in.fail(0, "an odd number of hexadecimal digits: each byte has two", "");
    return {};
  }
  return in.inside;
}

}  // namespace

std::string_view decoded_unicode(std::string_view source, const Token& token, char32_t escape,
                                 Arena& arena, std::vector<Complaint>& complaints) {
  const auto in = inside_of(source, token, '\'', complaints);
  return arena.text(unescaped_unicode(in, escape));
}

std::string_view decoded(std::string_view source, const Token& token, Arena& arena,
                         std::vector<Complaint>& complaints) {
  const char quote = token.kind == TokenKind::quoted_name ? '`' : '\'';
  const auto in = inside_of(source, token, quote, complaints);
  if (token.kind == TokenKind::unicode_text) return arena.text(unescaped_unicode(in, '\\'));
  if (token.kind == TokenKind::escaped_text) return arena.text(unescaped_c(in));
  if (token.kind == TokenKind::bytes) return bytes_of(in);
  if (in.inside.find(quote) == std::string_view::npos) return in.inside;
  return arena.text(undoubled(in.inside, quote));
}

}  // namespace flink::sql
