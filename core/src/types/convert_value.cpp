// SPDX-License-Identifier: Apache-2.0
// How a Conversion's steps run over bytes.
#include <flink/error.h>

#include <algorithm>

#include "types/conversion.h"
#include "types/value_walk.h"

namespace flink::types {
namespace {

void widen_integer(ByteReader& in, ByteWriter& out, const SchemaNode& from, const SchemaNode& to) {
  const std::string_view bytes = in.bytes(from.width, "a number");
  const bool negative = from.is_signed && static_cast<signed char>(bytes.back()) < 0;
  out.raw(bytes);
  for (int i = from.width; i < to.width; ++i) out.u8(negative ? 0xFF : 0);
}

void widen_floating(ByteReader& in, ByteWriter& out, const SchemaNode& from, const SchemaNode& to) {
  if (from.width == to.width) out.raw(in.bytes(from.width, "a number"));
  else out.fixed(static_cast<double>(in.fixed<float>("a number")));
}

}  // namespace

void Conversion::run(ByteReader& in, ByteWriter& out) const {
  if (identity_) {
    out.raw(in.bytes(in.remaining()));
    return;
  }
  convert(root_, in, out, 0);
}

void Conversion::convert(std::uint32_t index, ByteReader& in, ByteWriter& out, int depth) const {
  const Step& step = steps_[index];
  const SchemaNode& from = writer_[step.writer];
  depth = deeper(in, depth);
  switch (step.kind) {
    case Step::Kind::copy: {
      const char* start = in.bytes(0).data();
      const std::size_t at = in.position();
      skip_value(in, writer_, step.writer, depth);
      out.raw(start, in.position() - at);
      return;
    }
    case Step::Kind::integer:
      return widen_integer(in, out, from, reader_[step.reader]);
    case Step::Kind::floating:
      return widen_floating(in, out, from, reader_[step.reader]);
    case Step::Kind::record:
      return convert_record(step, in, out, depth);
    case Step::Kind::gather:
      return gather_record(step, in, out, depth);
    case Step::Kind::parts: {
      const bool array = from.kind == NodeKind::array;
      const std::uint64_t count = array ? from.length : step.children.size();
      if (count == 0) out.u8(in.u8("an empty tuple"));
      for (std::uint64_t i = 0; i < count; ++i) {
        convert(step.children[array ? 0 : i], in, out, depth);
      }
      return;
    }
    case Step::Kind::optional: {
      const std::uint8_t present = in.u8("whether an optional is set");
      if (present > 1) in.fail("whether an optional is set (0 or 1)");
      out.u8(present);
      if (present == 1) convert(step.children[0], in, out, depth);
      return;
    }
    case Step::Kind::elements:
      return convert_elements(step, in, out, depth);
    case Step::Kind::variant:
      return convert_variant(step, in, out, depth);
  }
}

void Conversion::convert_record(const Step& step, ByteReader& in, ByteWriter& out,
                                int depth) const {
  if (writer_[step.writer].children.empty()) in.u8("an empty record");
  if (reader_[step.reader].children.empty()) out.u8(0);
  for (const FieldStep& field : step.fields) {
    switch (field.kind) {
      case FieldStep::Kind::convert:
        convert(field.step, in, out, depth);
        break;
      case FieldStep::Kind::skip:
        skip_value(in, writer_, writer_[step.writer].children[field.field], depth);
        break;
      case FieldStep::Kind::fill:
        out.raw(field.bytes);
        break;
    }
  }
}

void Conversion::gather_record(const Step& step, ByteReader& in, ByteWriter& out, int depth) const {
  const SchemaNode& from = writer_[step.writer];
  const char* start = in.bytes(0).data();
  const std::size_t begin = in.position();
  std::vector<std::size_t> ends;
  for (const std::uint32_t child : from.children) {
    skip_value(in, writer_, child, depth);
    ends.push_back(in.position() - begin);
  }
  for (const FieldStep& field : step.fields) {
    if (field.kind == FieldStep::Kind::fill) out.raw(field.bytes);
    if (field.kind != FieldStep::Kind::convert) continue;
    const std::size_t at = field.field == 0 ? 0 : ends[field.field - 1];
    ByteReader part(start + at, ends[field.field] - at);
    convert(field.step, part, out, depth);
  }
}

void Conversion::convert_elements(const Step& step, ByteReader& in, ByteWriter& out,
                                  int depth) const {
  std::size_t bytes_min = 0;
  for (const std::uint32_t child : writer_[step.writer].children) {
    bytes_min += writer_[child].bytes_min;
  }
  const std::size_t count = in.length("the length of a container", bytes_min);
  out.varint(count);
  for (std::size_t i = 0; i < count; ++i) {
    for (const std::uint32_t child : step.children) convert(child, in, out, depth);
  }
}

void Conversion::convert_variant(const Step& step, ByteReader& in, ByteWriter& out,
                                 int depth) const {
  const std::uint64_t index = in.varint("the index of a variant");
  if (index >= step.children.size()) in.fail("the index of one of a variant's alternatives");
  out.varint(index);
  convert(step.children[index], in, out, depth);
}

}  // namespace flink::types
