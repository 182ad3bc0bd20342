// SPDX-License-Identifier: Apache-2.0
#include "types/conversion.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <cstring>

#include "types/value_walk.h"

namespace flink::types {
namespace {

using flink::detail::concat;

std::string joined(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : concat(path, ".", name);
}

std::string_view shown(std::string_view schema) { return schema.substr(0, 200); }

// What stands behind the count's type: ",1/1000>".
std::string_view period_of(std::string_view text) {
  const auto comma = text.find(',');
  return comma == std::string_view::npos ? text : text.substr(comma);
}

bool is_wider(const SchemaNode& from, const SchemaNode& to) {
  if (from.is_signed == to.is_signed) return to.width >= from.width;
  return to.is_signed && to.width > from.width;
}

}  // namespace

Conversion::Conversion(std::string_view writer, std::string_view reader)
    : writer_(writer), reader_(reader), identity_(writer == reader) {
  if (!identity_) root_ = compile(writer_.root(), reader_.root(), {}, false);
}

void Conversion::problem(const std::string& path, std::string_view what) {
  constexpr std::size_t problems_max = 50;
  if (problems_.size() == problems_max) return;
  problems_.push_back(path.empty() ? concat("it ", what) : concat("field '", path, "' ", what));
}

void Conversion::differ(std::uint32_t writer, std::uint32_t reader, const std::string& path,
                        std::string_view why) {
  problem(path, concat("was ", shown(writer_[writer].text), " and is ", shown(reader_[reader].text),
                       " now: ", why));
}

void Conversion::refuse_opaque(std::string_view text, const std::string& path) {
  problem(path, concat("is written by a serializer of its own (", shown(text),
                       ") and nobody else knows where it ends, so nothing around it may change: "
                       "give that serializer a schema()"));
}

std::uint32_t Conversion::compile(std::uint32_t writer, std::uint32_t reader,
                                  const std::string& path, bool keyed) {
  const auto [found, added] = known_.try_emplace({writer, reader, keyed}, 0);
  if (!added) return found->second;
  const auto index = static_cast<std::uint32_t>(steps_.size());
  found->second = index;
  steps_.emplace_back();
  Step step = step_for(writer, reader, path, keyed);
  step.writer = writer;
  step.reader = reader;
  steps_[index] = std::move(step);
  return index;
}

Conversion::Step Conversion::step_for(std::uint32_t writer, std::uint32_t reader,
                                      const std::string& path, bool keyed) {
  const SchemaNode& from = writer_[writer];
  const SchemaNode& to = reader_[reader];
  if (from.text == to.text && from.closed && to.closed) {
    if (!can_skip(writer_, writer)) refuse_opaque(from.text, path);
    return {};
  }
  if (from.kind != to.kind) {
    differ(writer, reader, path, "that is another kind of type");
    return {};
  }
  switch (from.kind) {
    case NodeKind::integer:
    case NodeKind::floating:
      return number_step(writer, reader, path);
    case NodeKind::opaque:
      differ(writer, reader, path, "types with a serializer of their own cannot be converted");
      return {};
    case NodeKind::record:
      return record_step(writer, reader, path, keyed);
    default:
      break;
  }
  Step step;
  step.kind =
      from.kind == NodeKind::optional  ? Step::Kind::optional
      : from.kind == NodeKind::variant ? Step::Kind::variant
      : from.kind == NodeKind::list || from.kind == NodeKind::set || from.kind == NodeKind::map
          ? Step::Kind::elements
          : Step::Kind::parts;
  const bool more_allowed = from.kind == NodeKind::variant;
  if (from.length != to.length) {
    differ(writer, reader, path, "an array must keep its length");
  } else if (from.kind == NodeKind::duration || from.kind == NodeKind::time) {
    if (period_of(from.text) != period_of(to.text)) {
      differ(writer, reader, path, "it must keep its unit");
    }
  }
  if (more_allowed ? from.children.size() > to.children.size()
                   : from.children.size() != to.children.size()) {
    differ(writer, reader, path,
           more_allowed ? "alternatives may only be added, behind those there were"
                        : "a tuple must keep its length");
    return {};
  }
  for (std::size_t i = 0; i < from.children.size(); ++i) {
    std::string inner = path;
    if (from.kind == NodeKind::map) inner += i == 0 ? "{key}" : "{value}";
    else if (from.kind == NodeKind::tuple) inner += concat("<", i, ">");
    else if (from.kind == NodeKind::variant) inner += concat("|", i, "|");
    else if (from.kind != NodeKind::optional) inner += "[]";
    const bool key = keyed || from.kind == NodeKind::set || (from.kind == NodeKind::map && i == 0);
    step.children.push_back(compile(from.children[i], to.children[i], inner, key));
  }
  return step;
}

Conversion::Step Conversion::number_step(std::uint32_t writer, std::uint32_t reader,
                                         const std::string& path) {
  if (!is_wider(writer_[writer], reader_[reader])) {
    differ(writer, reader, path, "numbers may only become wider");
  }
  Step step;
  step.kind =
      writer_[writer].kind == NodeKind::integer ? Step::Kind::integer : Step::Kind::floating;
  return step;
}

Conversion::Step Conversion::record_step(std::uint32_t writer, std::uint32_t reader,
                                         const std::string& path, bool keyed) {
  const SchemaNode& from = writer_[writer];
  const SchemaNode& to = reader_[reader];
  Step step;
  step.kind = Step::Kind::record;
  const auto skip = [&](std::size_t field) {
    drops_fields_ = true;
    if (!can_skip(writer_, from.children[field])) {
      refuse_opaque(writer_[from.children[field]].text, joined(path, from.names[field]));
    }
    if (keyed) {
      problem(joined(path, from.names[field]),
              "was removed from a key of a map or set, where different keys could become equal: "
              "keep it");
    }
    step.fields.push_back(
        {.kind = FieldStep::Kind::skip, .field = static_cast<std::uint32_t>(field)});
  };
  std::vector<bool> kept(from.children.size());
  for (const std::string_view name : to.names) {
    const auto found = std::find(from.names.begin(), from.names.end(), name);
    if (found != from.names.end())
      kept[static_cast<std::size_t>(found - from.names.begin())] = true;
  }
  std::size_t next = 0;
  const auto skip_dropped = [&](std::size_t end) {
    for (; next < end; ++next) {
      if (!kept[next]) skip(next);
    }
  };
  for (std::size_t i = 0; i < to.names.size(); ++i) {
    const auto found = std::find(from.names.begin(), from.names.end(), to.names[i]);
    if (found == from.names.end()) {
      step.fields.push_back(
          {.kind = FieldStep::Kind::fill, .field = static_cast<std::uint32_t>(i)});
      continue;
    }
    const auto field = static_cast<std::size_t>(found - from.names.begin());
    if (field < next || std::find(kept.begin() + static_cast<std::ptrdiff_t>(next),
                                  kept.begin() + static_cast<std::ptrdiff_t>(field),
                                  true) != kept.begin() + static_cast<std::ptrdiff_t>(field)) {
      step.kind = Step::Kind::gather;
    }
    if (step.kind == Step::Kind::record) {
      skip_dropped(field);
      next = field + 1;
    }
    step.fields.push_back(
        {.kind = FieldStep::Kind::convert,
         .field = static_cast<std::uint32_t>(field),
         .step = compile(from.children[field], to.children[i], joined(path, to.names[i]), keyed)});
  }
  if (step.kind == Step::Kind::record) {
    skip_dropped(from.children.size());
  } else {
    // Every field is passed to find where the others begin.
    for (std::size_t field = next; field < from.children.size(); ++field) {
      if (!kept[field]) skip(field);
    }
  }
  return step;
}

void Conversion::set_defaults(std::string_view defaults) {
  std::vector<std::string_view> wholes(reader_.records());
  if (!defaults.empty()) {
    ByteReader in(defaults);
    for (std::string_view& whole : wholes) whole = in.sized("the default of a record");
    if (!in.at_end()) in.fail("as many defaults as there are records");
  }
  for (Step& step : steps_) {
    for (FieldStep& field : step.fields) {
      if (field.kind != FieldStep::Kind::fill) continue;
      const SchemaNode& record = reader_[step.reader];
      const std::string_view whole = wholes[record.record_number];
      field.bytes.clear();
      if (whole.empty()) {
        ByteWriter out(field.bytes);
        append_zero(out, reader_, record.children[field.field]);
        continue;
      }
      ByteReader in(whole);
      for (std::uint32_t i = 0; i < field.field; ++i) skip_value(in, reader_, record.children[i]);
      const std::size_t from = in.position();
      skip_value(in, reader_, record.children[field.field]);
      field.bytes = whole.substr(from, in.position() - from);
    }
  }
}

}  // namespace flink::types
