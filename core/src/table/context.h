// SPDX-License-Identifier: Apache-2.0
// What a function may know besides its arguments: the session, memory for what it makes, the types
// of its call; and how it fails.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "table/memory.h"
#include "table/value.h"

namespace flink::table {

class TimeZone;

// Of a query, the same for all its functions.
struct Session {
  const TimeZone* zone = nullptr;  // table.local-time-zone; none is UTC
  Timestamp now = {0, 0};          // what NOW() and its relatives say
  std::string database = "default_database";
  std::uint64_t seed = 1;
  bool legacy_cast = false;  // table.exec.legacy-cast-behaviour: a failed CAST gives NULL
};

// One use of a function in a query. A thread has its own copy.
struct Call {
  std::vector<LogicalType> arguments;
  LogicalType result;
  std::vector<std::size_t> widths;  // of the arguments
  std::size_t result_width = 0;

  Call() = default;
  Call(std::vector<LogicalType> types, LogicalType result_type);

  // What a function keeps from row to row, such as a compiled pattern.
  template <class T>
  T& state() const {
    if (!state_) state_ = std::make_shared<T>();
    return *static_cast<T*>(state_.get());
  }

 private:
  mutable std::shared_ptr<void> state_;
};

class Context {
 public:
  Context(const Session& session, Memory& memory)
      : session_(session), memory_(memory), random_(session.seed) {}

  const Session& session() const noexcept { return session_; }
  Memory& memory() noexcept { return memory_; }

  // Of RAND() and UUID(): the session's seed decides.
  std::uint64_t random() noexcept {
    std::uint64_t x = random_ += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }

  // A function returns this: the row has no value, and why. The query ends with the text, unless a
  // TRY_CAST makes it NULL.
  std::nullopt_t fail(std::string why) {
    failure_ = std::move(why);
    failed_ = true;
    return std::nullopt;
  }
  bool failed() const noexcept { return failed_; }
  const std::string& failure() const noexcept { return failure_; }
  // Forgets the failure when it only makes NULL; false: it ends the query.
  bool forgives() noexcept {
    if (forgiving_) failed_ = false;
    return forgiving_;
  }

  // While one lives, failures are NULLs.
  class Forgiving {
   public:
    explicit Forgiving(Context& context) : context_(context), before_(context.forgiving_) {
      context.forgiving_ = true;
    }
    Forgiving(const Forgiving&) = delete;
    Forgiving& operator=(const Forgiving&) = delete;
    ~Forgiving() { context_.forgiving_ = before_; }

   private:
    Context& context_;
    bool before_;
  };

 private:
  const Session& session_;
  Memory& memory_;
  std::uint64_t random_;
  std::string failure_;
  bool failed_ = false;
  bool forgiving_ = false;
};

}  // namespace flink::table
