// SPDX-License-Identifier: Apache-2.0
// Owners of LMDB's handles, and its errors as flink::Error. For LmdbFile only.
#pragma once

#include <lmdb.h>

#include <memory>
#include <string>
#include <string_view>

namespace flink::state {

struct CloseEnvironment {
  void operator()(MDB_env* env) const { mdb_env_close(env); }
};
struct AbortTransaction {
  void operator()(MDB_txn* txn) const { mdb_txn_abort(txn); }
};
struct CloseCursor {
  void operator()(MDB_cursor* cursor) const { mdb_cursor_close(cursor); }
};
using LmdbEnvironment = std::unique_ptr<MDB_env, CloseEnvironment>;
using LmdbTransaction = std::unique_ptr<MDB_txn, AbortTransaction>;
using LmdbCursor = std::unique_ptr<MDB_cursor, CloseCursor>;

// One file, without a lock file beside it.
LmdbEnvironment open_lmdb(const std::string& file, unsigned flags);
LmdbTransaction begin_lmdb(MDB_env* env, const std::string& file, unsigned flags);
LmdbCursor lmdb_cursor(MDB_txn* txn, const std::string& file);

// The only database of a run, the unnamed one. Sets its order up: once an environment, before
// cursors.
inline constexpr MDB_dbi main_database = 1;
void open_main_database(MDB_txn* txn, const std::string& file);

// rc != 0 throws: what failed on which file, why, what to do.
void check_lmdb(int rc, const char* what, const std::string& file);

inline MDB_val lmdb_value(std::string_view bytes) {
  // LMDB does not write through keys and values it is given.
  return {bytes.size(), const_cast<char*>(bytes.data())};
}
inline std::string_view lmdb_view(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

}  // namespace flink::state
