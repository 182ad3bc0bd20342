// SPDX-License-Identifier: Apache-2.0
// What a format tells a connector about the bytes between records. A format of T, for
// FileSource<T>::of() and FileSink<T>::of(), is a value with
//   using record_type = T;
//   LineFraming framing() const;
//   std::string_view suffix() const;                      of files: ".csv"
//   std::string file_header() const;                      what a file begins with; empty: nothing
//   Decoder decoder() const;                              one for each reader
//     void begin_file(std::string_view header);           if framing().header
//     bool skips(std::string_view frame) const;           it holds no record
//     void decode(std::string_view frame, T& out, Arena& arena);   throws Error{user}
//     std::string first_line_hint(std::string_view frame);   or without it: what to do where that
//                                                         is the first line of its file
//   Encoder encoder() const;                              one for each writer
//     void encode(ByteWriter& out, const T& record);      with its line end
// of which a source needs the decoder, a sink the encoder. `arena` has char* allocate(std::size_t),
// for views that cannot point into the frame.
#pragma once

namespace flink {

// A file is lines, each a frame; a carriage return before the line break is no part of it.
struct LineFraming {
  bool multi_line = false;  // a line break within quotes ends no line; files are read whole
  char delimiter = ',';     // a quote counts at a field's start: for multi_line
  char quote = '"';
  bool header = false;         // the first frame of each file that is neither blank nor a comment
  bool ignore_errors = false;  // what cannot be decoded is counted, not an error
  char comment = '\0';         // what a comment before the header begins with; NUL: there are none
};

}  // namespace flink
