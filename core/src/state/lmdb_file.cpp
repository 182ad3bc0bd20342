// SPDX-License-Identifier: Apache-2.0
#include "state/lmdb_file.h"

#include <flink/error.h>

#include <utility>

#include "state/entry_key.h"

namespace flink::state {

class LmdbFile::Cursor final : public SortedFile::Cursor {
 public:
  explicit Cursor(const LmdbFile& file)
      : name_(file.name_),
        txn_(begin_lmdb(file.env_.get(), name_, MDB_RDONLY)),
        cursor_(lmdb_cursor(txn_.get(), name_)) {}

  std::optional<std::string_view> get(std::string_view stored_key) override {
    MDB_val name = lmdb_value(stored_key);
    MDB_val value{};
    const int rc = mdb_cursor_get(cursor_.get(), &name, &value, MDB_SET);
    if (rc == MDB_NOTFOUND) return std::nullopt;
    check_lmdb(rc, "read", name_);
    return lmdb_view(value);
  }
  bool seek(std::string_view stored_key) override {
    // LMDB refuses empty keys; this is the smallest other one.
    return move(stored_key.empty() ? std::string_view("\0", 1) : stored_key, MDB_SET_RANGE);
  }
  bool next() override { return move({}, MDB_NEXT); }

 private:
  bool move(std::string_view to, MDB_cursor_op how) {
    MDB_val name = lmdb_value(to);
    MDB_val value{};
    const int rc = mdb_cursor_get(cursor_.get(), &name, &value, how);
    if (rc == MDB_NOTFOUND) return false;
    check_lmdb(rc, "read", name_);
    key_ = lmdb_view(name);
    value_ = lmdb_view(value);
    return true;
  }

  std::string name_;
  LmdbTransaction txn_;
  LmdbCursor cursor_;
};

LmdbFile::LmdbFile(std::string name, bool point_reads)
    : name_(std::move(name)),
      env_(open_lmdb(name_, MDB_RDONLY | (point_reads ? MDB_NORDAHEAD : 0u))),
      meta_txn_(begin_lmdb(env_.get(), name_, MDB_RDONLY)) {
  open_main_database(meta_txn_.get(), name_);
}

SortedFile::Meta LmdbFile::meta() const {
  const auto find = [this](std::string_view what, std::string_view& bytes) {
    const std::string stored = group_prefix(meta_group).append(what);
    MDB_val key = lmdb_value(stored);
    MDB_val value{};
    const int rc = mdb_get(meta_txn_.get(), main_database, &key, &value);
    if (rc == MDB_NOTFOUND) return false;
    check_lmdb(rc, "read", name_);
    bytes = lmdb_view(value);
    return true;
  };
  const auto read = [&](std::string_view what) {
    std::string_view bytes;
    if (!find(what, bytes)) fail_no_run(name_);
    return bytes;
  };
  const std::uint32_t version = decode_version(read("version"));
  if (version != lmdb_run_version) fail_version(name_, version);
  Meta out;
  out.info = decode_info(read("info"));
  out.states = decode_states(read("states"));
  out.bloom = read("bloom");
  std::string_view flag;
  out.bloom_has_prefixes = find("prefixes", flag);
  return out;
}

std::unique_ptr<SortedFile::Cursor> LmdbFile::cursor() const {
  return std::make_unique<Cursor>(*this);
}

int LmdbFile::descriptor() const {
  mdb_filehandle_t fd = -1;
  check_lmdb(mdb_env_get_fd(env_.get(), &fd), "read", name_);
  return fd;
}

}  // namespace flink::state
