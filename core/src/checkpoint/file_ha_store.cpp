// SPDX-License-Identifier: Apache-2.0
// The order of steps is what makes this safe with nothing but exclusive creation and atomic
// renames: a new holder creates its epoch before it reads, an old one looks for newer epochs after
// it has written. So either the new one reads that write, or the old one learns that it is fenced.
#include <flink/check.h>
#include <xxhash.h>

#include <algorithm>
#include <charconv>

#include "checkpoint/ha_store.h"
#include "checkpoint/storage.h"

namespace flink::checkpoint {
namespace {

using detail::concat;

constexpr std::string_view record_title = "flinkc job record 1";
constexpr std::string_view result_title = "flinkc job result 1";
constexpr int attempts_to_take_over = 100;

using Lines = std::vector<std::string>;

std::string checksum_of(std::string_view text) {
  const auto hash = XXH3_128bits(text.data(), text.size());
  return base::hex128(hash.high64, hash.low64);
}

std::string sealed(std::string_view title, const Lines& lines) {
  std::string text = concat(title, "\n");
  for (auto line : lines) {
    std::replace(line.begin(), line.end(), '\n', ' ');
    text += line + "\n";
  }
  return concat(text, "checksum ", checksum_of(text), "\n");
}

Lines unsealed(std::string_view title, const std::string& bytes, const std::string& path) {
  constexpr std::string_view mark = "checksum ";
  const auto at = bytes.rfind(mark);
  const bool whole =
      at != std::string::npos && bytes.starts_with(concat(title, "\n")) &&
      bytes.substr(at) == concat(mark, checksum_of(std::string_view{bytes}.substr(0, at)), "\n");
  if (!whole) {
    throw Error{ErrorKind::user,
                concat("'", path,
                       "' is damaged, so it is not known from which checkpoint the job "
                       "goes on: start it anew with --from-savepoint and one of its chk-<n> "
                       "directories, and another --job-id")};
  }
  Lines lines;
  std::size_t from = title.size() + 1;
  while (from < at) {
    const auto end = bytes.find('\n', from);
    lines.push_back(bytes.substr(from, end - from));
    from = end + 1;
  }
  return lines;
}

// "word rest" -> rest
std::optional<std::string> after(const std::string& line, std::string_view word) {
  if (!line.starts_with(concat(word, " "))) return std::nullopt;
  return line.substr(word.size() + 1);
}

template <class Number>
Number number_of(std::string_view text) {
  Number value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

class FileHaStore final : public HaStore {
 public:
  FileHaStore(base::FileSystem& files, std::string directory)
      : files_(files), directory_(std::move(directory)) {}

  std::uint64_t take_over() override {
    make_durable_directory(files_, directory_);
    for (int attempt = 0; attempt < attempts_to_take_over; ++attempt) {
      const auto epoch = newest("epoch-").value_or(0) + 1;
      const auto path = epoch_path(epoch);
      if (files_.status(path)) continue;
      try {
        create_epoch(epoch);
      } catch (const Error&) {
        if (files_.status(path)) continue;  // another was quicker
        throw;
      }
      files_.sync_directory(directory_);
      epoch_ = epoch;
      return epoch;
    }
    throw Error{ErrorKind::transient, concat("'", directory_,
                                             "': other JobManagers of this job "
                                             "keep starting; start only one")};
  }

  std::optional<JobResult> result() override {
    const auto path = directory_ + "/result";
    if (!files_.status(path)) return std::nullopt;
    JobResult out;
    for (const auto& line : unsealed(result_title, read_whole(files_, path), path)) {
      if (const auto status = after(line, "status")) out.status = *status;
      if (const auto at = after(line, "at")) out.wall_millis = number_of<std::int64_t>(*at);
      if (const auto detail = after(line, "detail")) out.detail = *detail;
    }
    return out;
  }

  std::optional<JobRecord> read() override {
    const auto epoch = newest("record-");
    if (!epoch) return std::nullopt;
    const auto path = concat(directory_, "/record-", *epoch);
    JobRecord out;
    std::optional<std::int64_t> savepoint;
    for (const auto& line : unsealed(record_title, read_whole(files_, path), path)) {
      if (const auto next = after(line, "next-checkpoint")) {
        out.next_checkpoint_id = number_of<std::int64_t>(*next);
      }
      if (const auto checkpoint = after(line, "checkpoint")) out.checkpoints.push_back(*checkpoint);
      if (const auto id = after(line, "newest-savepoint")) savepoint = number_of<std::int64_t>(*id);
    }
    // Earlier builds did not say.
    out.newest_savepoint = savepoint.value_or(out.next_checkpoint_id - 1);
    return out;
  }

  void publish(const JobRecord& record) override {
    check_before_write();
    Lines lines{concat("next-checkpoint ", record.next_checkpoint_id),
                concat("newest-savepoint ", record.newest_savepoint)};
    for (const auto& checkpoint : record.checkpoints) lines.push_back("checkpoint " + checkpoint);
    write(concat(directory_, "/record-", epoch_), sealed(record_title, lines));
    try {
      check_fence();
    } catch (const FencedError&) {
      throw;
    } catch (const Error& error) {
      if (vanished()) throw Error{error.kind(), error.message()};  // and the record with it
      throw UncertainError{error.kind(), error.message()};
    }
  }

  void check() override {
    if (!removed()) check_fence();
  }

  void finish(const JobResult& result) override {
    check_before_write();
    write(directory_ + "/result",
          sealed(result_title, {"status " + result.status, concat("at ", result.wall_millis),
                                "detail " + result.detail}));
  }

  void clean_up(bool keep_result) override {
    for (const auto& entry : files_.list(directory_)) {
      if (keep_result && entry.path.ends_with("/result")) continue;
      files_.remove(entry.path);
    }
    if (!keep_result) files_.remove(directory_);
  }

 private:
  std::optional<std::uint64_t> newest(std::string_view prefix) {
    std::optional<std::uint64_t> out;
    if (epoch_ == 0 && !files_.status(directory_)) return out;
    const auto start = concat(directory_, "/", prefix);
    for (const auto& entry : files_.list(directory_)) {
      if (!entry.path.starts_with(start) || entry.path.ends_with(".inprogress")) continue;
      const auto number =
          number_of<std::uint64_t>(std::string_view{entry.path}.substr(start.size()));
      out = std::max(out.value_or(0), number);
    }
    return out;
  }

  std::string epoch_path(std::uint64_t epoch) const { return concat(directory_, "/epoch-", epoch); }
  void create_epoch(std::uint64_t epoch) {
    const auto file = files_.create(epoch_path(epoch), false);
    file->sync();
    file->close();
  }

  // Somebody who removed the whole directory was no successor: one who took the job over leaves its
  // epoch or the result there.
  bool removed() { return !files_.status(directory_) || files_.list(directory_).empty(); }

  // Nor was somebody who removed the epoch of ours alone: the next one to take the job over would
  // take the same.
  bool epoch_lost() {
    return newest("epoch-").value_or(0) < epoch_ && !files_.status(directory_ + "/result");
  }
  bool vanished() {
    try {
      return removed();
    } catch (const Error&) {
      return false;
    }
  }

  // Whatever fails here, nothing has been written yet.
  void check_before_write() {
    FLINK_CHECK(epoch_ != 0);
    if (removed() || epoch_lost()) {
      make_durable_directory(files_, directory_);
      create_epoch(epoch_);
      files_.sync_directory(directory_);
    }
    check_fence();
  }

  void check_fence() {
    FLINK_CHECK(epoch_ != 0);
    const auto newest_epoch = newest("epoch-").value_or(0);
    const bool mine = files_.status(epoch_path(epoch_)).has_value();
    if (newest_epoch > epoch_) {
      throw FencedError{ErrorKind::resource,
                        concat("another JobManager has taken this job over (epoch ", newest_epoch,
                               ", here ", epoch_, ", in '", directory_, "')")};
    }
    if (mine) return;
    // Whoever took it over may have brought it to its end and cleaned up: but the result stays.
    if (files_.status(directory_ + "/result")) {
      throw FencedError{ErrorKind::resource,
                        concat("another JobManager has taken this job over and ended it: epoch ",
                               epoch_, " is gone from '", directory_, "'")};
    }
    throw Error{ErrorKind::transient,
                concat("'", epoch_path(epoch_),
                       "' is gone, and nobody has taken this job over: who removes files from "
                       "there while the job runs?")};
  }

  // Finds out what a failed write has left.
  void write(const std::string& path, const std::string& bytes) {
    try {
      write_durably(files_, path, bytes);
      return;
    } catch (const Error& error) {
      bool there = false;
      try {
        there = files_.status(path) && read_whole(files_, path) == bytes;
        if (there) {
          files_.sync_directory(directory_);
          return;
        }
      } catch (const Error&) {
        throw UncertainError{error.kind(), error.message()};
      }
      throw;
    }
  }

  base::FileSystem& files_;
  std::string directory_;
  std::uint64_t epoch_ = 0;
};

}  // namespace

std::unique_ptr<HaStore> make_file_ha_store(base::FileSystem& files, const std::string& directory,
                                            const base::JobId& job) {
  return std::make_unique<FileHaStore>(files, concat(directory, "/", job.hex(), "/ha"));
}

}  // namespace flink::checkpoint
