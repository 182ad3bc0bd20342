// SPDX-License-Identifier: Apache-2.0
#include "table/fn/text_code.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "table/fn/utf8.h"

namespace flink::table::fn {

namespace {

constexpr std::string_view digits64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string upper(Text text) {
  std::string out{text};
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const int letter = (c | 32) - 'a';
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

}  // namespace

Text to_base64(Context& context, Text bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t at) {
      return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0u;
    };
    const unsigned three = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    for (int k = 0; k < 4; ++k) {
      const bool there = i + static_cast<std::size_t>(k) <= bytes.size();
      out += there ? digits64[three >> (18 - 6 * k) & 63] : '=';
    }
  }
  return context.memory().copy(out);
}

MaybeText from_base64(Context& context, Text text) {
  std::string out;
  unsigned bits = 0;
  int count = 0;
  while (text.ends_with('=')) text.remove_suffix(1);
  for (const char c : text) {
    const std::size_t digit = digits64.find(c);
    if (digit == digits64.npos) return context.fail("this is no base 64 text");
    bits = bits << 6 | static_cast<unsigned>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xff);
  }
  if (text.size() % 4 == 1) return context.fail("this is no base 64 text: a digit is missing");
  return context.memory().copy(well_formed(out));
}

namespace {

enum class Charset { utf8, ascii, latin1, utf16, utf16be, utf16le, unknown };

Charset charset_of(Text name) {
  const std::string word = upper(name);
  if (word == "UTF-8" || word == "UTF8") return Charset::utf8;
  if (word == "US-ASCII" || word == "ASCII") return Charset::ascii;
  if (word == "ISO-8859-1" || word == "LATIN1") return Charset::latin1;
  if (word == "UTF-16") return Charset::utf16;
  if (word == "UTF-16BE") return Charset::utf16be;
  if (word == "UTF-16LE") return Charset::utf16le;
  return Charset::unknown;
}

void append_unit(std::string& out, unsigned unit, bool little) {
  const char high = static_cast<char>(unit >> 8), low = static_cast<char>(unit & 0xff);
  out += little ? low : high;
  out += little ? high : low;
}

std::string encoded(Text text, Charset charset) {
  std::string out;
  const bool little = charset == Charset::utf16le;
  if (charset == Charset::utf16) append_unit(out, 0xfeff, false);
  for (std::size_t at = 0; at < text.size(); at += bytes_of_point(text, at)) {
    const auto point = static_cast<unsigned>(point_at(text, at));
    if (charset == Charset::ascii || charset == Charset::latin1) {
      out += point < (charset == Charset::ascii ? 0x80u : 0x100u) ? static_cast<char>(point) : '?';
    } else if (point >= 0x10000) {
      append_unit(out, 0xd800 + ((point - 0x10000) >> 10), little);
      append_unit(out, 0xdc00 + ((point - 0x10000) & 0x3ff), little);
    } else {
      append_unit(out, point, little);
    }
  }
  return out;
}

std::string decoded(Text bytes, Charset charset) {
  std::string out;
  if (charset == Charset::ascii || charset == Charset::latin1) {
    for (const char c : bytes) {
      const auto point = static_cast<unsigned char>(c);
      append_point(out, charset == Charset::ascii && point >= 0x80 ? 0xfffd : point);
    }
    return out;
  }
  bool little = charset == Charset::utf16le;
  if (charset == Charset::utf16 && bytes.starts_with("\xff\xfe")) little = true;
  if (charset == Charset::utf16 && (little || bytes.starts_with("\xfe\xff")))
    bytes.remove_prefix(2);
  char32_t high = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const auto a = static_cast<unsigned char>(bytes[i]),
               b = static_cast<unsigned char>(bytes[i + 1]);
    const char32_t unit =
        little ? static_cast<char32_t>(b << 8 | a) : static_cast<char32_t>(a << 8 | b);
    if (unit >= 0xd800 && unit < 0xdc00) {
      high = unit;
    } else if (unit >= 0xdc00 && unit < 0xe000) {
      append_point(out, high ? 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00) : 0xfffd);
      high = 0;
    } else {
      append_point(out, unit);
    }
  }
  return out;
}

}  // namespace

