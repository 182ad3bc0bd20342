// SPDX-License-Identifier: Apache-2.0
// A record is a change as Debezium tells it: {"before": row, "after": row, "op": "c"} (Flink,
// "Debezium Format"). An update is two rows, what was and what is.
#include <flink/base/check.h>
#include <flink/error.h>

#include <optional>

#include "table_connectors/json_format.h"

namespace flink::table_connectors {
namespace {

class DebeziumDecoder final : public RowDecoder {
 public:
  DebeziumDecoder(const FileColumns& columns, JsonStyle style, bool schema)
      : style_(std::move(style)), before_(columns), after_(columns), schema_(schema) {}

  bool skips(std::string_view record) const override { return config::trim(record).empty(); }
  void decode(std::string_view record, table::Memory& memory, RowSink& out) override {
    JsonCursor in{record, memory};
    Change change;
    if (schema_) {
      std::string_view key;
      for (in.begin_object(); in.next_member(key);) {
        if (key == "payload") change = read(in, memory);
        else in.skip();
      }
    } else {
      change = read(in, memory);
    }
    in.finish();
    emit(change, out);
  }

 private:
  using MaybeRow = std::optional<std::span<const Datum>>;
  struct Change {
    MaybeRow before, after;
    std::string_view op;
  };

  Change read(JsonCursor& in, table::Memory& memory) {
    Change change;
    std::string_view key;
    for (in.begin_object(); in.next_member(key);) {
      if (key == "before") change.before = row(in, before_, memory);
      else if (key == "after") change.after = row(in, after_, memory);
      else if (key == "op") change.op = in.scalar();
      else in.skip();
    }
    return change;
  }
  MaybeRow row(JsonCursor& in, JsonObjectReader& reader, table::Memory& memory) const {
    if (in.kind() != JsonCursor::Kind::null) return reader.read(in, style_, memory);
    in.scalar();
    return {};
  }

  static void emit(const Change& change, RowSink& out) {
    const std::string_view op = change.op;
    const bool update = op == "u", removal = op == "d";
    if (!update && !removal && op != "c" && op != "r") {
      throw Error{ErrorKind::user,
                  detail::concat("Debezium: 'op' is '", op, "'; expected 'c', 'r', 'u' or 'd'")};
    }
    if (update || removal) {
      if (!change.before) {
        throw Error{ErrorKind::user,
                    detail::concat("Debezium: a record with op '", op,
                                   "' has no 'before'; with PostgreSQL set the table's REPLICA "
                                   "IDENTITY to FULL")};
      }
      out.add(update ? RowKind::update_before : RowKind::delete_, *change.before);
    }
    if (removal) return;
    if (!change.after) {
      throw Error{ErrorKind::user,
                  detail::concat("Debezium: a record with op '", op, "' has no 'after'")};
    }
    out.add(update ? RowKind::update_after : RowKind::insert, *change.after);
  }

  JsonStyle style_;
  JsonObjectReader before_, after_;
  bool schema_;
};

// As Flink: an update is a deletion and a creation.
class DebeziumEncoder final : public RowEncoder {
 public:
  DebeziumEncoder(const FileColumns& columns, JsonStyle style)
      : type_(LogicalType::row(columns.fields)), style_(std::move(style)) {}
  void encode(RowKind kind, std::span<const Datum> values, std::string& out) override {
    std::string row;
    append_json(row, type_, Datum{table::Nested{values.data(), values.size()}}, style_);
    const bool added = adds(kind);
    out += detail::concat("{\"before\":", added ? "null" : row, ",\"after\":", added ? row : "null",
                          ",\"op\":\"", added ? "c" : "d", "\"}\n");
  }

 private:
  LogicalType type_;
  JsonStyle style_;
};

class DebeziumFormat final : public RowFormat {
 public:
  DebeziumFormat(JsonStyle style, bool schema) : style_(std::move(style)), schema_(schema) {}
  LineFraming framing() const override {
    LineFraming framing;
    framing.ignore_errors = style_.ignore_parse_errors;
    return framing;
  }
  std::string_view suffix() const override { return ".json"; }
  ChangelogMode reads() const override { return ChangelogMode::all(); }
  ChangelogMode writes() const override { return ChangelogMode::all(); }
  std::unique_ptr<RowDecoder> decoder(const FileColumns& columns) const override {
    return std::make_unique<DebeziumDecoder>(columns, style_, schema_);
  }
  std::unique_ptr<RowEncoder> encoder(const FileColumns& columns) const override {
    return std::make_unique<DebeziumEncoder>(columns, style_);
  }

 private:
  JsonStyle style_;
  bool schema_;
};

}  // namespace

std::vector<OptionSpec> debezium_options() {
  auto options = json_options_as("debezium-json");
  options.push_back({"debezium-json.schema-include", config::Kind::boolean, "false", false, {}});
  return options;
}

std::shared_ptr<const RowFormat> make_debezium(const TableOptions& options) {
  return std::make_shared<DebeziumFormat>(json_style_as("debezium-json", options),
                                          options.flag("debezium-json.schema-include"));
}

}  // namespace flink::table_connectors
