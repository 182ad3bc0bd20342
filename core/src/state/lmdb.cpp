// SPDX-License-Identifier: Apache-2.0
#include "state/lmdb.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <cerrno>

namespace flink::state {
namespace {

ErrorKind kind_of(int rc) {
  switch (rc) {
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
      return ErrorKind::resource;
    case EACCES:
    case EPERM:
    case EROFS:
    case ENOENT:
    case ENOTDIR:
      return ErrorKind::user;
    default:
      return rc > 0 || rc == MDB_CORRUPTED || rc == MDB_INVALID || rc == MDB_PAGE_NOTFOUND
                 ? ErrorKind::transient
                 : ErrorKind::internal;
  }
}

const char* advice(int rc) {
  switch (rc) {
    case ENOSPC:
    case EDQUOT:
    case EIO:  // how LMDB reports a full disk at commit
      return "free space on that disk, or name directories on another one with io.tmp.dirs";
    case ENOMEM:
      return "give the process more address space (ulimit -v)";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (ulimit -n)";
    case EACCES:
    case EPERM:
    case EROFS:
    case ENOENT:
    case ENOTDIR:
      return "check the directory of scratch files (io.tmp.dirs) and this user's rights to it";
    case MDB_INVALID:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_VERSION_MISMATCH:
      return "restore from another checkpoint or savepoint";
    default:
      return "please report this";
  }
}

}  // namespace

void check_lmdb(int rc, const char* what, const std::string& file) {
  if (rc == 0) return;
  throw Error(kind_of(rc), detail::concat("state: cannot ", what, " ", file, ": ",
                                          std::string_view{mdb_strerror(rc)}, "; ", advice(rc)));
}

LmdbEnvironment open_lmdb(const std::string& file, unsigned flags, std::size_t map_bytes) {
  MDB_env* raw = nullptr;
  check_lmdb(mdb_env_create(&raw), "prepare", file);
  LmdbEnvironment env(raw);
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
