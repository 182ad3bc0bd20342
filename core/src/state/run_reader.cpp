// SPDX-License-Identifier: Apache-2.0
#include "state/run_reader.h"

#include <fcntl.h>
#include <flink/base/check.h>
#include <flink/error.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "state/descriptor.h"
#include "state/flat_file.h"
#include "state/lmdb_file.h"

namespace flink::state {
namespace {

using flink::detail::concat;

constexpr std::string_view damaged_advice =
    "; the file is damaged: restore from another checkpoint or savepoint";

// A private name of a local file: another link to one that is there, or a new one. Removed again.
class ScratchFile {
 public:
  explicit ScratchFile(const std::string& path) : path_(path) { ::unlink(path.c_str()); }
  // False: it cannot be, on another disk for example.
  bool link_to(const std::string& path) {
    return ::linkat(AT_FDCWD, path.c_str(), AT_FDCWD, path_.c_str(), AT_SYMLINK_FOLLOW) == 0;
  }
  void create() {
    file_ = Descriptor(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file_) fail_system(errno, "create", path_);
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile() { ::unlink(path_.c_str()); }
  void append(std::span<const char> bytes) { write_fully(file_.get(), bytes, path_); }

 private:
  std::string path_;
  Descriptor file_;
};

// The first key behind all that begin with `prefix`; empty: there is none.
std::string behind(std::string_view prefix) {
  std::string out(prefix);
  while (!out.empty() && out.back() == '\xFF') out.pop_back();
  if (!out.empty()) out.back() = static_cast<char>(static_cast<unsigned char>(out.back()) + 1);
  return out;
}

}  // namespace

void verify_run_file(base::FileSystem& files, const RunFile& file,
                     const std::function<void(std::span<const char>)>& copy) {
  const auto fail = [&file](const std::string& what) {
    throw Error(ErrorKind::transient,
                concat("state: ", file.path, ": ", what, std::string_view{damaged_advice}));
  };
  const std::uint64_t blocks = (file.bytes + checksum_block_bytes - 1) / checksum_block_bytes;
  if (file.checksums.size() != blocks) {
    fail(concat(file.checksums.size(), " checksums are known, its ", file.bytes, " bytes have ",
                blocks));
  }
  const auto source = files.open_read(file.path);
  if (const std::uint64_t size = source->size(); size != file.bytes) {
    fail(concat("it has ", size, " bytes instead of ", file.bytes));
  }
  std::vector<char> step(
      std::max<std::uint64_t>(1, std::min<std::uint64_t>(copy_step_bytes, file.bytes)));
  for (std::uint64_t at = 0; at < file.bytes;) {
    const auto wanted = std::min<std::uint64_t>(step.size(), file.bytes - at);
    std::size_t got = 0;
    while (got < wanted) {
      const std::size_t more = source->read_at(at + got, {step.data() + got, wanted - got});
      if (more == 0) fail(concat("it ends at byte ", at + got, " instead of ", file.bytes));
      got += more;
    }
    for (std::size_t block = 0; block < wanted; block += checksum_block_bytes) {
      const std::size_t size = std::min<std::size_t>(checksum_block_bytes, wanted - block);
      if (checksum({step.data() + block, size}) !=
          file.checksums[(at + block) / checksum_block_bytes]) {
        fail(concat("the checksum of its bytes ", at + block, " to ", at + block + size - 1,
                    " is wrong"));
      }
    }
    if (copy) copy({step.data(), static_cast<std::size_t>(wanted)});
    at += wanted;
  }
}

std::unique_ptr<SortedFile> open_sorted_file(const std::string& name, bool point_reads) {
  Descriptor file(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) fail_system(errno, "open", name);
  char first[flat_magic.size()];
  const std::size_t got = read_fully(file.get(), 0, first, name);
  if (std::string_view{first, got} != flat_magic) {
    return std::make_unique<LmdbFile>(name, point_reads);
  }
  return std::make_unique<FlatFile>(std::move(file), name, point_reads);
}

void fail_version(const std::string& name, std::uint32_t version) {
  throw Error(
      ErrorKind::user,
      concat("state: ", name, " has format ", version, ", this flinkc reads ", lmdb_run_version,
             " and ", run_version, ": use the version of flinkc that wrote it, or a newer one"));
}

void fail_no_run(const std::string& name) {
  throw Error(ErrorKind::user, concat("state: ", name,
                                      " is no run of flinkc: name a checkpoint or savepoint of "
                                      "flinkc"));
}

struct Run::Private {};
std::shared_ptr<const Run> Run::open(base::FileSystem& files, const RunFile& file,
                                     const OpenRunOptions& options) {
  const auto run = std::make_shared<Run>(Private{});
  run->file_ = file;
  if (options.direct) {
    verify_run_file(files, file);
    run->bytes_ = open_sorted_file(base::Path{file.path}.text(), options.point_reads);
  } else {
    ScratchFile scratch(options.scratch_file);
    const auto local = files.local_path(file.path);
    if (local && scratch.link_to(*local)) {
      verify_run_file(files, file);
    } else {
      scratch.create();
      verify_run_file(files, file, [&scratch](auto bytes) { scratch.append(bytes); });
    }
    run->bytes_ = open_sorted_file(options.scratch_file, options.point_reads);
  }
  run->read_meta(options.point_reads);
  return run;
}

std::shared_ptr<const Run> Run::adopt(RunFile file, Descriptor bytes, bool point_reads,
                                      BloomFilter bloom) {
  const auto run = std::make_shared<Run>(Private{});
  run->bytes_ = std::make_unique<FlatFile>(std::move(bytes), file.path, point_reads);
  run->file_ = std::move(file);
  run->read_meta(false);
  if (point_reads) run->bloom_ = std::move(bloom);
  return run;
}

Run::Run(const Private&) {}
Run::~Run() = default;

void Run::read_meta(bool keep_bloom) {
  SortedFile::Meta meta = bytes_->meta();
  info_ = std::move(meta.info);
  states_ = std::move(meta.states);
  bloom_has_prefixes_ = meta.bloom_has_prefixes;
  if (keep_bloom && !bloom_.assign(meta.bloom)) {
    throw Error(ErrorKind::transient,
                concat("state: ", file_.path, ": its Bloom filter is nonsense", damaged_advice));
  }
}

const StateDescriptor* Run::find_state(std::uint32_t id) const {
  for (const StateDescriptor& state : states_) {
    if (state.id == id) return &state;
  }
  return nullptr;
}

RunScan::RunScan(std::shared_ptr<const Run> run, std::string_view first, std::string end)
    : run_(std::move(run)), cursor_(run_->bytes_->cursor()), end_(std::move(end)), valid_(true) {
  skip_to(first);
}
RunScan::RunScan(RunScan&&) noexcept = default;
RunScan& RunScan::operator=(RunScan&& other) noexcept {
  cursor_ = std::move(other.cursor_);  // before the run that it reads
  run_ = std::move(other.run_);
  end_ = std::move(other.end_);
  key_ = other.key_;
  value_ = other.value_;
  valid_ = other.valid_;
  return *this;
}
RunScan::~RunScan() { cursor_.reset(); }

void RunScan::skip_to(std::string_view key) {
  if (!valid_ || (!key_.empty() && key <= key_)) return;
  take(cursor_->seek(key));
}

void RunScan::next() {
  FLINK_CHECK(valid_);
  take(cursor_->next());
}

void RunScan::take(bool found) {
  key_ = cursor_->key();
  value_ = cursor_->value();
  valid_ = found && key_ < end_;
}

RunReader::RunReader(std::shared_ptr<const Run> run)
    : run_(std::move(run)), cursor_(run_->bytes_->cursor()) {}
RunReader::RunReader(RunReader&&) noexcept = default;
RunReader& RunReader::operator=(RunReader&& other) noexcept {
  cursor_ = std::move(other.cursor_);  // before the run that it reads
  run_ = std::move(other.run_);
  return *this;
}
RunReader::~RunReader() { cursor_.reset(); }

std::optional<std::string_view> RunReader::get(std::string_view stored_key) {
  return cursor_->get(stored_key);
}

void RunReader::get_sorted(std::span<const std::string_view> stored_keys,
                           const std::function<void(std::size_t, std::string_view)>& found) {
  for (std::size_t i = 0; i < stored_keys.size(); ++i) {
    if (!run_->may_contain(hash_entry_key(stored_keys[i]))) continue;
    if (const auto value = get(stored_keys[i])) found(i, *value);
  }
}

RunScan RunReader::scan(std::string_view prefix) const { return scan_run(run_, prefix); }

RunScan scan_run(const std::shared_ptr<const Run>& run, std::string_view prefix) {
  std::string end = behind(prefix);
  const std::string meta = group_prefix(meta_group);
  if (end.empty() || end > meta) end = meta;
  return RunScan(run, prefix, std::move(end));
}

RunScan RunReader::scan_groups(KeyGroupRange groups) const {
  RunScan all = scan({});
  if (groups.empty()) {
    all.valid_ = false;
    return all;
  }
  FLINK_CHECK(groups.first >= 0 && groups.last < meta_group, groups.first, groups.last);
  all.end_ = group_prefix(static_cast<std::uint16_t>(groups.last + 1));
  if (all.valid_) {
    all.valid_ = all.key_ < all.end_;
    all.skip_to(group_prefix(static_cast<std::uint16_t>(groups.first)));
  }
  return all;
}

std::optional<std::string_view> get_newest(std::span<RunLayer> layers,
                                           std::string_view stored_key) {
  const std::uint64_t hash = hash_entry_key(stored_key);
  const std::uint16_t group = group_of(stored_key);
  std::string_view prefix;
  std::uint64_t prefix_hash = 0;
  for (std::size_t i = layers.size(); i-- > 0;) {
    if (!layers[i].groups.contains(group)) continue;
    RunReader& reader = layers[i].reader;
    const Run& run = reader.run();
    if (run.may_contain(hash)) {
      if (const auto value = reader.get(stored_key)) {
        if (decode_value(*value, false).is_value()) return value;
        return std::nullopt;
      }
    }
    if (!run.has_prefix_tombstones()) continue;
    if (prefix.empty()) {
      prefix = stored_key.substr(0, prefix_size(stored_key));
      prefix_hash = hash_entry_key(prefix);
    }
    if (prefix.size() == stored_key.size() || !run.may_contain(prefix_hash)) continue;
    const auto value = reader.get(prefix);
    if (value && decode_value(*value, false).tag == EntryTag::prefix_tombstone) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace flink::state
