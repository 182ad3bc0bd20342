// SPDX-License-Identifier: Apache-2.0
// A record is the bytes of the table's only column.
#include <flink/base/check.h>
#include <flink/error.h>

#include "table_connectors/row_format.h"

namespace flink::table_connectors {
namespace {

class RawDecoder final : public RowDecoder {
 public:
  explicit RawDecoder(LogicalType type) : type_(std::move(type)) {}

  bool skips(std::string_view) const override { return false; }
  void decode(std::string_view record, table::Memory& memory, RowSink& out) override {
    // Bytes are those of the record; other types are read from its text.
    const auto value = type_.is_binary() ? std::optional{Datum{record}}
                                         : scalar_of_text(type_, record, {}, memory);
    if (!value) {
      throw Error{ErrorKind::user, detail::concat("expected ", type_.summary(), ", found '",
                                                  record.substr(0, 40), "'")};
    }
    out.add(RowKind::insert, {&*value, 1});
  }

 private:
  LogicalType type_;
};

class RawEncoder final : public RowEncoder {
 public:
  explicit RawEncoder(LogicalType type) : type_(std::move(type)) {}
  void encode(RowKind, std::span<const Datum> values, std::string& out) override {
    if (!values[0].null) {
      if (type_.is_binary()) {
        out += values[0].text();
      } else {
        append_scalar(out, type_, values[0], {});
      }
    }
    out += '\n';
  }

 private:
  LogicalType type_;
};

class RawFormat final : public RowFormat {
 public:
  std::string_view suffix() const override { return ".raw"; }
  std::unique_ptr<RowDecoder> decoder(const FileColumns& columns) const override {
    return std::make_unique<RawDecoder>(columns.fields[0].type);
  }
  std::unique_ptr<RowEncoder> encoder(const FileColumns& columns) const override {
    return std::make_unique<RawEncoder>(columns.fields[0].type);
  }
};

}  // namespace

std::vector<OptionSpec> raw_options() {
  return {{"raw.charset", config::Kind::choice, "UTF-8", false, {"UTF-8"}}};
}

std::shared_ptr<const RowFormat> make_raw(const TableOptions&,
                                          const std::vector<table::Field>& fields) {
  if (fields.size() != 1 || !(fields[0].type.is_character() || fields[0].type.is_binary())) {
    throw Error{ErrorKind::user,
                detail::concat("format 'raw' holds one column, of type STRING or BYTES; the table "
                               "has ",
                               fields.size(), fields.size() == 1 ? " of type " : "",
                               fields.size() == 1 ? fields[0].type.summary() : "")};
  }
  return std::make_shared<RawFormat>();
}

}  // namespace flink::table_connectors
