// SPDX-License-Identifier: Apache-2.0
#include "state/lmdb.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include "state/descriptor.h"

namespace flink::state {

void check_lmdb(int rc, const char* what, const std::string& file) {
  if (rc == 0) return;
  if (rc > 0) fail_system(rc, what, file);
  const bool damaged = rc == MDB_CORRUPTED || rc == MDB_INVALID || rc == MDB_PAGE_NOTFOUND ||
                       rc == MDB_VERSION_MISMATCH;
  throw Error(
      damaged ? ErrorKind::transient : ErrorKind::internal,
      detail::concat(
          "state: cannot ", what, " ", file, ": ", std::string_view{mdb_strerror(rc)},
          damaged ? "; restore from another checkpoint or savepoint" : "; please report this"));
}

LmdbEnvironment open_lmdb(const std::string& file, unsigned flags) {
  MDB_env* raw = nullptr;
  check_lmdb(mdb_env_create(&raw), "prepare", file);
  LmdbEnvironment env(raw);
  constexpr std::size_t map_bytes = 4096;  // at least: the file says how many
  check_lmdb(mdb_env_set_mapsize(raw, map_bytes), "set the size of", file);
  const unsigned always = MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOTLS;
  check_lmdb(mdb_env_open(raw, file.c_str(), always | flags, 0600), "open", file);
  return env;
}

LmdbTransaction begin_lmdb(MDB_env* env, const std::string& file, unsigned flags) {
  MDB_txn* raw = nullptr;
  check_lmdb(mdb_txn_begin(env, nullptr, flags, &raw), "begin a transaction on", file);
  return LmdbTransaction(raw);
}

LmdbCursor lmdb_cursor(MDB_txn* txn, const std::string& file) {
  MDB_cursor* raw = nullptr;
  check_lmdb(mdb_cursor_open(txn, main_database, &raw), "read", file);
  return LmdbCursor(raw);
}

void open_main_database(MDB_txn* txn, const std::string& file) {
  MDB_dbi main = 0;
  check_lmdb(mdb_dbi_open(txn, nullptr, 0, &main), "read", file);
  FLINK_CHECK(main == main_database, main);
}

}  // namespace flink::state
