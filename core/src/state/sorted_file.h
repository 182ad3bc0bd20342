// SPDX-License-Identifier: Apache-2.0
// SortedFile: the file of a run, open and mapped. FlatFile is what is written today, LmdbFile what
// format 1 was. Shared by any threads; a Cursor is one thread's at a time. For the sources of runs
// only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "state/handles.h"
#include "state/run_format.h"

namespace flink::state {

class SortedFile {
 public:
  // What a run says of itself.
  struct Meta {
    RunInfo info;
    std::vector<StateDescriptor> states;
    std::string_view
        bloom;  // a BloomFilter's bytes, over the hashes of all stored keys but timers'
    bool bloom_has_prefixes = false;  // and of the prefixes of maps' and lists' entries
  };

  // Views stay valid for as long as the file is open.
  class Cursor {
   public:
    virtual ~Cursor() = default;
    virtual std::optional<std::string_view> get(std::string_view stored_key) = 0;
    // A look-up in steps, for many keys at once: each asks for the memory that the next one reads.
    struct Place {
      int step = 0;
      std::size_t at = 0;  // of what that step has found
    };
    virtual void ask(std::string_view /*stored_key*/, Place& /*place*/) {}
    // As get(); `place`: as the last of the steps left it.
    virtual std::optional<std::string_view> get_at(std::string_view stored_key,
                                                   const Place& /*place*/) {
      return get(stored_key);
    }
    // Likewise; `place`: of a prefix of that key.
    virtual std::optional<std::string_view> get_under(std::string_view stored_key,
                                                      const Place& /*place*/) {
      return get(stored_key);
    }
    // To the first entry that is not before the key; to the next one. False: there is none.
    virtual bool seek(std::string_view stored_key) = 0;
    virtual bool seek_at(std::string_view stored_key, const Place& /*place*/) {
      return seek(stored_key);
    }
    virtual bool next() = 0;
    std::string_view key() const { return key_; }
    std::string_view value() const { return value_; }

   protected:
    std::string_view key_, value_;
  };

  virtual ~SortedFile() = default;
  // Once; throws what names the file.
  virtual Meta meta() const = 0;
  virtual std::unique_ptr<Cursor> cursor() const = 0;
  virtual int descriptor() const = 0;
  // Pages that were read are no longer this process's memory; the kernel may keep them.
  virtual void let_go_of_pages() const {}
};

// The file of that name, whichever format it has. `point_reads`: no read-ahead.
std::unique_ptr<SortedFile> open_sorted_file(const std::string& name, bool point_reads);
// A version that this flinkc does not read.
[[noreturn]] void fail_version(const std::string& name, std::uint32_t version);
[[noreturn]] void fail_no_run(const std::string& name);

}  // namespace flink::state
