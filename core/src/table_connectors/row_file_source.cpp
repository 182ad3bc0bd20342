// SPDX-License-Identifier: Apache-2.0
#include "table_connectors/row_file_source.h"

#include <flink/base/check.h>
#include <flink/connectors/file/checked_path.h>

#include <map>

#include "table_connectors/row_writer.h"

namespace flink::table_connectors {
namespace {

// Rows of one record, packed; they go on once all of them could be read.
class DecodedRows final : public RowSink {
 public:
  explicit DecodedRows(const RowFileOptions& options)
      : options_(options), layout_(types_of(options.rows)), values_(options.rows.size()) {}

  void begin_file(const std::string& path, std::uint64_t size) {
    texts_.assign(options_.rows.size(), {});
    for (std::size_t i = 0; i < options_.rows.size(); ++i) {
      const RowColumn& column = options_.rows[i];
      if (column.from != RowColumn::From::record)
        values_[i] = of_file(column, path, size, texts_[i]);
    }
  }
  void add(RowKind kind, std::span<const Datum> values) override {
    for (std::size_t i = 0; i < options_.rows.size(); ++i) {
      const RowColumn& column = options_.rows[i];
      if (column.from == RowColumn::From::record) values_[i] = values[column.index];
    }
    const std::size_t start = bytes_.size();
    layout_.pack(values_, bytes_);
    rows_.push_back({kind, start, bytes_.size() - start});
  }
  void drop() {
    rows_.clear();
    bytes_.clear();
  }
  void hand_on(RowWriter& out) {
    for (const auto& row : rows_) {
      out.add(row.kind, std::string_view{bytes_}.substr(row.start, row.size));
    }
    drop();
  }

 private:
  struct Packed {
    RowKind kind;
    std::size_t start, size;
  };

  static std::vector<LogicalType> types_of(const std::vector<RowColumn>& columns) {
    std::vector<LogicalType> out;
    for (const auto& column : columns) out.push_back(column.type);
    return out;
  }

  Datum of_file(const RowColumn& column, const std::string& path, std::uint64_t size,
                std::string& text) {
    using From = RowColumn::From;
    if (column.from == From::size) return Datum{static_cast<std::int64_t>(size)};
    if (column.from == From::path) {
      text = path;
      return Datum{std::string_view{text}};
    }
    if (column.from == From::name) {
      text = path.substr(path.rfind('/') + 1);
      return Datum{std::string_view{text}};
    }
    const auto value = partition_value(path, column.key);
    if (!value || *value == options_.default_partition) return {};
    text = *value;
    const auto out = scalar_of_text(column.type, text, {}, memory_);
    if (out) return *out;
    throw Error{ErrorKind::user,
                detail::concat("file '", path, "': partition column '", column.key, "': expected ",
                               column.type.with_nullable(true).summary(), ", found '", text, "'")};
  }

  const RowFileOptions& options_;
  table::RowLayout layout_;
  table::Memory memory_;
  std::vector<Datum> values_;
  std::vector<std::string> texts_;  // of the file
  std::string bytes_;
  std::vector<Packed> rows_;
};

class RowReader final : public SourceReader<Row, FileSplit> {
 public:
  RowReader(SourceReaderContext& context, const flink::detail::FileSourceOptions& files,
            std::shared_ptr<const RowFileOptions> options)
      : options_(std::move(options)),
        lines_(context, files),
        decoder_(options_->format->decoder(options_->columns)),
        decoded_(*options_),
        errors_(files.framing.ignore_errors ? &flink::detail::error_counter(context) : nullptr) {}

  void start() override { lines_.start(); }
  void add_splits(std::vector<FileSplit> splits) override {
    for (auto& split : splits) {
      sizes_[split.path] = split.file_size;
      lines_.add_split(std::move(split));
    }
  }
  void notify_no_more_splits() override { lines_.no_more_splits(); }
  // It reads one after another: while one waits, the others would for ever.
  void pause_or_resume_splits(const std::vector<std::string>&,
                              const std::vector<std::string>&) override {}
  std::vector<FileSplit> snapshot_state(std::int64_t) override { return lines_.snapshot(); }

