// SPDX-License-Identifier: Apache-2.0
// Lines of text. Read: a std::string_view or std::string is the line. Written: a string as it is,
// anything else as print() writes it.
#pragma once

#include <flink/formats/framing.h>
#include <flink/types/bytes.h>
#include <flink/types/print.h>

#include <string>
#include <string_view>
#include <type_traits>

namespace flink {

template <class T>
class TextFormat {
 public:
  using record_type = T;

  struct Decoder {
    static bool skips(std::string_view) { return false; }
    template <class Arena>
    static void decode(std::string_view line, T& out, Arena&) {
      out = line;
    }
  };
  struct Encoder {
    std::string text;
    void encode(ByteWriter& out, const T& record) {
      if constexpr (std::is_convertible_v<const T&, std::string_view>) {
        out.raw(std::string_view{record});
      } else {
        text.clear();
        print_value(text, record);
        out.raw(text);
      }
      out.u8('\n');
    }
  };

  LineFraming framing() const { return {}; }
  std::string_view suffix() const { return ".txt"; }
  std::string file_header() const { return {}; }
  Decoder decoder() const { return {}; }
  Encoder encoder() const { return {}; }
};

}  // namespace flink