MaybeText encode(Context& context, Text text, Text charset) {
  const Charset set = charset_of(charset);
  if (set == Charset::unknown) return context.fail("there is no charset " + std::string{charset});
  if (set == Charset::utf8) return text;
  return context.memory().copy(encoded(text, set));
}
MaybeText decode(Context& context, Text bytes, Text charset) {
  const Charset set = charset_of(charset);
  if (set == Charset::unknown) return context.fail("there is no charset " + std::string{charset});
  if (set == Charset::utf8) return context.memory().copy(well_formed(bytes));
  return context.memory().copy(decoded(bytes, set));
}

Text url_encode(Context& context, Text text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '-' || c == '*' || c == '_';
    if (plain) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += '%';
      out += "0123456789ABCDEF"[static_cast<unsigned char>(c) >> 4];
      out += "0123456789ABCDEF"[static_cast<unsigned char>(c) & 0xf];
    }
  }
  return context.memory().copy(out);
}

MaybeText url_decode(Context& context, Text text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%') {
      if (i + 2 >= text.size()) return {};
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return {};
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return context.memory().copy(well_formed(out));
}

MaybeText parse_url(Text url, Text part) {
  const std::size_t colon = url.find(':');
  if (colon == url.npos || colon == 0) return {};
  const Text protocol = url.substr(0, colon);
  Text rest = url.substr(colon + 1);
  MaybeText reference, query, authority;
  if (const std::size_t hash = rest.find('#'); hash != rest.npos) {
    reference = rest.substr(hash + 1);
    rest = rest.substr(0, hash);
  }
  if (rest.starts_with("//")) {
    const std::size_t end = std::min(rest.find_first_of("/?", 2), rest.size());
    authority = rest.substr(2, end - 2);
    rest = rest.substr(end);
  }
  const Text file = rest;
  if (const std::size_t mark = rest.find('?'); mark != rest.npos) {
    query = rest.substr(mark + 1);
    rest = rest.substr(0, mark);
  }
  if (part == "PROTOCOL") return protocol;
  if (part == "REF") return reference;
  if (part == "QUERY") return query;
  if (part == "PATH") return rest;
  if (part == "FILE") return file;
  if (part == "AUTHORITY") return authority;
  if (!authority) return {};
  const std::size_t at = authority->rfind('@');
  if (part == "USERINFO") return at == authority->npos ? MaybeText{} : authority->substr(0, at);
  if (part != "HOST") return {};
  const Text host = at == authority->npos ? *authority : authority->substr(at + 1);
  return host.substr(0, host.find(':', host.starts_with('[') ? host.find(']') : 0));
}

MaybeText parse_url_key(Context&, Text url, Text part, Text key) {
  if (part != "QUERY") return {};
  const auto query = parse_url(url, part);
  if (!query) return {};
  for (Text rest = *query; !rest.empty();) {
    const Text pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    const std::size_t equal = pair.find('=');
    if (equal != pair.npos && pair.substr(0, equal) == key) return pair.substr(equal + 1);
  }
  return {};
}

std::optional<std::int64_t> inet_aton(Text address) {
  std::array<std::int64_t, 4> parts{};
  std::size_t count = 0;
  for (;;) {
    std::int64_t value = 0;
    std::size_t digits = 0;
    while (digits < address.size() && address[digits] >= '0' && address[digits] <= '9') {
      value = value * 10 + address[digits++] - '0';
      if (value > 0xffffffff) return {};
    }
    if (digits == 0 || count == 4) return {};
    parts[count++] = value;
    address.remove_prefix(digits);
    if (address.empty()) break;
    if (address[0] != '.') return {};
    address.remove_prefix(1);
  }
  // The last part fills what the others leave.
  std::int64_t out = 0;
  for (std::size_t i = 0; i + 1 < count; ++i) {
    if (parts[i] > 255) return {};
    out |= parts[i] << (24 - 8 * i);
  }
  if (parts[count - 1] >= std::int64_t{1} << (8 * (5 - count))) return {};
  return out | parts[count - 1];
}

MaybeText inet_ntoa(Context& context, std::int64_t address) {
  if (address < 0 || address > 0xffffffff) return {};
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) {
    if (!out.empty()) out += '.';
    out += std::to_string(address >> shift & 0xff);
  }
  return context.memory().copy(out);
}

}  // namespace flink::table::fn
