// SPDX-License-Identifier: Apache-2.0
// The effects of a test that cares for one or two of them.
#pragma once

#include <flink/error.h>

#include "base/effects.h"
#include "fs/local_file_system.h"

namespace flink::test {

class NoNetwork final : public base::Network {
 public:
  std::unique_ptr<base::Listener> listen(
      const base::Address&, std::function<void(std::shared_ptr<base::Connection>)>) override {
    throw Error{ErrorKind::internal, "this test has no network"};
  }
  void connect(const base::Address&,
               std::function<void(std::shared_ptr<base::Connection>, const std::string& error)>
                   done) override {
    done(nullptr, "this test has no network");
  }
  void post(std::function<void()> function) override { function(); }
};

struct TestEffects {
  explicit TestEffects(base::Executor& all_threads) : executor(all_threads) {}
  base::Effects all() { return {clock, network, files, random, executor}; }

  base::SystemClock clock;
  NoNetwork network;
  fs::LocalFileSystem files;
  base::SeededRandom random{1};
  base::Executor& executor;
};

}  // namespace flink::test
