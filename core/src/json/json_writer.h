// SPDX-License-Identifier: Apache-2.0
// A small writer of JSON text: it places commas and escapes strings. Keys come out in the order
// they were written. Bytes that are not UTF-8 become U+FFFD, so the text is valid JSON whatever a
// job's names contain. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace flink::json {

bool is_utf8(std::string_view text);

// Appends text as a JSON string, with its quotes.
void append_json_string(std::string& out, std::string_view text);

class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  JsonWriter& key(std::string_view name) {
    separate();
    append_json_string(out_, name);
    out_ += ':';
    after_key_ = true;
    return *this;
  }
  JsonWriter& value(std::string_view text) {
    separate();
    append_json_string(out_, text);
    return *this;
  }
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& null() { return raw("null"); }
  JsonWriter& value(bool flag) { return raw(flag ? "true" : "false"); }
  template <class T>
  requires(std::is_integral_v<T> && !std::is_same_v<T, bool> &&
           !std::is_same_v<T, char>) JsonWriter& value(T number) {
    return raw(std::to_string(number));
  }
  JsonWriter& value(double number);  // always with a point, as Flink writes them; 0.0 if not finite

  // key and value at once.
  template <class T>
  JsonWriter& member(std::string_view name, const T& content) {
    return key(name).value(content);
  }
  // Text that is JSON already.
  JsonWriter& raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
  }

  const std::string& text() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  void separate() {
    if (after_key_) {
      after_key_ = false;
    } else if (!out_.empty() && out_.back() != '{' && out_.back() != '[') {
      out_ += ',';
    }
  }
  JsonWriter& open(char bracket) {
    separate();
    out_ += bracket;
    return *this;
  }
  JsonWriter& close(char bracket) {
    out_ += bracket;
    return *this;
  }

  std::string out_;
  bool after_key_ = false;
};

}  // namespace flink::json
