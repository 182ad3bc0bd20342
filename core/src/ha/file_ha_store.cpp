// SPDX-License-Identifier: Apache-2.0
// The order of steps is what makes this safe with nothing but atomic renames: a new holder creates
// its epoch before it reads, an old one looks for newer epochs after it has written. So either the
// new one reads that write, or the old one learns that it is fenced. Every file carries its
// writer's epoch, so that nobody writes over another's.
#include <flink/base/check.h>
#include <xxhash.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <set>

#include "base/durable_file.h"
#include "ha/ha_services.h"

namespace flink::ha {
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
  for (const auto& line : lines) text += line + "\n";
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

// "word value". A value of several lines (a path may hold a line's end) is written in one, with
// escapes, and its word says so; earlier builds knew none, so that a backslash alone means itself.
constexpr std::string_view escaped = "-escaped";
std::string line_of(std::string_view word, const std::string& value) {
  if (value.find('\n') == value.npos) return concat(word, " ", value);
  std::string out = concat(word, escaped, " ");
  for (const char c : value) {
    if (c == '\n') out += "\\n";
    else if (c == '\\') out += "\\\\";
    else out += c;
  }
  return out;
}
std::optional<std::string> after(const std::string& line, std::string_view word) {
  if (line.starts_with(concat(word, " "))) return line.substr(word.size() + 1);
  if (!line.starts_with(concat(word, escaped, " "))) return std::nullopt;
  std::string out;
  for (std::size_t i = word.size() + escaped.size() + 1; i < line.size(); ++i) {
    const bool escape = line[i] == '\\' && i + 1 < line.size();
    if (!escape) out += line[i];
    else out += line[++i] == 'n' ? '\n' : line[i];
  }
  return out;
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

  std::uint64_t take_over(std::uint64_t random) override {
    make_durable_directory(files_, directory_);
    for (int attempt = 0; attempt < attempts_to_take_over; ++attempt) {
      const auto epoch = epoch_after(newest("epoch-").value_or(0), random);
      if (take(epoch)) return epoch;
      random = random * 6364136223846793005u + 1442695040888963407u;
    }
    throw Error{ErrorKind::transient, concat("'", directory_,
                                             "': other JobManagers of this job "
                                             "keep starting; start only one")};
  }

  std::optional<std::uint64_t> take_first(std::uint64_t random) override {
    if (files_.status(directory_) && !files_.list(directory_).empty()) return std::nullopt;
    make_durable_directory(files_, directory_);
    const auto epoch = epoch_after(0, random);
    if (take(epoch)) return epoch;
    return std::nullopt;
  }

  std::optional<JobResult> result() override {
    if (!files_.status(directory_)) return std::nullopt;
    const auto epoch = newest("result-");
    // Whoever went on after it was written had not seen it, and is fenced or ends the job itself.
    if (epoch && newest("record-").value_or(0) > *epoch) return std::nullopt;
    const auto path = epoch ? result_path(*epoch) : earlier_result();
    if (!files_.status(path)) return std::nullopt;
    JobResult out;
    for (const auto& line : unsealed(result_title, read_whole(files_, path), path)) {
      if (const auto status = after(line, "status")) out.status = *status;
      if (const auto at = after(line, "at")) out.wall_millis = number_of<std::int64_t>(*at);
      if (const auto detail = after(line, "detail")) out.detail = *detail;
      if (const auto id = after(line, "newest-savepoint")) {
        out.newest_savepoint = number_of<std::int64_t>(*id);
      }
    }
    return out;
  }

  std::optional<JobRecord> read() override {
    const auto epoch = newest("record-");
    if (!epoch) return std::nullopt;
    const auto path = concat(directory_, "/record-", *epoch);
    JobRecord out;
    std::optional<std::int64_t> savepoint;
    for (const auto& line : unsealed(record_title, read_record(path), path)) {
      if (const auto next = after(line, "next-checkpoint")) {
        out.next_checkpoint_id = number_of<std::int64_t>(*next);
      }
      if (const auto checkpoint = after(line, "checkpoint")) out.checkpoints.push_back(*checkpoint);
      if (const auto from = after(line, "starts-from")) out.starts_from = *from;
      if (const auto id = after(line, "newest-savepoint")) savepoint = number_of<std::int64_t>(*id);
    }
    // Earlier builds did not say.
    out.newest_savepoint = savepoint.value_or(out.next_checkpoint_id - 1);
    return out;
  }

  void publish(const JobRecord& record) override {
    hold();
    Lines lines{concat("next-checkpoint ", record.next_checkpoint_id),
                concat("newest-savepoint ", record.newest_savepoint)};
    if (!record.starts_from.empty()) lines.push_back(line_of("starts-from", record.starts_from));
    for (const auto& checkpoint : record.checkpoints) {
      lines.push_back(line_of("checkpoint", checkpoint));
    }
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
    if (!cleaned_up_) hold();
  }

  void finish(const JobResult& result) override {
    hold();
    Lines lines{"status " + result.status, concat("at ", result.wall_millis),
                line_of("detail", result.detail)};
    if (result.newest_savepoint) {
      lines.push_back(concat("newest-savepoint ", *result.newest_savepoint));
    }
    write(result_path(epoch_), sealed(result_title, lines));
    check_fence();
  }

  // Whoever takes the job over meanwhile keeps its files, and finds the result or nothing at all.
  void clean_up(bool keep_result) override {
    cleaned_up_ = true;
    const auto last = {result_path(epoch_), epoch_path(epoch_)};
    for (const auto& entry : files_.list(directory_)) {
      const bool own = std::find(last.begin(), last.end(), entry.path) != last.end();
      if (!own && epoch_in(entry.path) <= epoch_) files_.remove(entry.path);
    }
    if (keep_result) return;
    for (const auto& path : last) files_.remove(path);
    if (files_.list(directory_).empty()) files_.remove(directory_);
  }

 private:
  std::optional<std::uint64_t> newest(std::string_view prefix) {
    std::optional<std::uint64_t> out;
    if (epoch_ == 0 && !files_.status(directory_)) return out;
    const auto start = concat(directory_, "/", prefix);
    for (const auto& entry : files_.list(directory_)) {
      if (!entry.path.starts_with(start) || entry.path.ends_with(".inprogress")) continue;
      out = std::max(out.value_or(0), epoch_in(entry.path));
    }
    return out;
  }

  std::string read_record(const std::string& path) {
    try {
      return read_whole(files_, path);
    } catch (const Error&) {
      if (epoch_ != 0) check_fence();  // a successor may have cleaned up
      throw;
    }
  }

  // "…/record-12" -> 12
  static std::uint64_t epoch_in(const std::string& path) {
    const auto name = std::string_view{path}.substr(path.find_last_of('/') + 1);
    return number_of<std::uint64_t>(name.substr(name.find_last_of('-') + 1));
  }
  std::string epoch_path(std::uint64_t epoch) const { return concat(directory_, "/epoch-", epoch); }
  std::string result_path(std::uint64_t epoch) const {
    return concat(directory_, "/result-", epoch);
  }
  std::string earlier_result() const { return directory_ + "/result"; }  // of earlier builds
  void create_epoch(std::uint64_t epoch) {
    const auto file = files_.create(epoch_path(epoch), false);
    file->sync();
    file->close();
    files_.sync_directory(directory_);
  }

  // False: somebody else has that number, or a later one. Of two that create theirs at a time at
  // least one sees the other.
  bool take(std::uint64_t epoch) {
    create_epoch(epoch);
    std::set<std::uint64_t> others;
    for (const auto& entry : files_.list(directory_)) {
      if (names_a_holder(entry.path)) others.insert(epoch_in(entry.path));
    }
    others.erase(epoch);
    if (!others.empty() && epoch_number(*others.rbegin()) >= epoch_number(epoch)) {
      files_.remove(epoch_path(epoch));
      return false;
    }
    epoch_ = epoch;
    earlier_ = std::move(others);
    return true;
  }
  bool names_a_holder(const std::string& path) const {
    if (path.ends_with(".inprogress")) return false;
    return path.starts_with(directory_ + "/epoch-") || path.starts_with(directory_ + "/result-");
  }

  struct Holders {
    bool own = false;         // our epoch
    std::uint64_t other = 0;  // the newest that was not there when we took the job over
  };
  Holders holders() {
    Holders out;
    for (const auto& entry : files_.list(directory_)) {
      if (!names_a_holder(entry.path)) continue;
      const auto epoch = epoch_in(entry.path);
      if (epoch == epoch_) out.own |= entry.path == epoch_path(epoch);
      else if (!earlier_.contains(epoch)) out.other = std::max(out.other, epoch);
    }
    return out;
  }

  // Before anything is written. Whoever removed our epoch and left nothing was no successor; but a
  // directory without it is no leadership, since the next one must learn of us.
  void hold() {
    FLINK_CHECK(epoch_ != 0);
    const auto found = files_.status(directory_) ? holders() : Holders{};
    if (!found.own && found.other == 0) {
      make_durable_directory(files_, directory_);
      try {
        create_epoch(epoch_);
      } catch (const Error&) {
        if (!files_.status(epoch_path(epoch_))) throw;  // another thread of ours was quicker
      }
    }
    check_fence();
  }

  void check_fence() {
    const auto found = holders();
    if (found.other > epoch_) {
      throw FencedError{ErrorKind::resource,
                        concat("another JobManager has taken this job over (epoch ", found.other,
                               ", here ", epoch_, ", in '", directory_, "')")};
    }
    if (found.own) return;
    if (found.other != 0) {
      throw FencedError{ErrorKind::resource,
                        concat("another JobManager has taken this job over: epoch ", epoch_,
                               " is gone from '", directory_, "', and ", found.other, " is there")};
    }
    throw Error{ErrorKind::transient,
                concat("'", epoch_path(epoch_),
                       "' is gone, and nobody has taken this job over: who removes files from "
                       "there while the job runs?")};
  }
  bool vanished() {
    try {
      return !files_.status(directory_) || files_.list(directory_).empty();
    } catch (const Error&) {
      return false;
    }
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
      check_fence();  // a successor may have cleaned up
      throw;
    }
  }

  base::FileSystem& files_;
  std::string directory_;
  std::uint64_t epoch_ = 0;
  std::set<std::uint64_t> earlier_;  // epochs that were there before
  std::atomic<bool> cleaned_up_ = false;
};

}  // namespace

std::unique_ptr<HaStore> make_file_ha_store(base::FileSystem& files, const std::string& directory,
                                            const base::JobId& job) {
  return std::make_unique<FileHaStore>(files, (base::Path{directory} / job.hex() / "ha").text());
}

std::shared_ptr<HaStore> FileHaServices::store_of(const base::JobId& job) {
  return directory_.empty() ? nullptr : make_file_ha_store(files_, directory_, job);
}

}  // namespace flink::ha
