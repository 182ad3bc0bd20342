// SPDX-License-Identifier: Apache-2.0
// What a table's format makes of the records of a file: rows, of some of the file's columns, and
// back. A record is a line, or what csv_framing takes for one.
#pragma once

#include <flink/formats/framing.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "table/changelog_mode.h"
#include "table_connectors/scalar_text.h"
#include "table_connectors/table_options.h"

namespace flink::table_connectors {

using table::ChangelogMode;
using table::RowKind;

class RowSink {
 public:
  virtual ~RowSink() = default;
  // One value for each column of the file; of those that are not wanted it does not matter.
  virtual void add(RowKind kind, std::span<const Datum> values) = 0;
};

// One for each reader.
class RowDecoder {
 public:
  virtual ~RowDecoder() = default;
  // The record holds no row.
  virtual bool skips(std::string_view record) const = 0;
  // Throws Error{user} for what cannot be read; then what was added does not count. Values may view
  // the record and the memory.
  virtual void decode(std::string_view record, table::Memory& memory, RowSink& out) = 0;
};

// One for each writer.
class RowEncoder {
 public:
  virtual ~RowEncoder() = default;
  // Appends the row as a record, with its line end.
  virtual void encode(RowKind kind, std::span<const Datum> values, std::string& out) = 0;
};

// The columns as they stand in a file: all of the table but those it is partitioned by.
struct FileColumns {
  std::vector<table::Field> fields;
  std::vector<bool> wanted;
};

class RowFormat {
 public:
  virtual ~RowFormat() = default;
  virtual LineFraming framing() const { return {}; }
  // Of files: ".csv".
  virtual std::string_view suffix() const = 0;
  virtual ChangelogMode reads() const { return ChangelogMode::insert_only(); }
  virtual ChangelogMode writes() const { return ChangelogMode::insert_only(); }
  virtual std::unique_ptr<RowDecoder> decoder(const FileColumns& columns) const = 0;
  virtual std::unique_ptr<RowEncoder> encoder(const FileColumns& columns) const = 0;
};

// A format by name and its options, which have the name before them: 'csv.null-literal'.
std::vector<std::string> format_names();
std::vector<OptionSpec> format_options(std::string_view name);
// Throws Error{user} for columns that the format cannot hold.
std::shared_ptr<const RowFormat> make_format(std::string_view name, const TableOptions& options,
                                             const std::vector<table::Field>& fields);

// Those that there are.
std::vector<OptionSpec> csv_options();
std::vector<OptionSpec> json_options();
std::vector<OptionSpec> debezium_options();
std::vector<OptionSpec> raw_options();
std::shared_ptr<const RowFormat> make_csv(const TableOptions& options,
                                          const std::vector<table::Field>& fields);
std::shared_ptr<const RowFormat> make_json(const TableOptions& options);
std::shared_ptr<const RowFormat> make_debezium(const TableOptions& options);
std::shared_ptr<const RowFormat> make_raw(const TableOptions& options,
                                          const std::vector<table::Field>& fields);

}  // namespace flink::table_connectors