  InputStatus poll_next(ReaderOutput<Row>& output) override {
    if (!std::exchange(polled_, true)) {
      for (const auto& split : lines_.waiting_splits()) output.create_output_for_split(split);
    }
    InputStatus status{};
    if (!lines_.open(status)) return status;
    if (split_output_ == nullptr) {
      split_output_ = &output.create_output_for_split(lines_.split_name());
      const std::string path = lines_.split_name().substr(0, lines_.split_name().rfind('@'));
      decoded_.begin_file(path, sizes_[path]);
    }
    read(*split_output_, status);
    if (!lines_.is_open()) {
      split_output_ = nullptr;
      output.release_output_for_split(lines_.split_name());
    }
    return status;
  }

 private:
  void read(ReaderOutput<Row>& output, InputStatus& status) {
    BufferRef block;
    std::string_view lines[256];
    const std::size_t room = std::min<std::size_t>(std::size(lines), output.room());
    const std::size_t count = lines_.next({lines, room}, block, status);
    RowWriter writer{output.batch()};
    for (std::size_t i = 0; i < count; ++i) decode(lines[i], writer);
    memory_.clear();
  }

  void decode(std::string_view line, RowWriter& writer) {
    if (decoder_->skips(line)) return;
    std::string problem;
    try {
      decoder_->decode(line, memory_, decoded_);
      return decoded_.hand_on(writer);
    } catch (const Error& error) {
      problem = error.message();
    }
    decoded_.drop();
    if (errors_ != nullptr) return errors_->inc();
    flink::detail::throw_bad_record(lines_.place_of(line), problem);
  }

  std::shared_ptr<const RowFileOptions> options_;
  flink::detail::LineReader lines_;
  std::unique_ptr<RowDecoder> decoder_;
  DecodedRows decoded_;
  table::Memory memory_;
  std::map<std::string, std::uint64_t> sizes_;
  ReaderOutput<Row>* split_output_ = nullptr;  // of the open split
  bool polled_ = false;
  Counter* errors_;  // null: what cannot be decoded fails the task
};

bool is_plain(char c) {
  constexpr std::string_view escaped = "\"#%'*/:=?\\{[]^";
  return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F &&
         escaped.find(c) == std::string_view::npos;
}

}  // namespace

RowFileSource::RowFileSource(RowFileOptions options)
    : options_(std::make_shared<const RowFileOptions>(std::move(options))) {
  files_.path = flink::detail::checked_path(options_->path, "the option 'path' of a table");
  files_.framing = options_->format->framing();
}

std::unique_ptr<SplitEnumerator<FileSplit>> RowFileSource::create_enumerator(
    SplitEnumeratorContext<FileSplit>& context) const {
  return flink::detail::make_file_enumerator(context, files_);
}

std::unique_ptr<SourceReader<Row, FileSplit>> RowFileSource::create_reader(
    SourceReaderContext& context) const {
  return std::make_unique<RowReader>(context, files_, options_);
}

std::unique_ptr<std::string> partition_value(std::string_view path, std::string_view key) {
  const std::string wanted = detail::concat("/", key, "=");
  const auto found = path.rfind(wanted);
  if (found == std::string_view::npos) return nullptr;
  const auto start = found + wanted.size();
  const auto end = path.find('/', start);
  if (end == std::string_view::npos) return nullptr;  // a file's name
  auto out = std::make_unique<std::string>();
  const auto digit = [](char c) {
    return c >= '0' && c <= '9'                     ? c - '0'
           : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                    : -1;
  };
  for (std::size_t i = start; i < end; ++i) {
    if (path[i] == '%' && i + 2 < end && digit(path[i + 1]) >= 0 && digit(path[i + 2]) >= 0) {
      *out += static_cast<char>(digit(path[i + 1]) * 16 + digit(path[i + 2]));
      i += 2;
    } else {
      *out += path[i];
    }
  }
  return out;
}

void append_partition(std::string& out, std::string_view key, std::string_view value) {
  const auto append = [&](std::string_view text) {
    for (const char c : text) {
      if (is_plain(c)) {
        out += c;
        continue;
      }
      constexpr std::string_view digits = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += digits[byte / 16];
      out += digits[byte % 16];
    }
  };
  append(key);
  out += '=';
  append(value);
}

}  // namespace flink::table_connectors
