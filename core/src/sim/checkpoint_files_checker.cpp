// SPDX-License-Identifier: Apache-2.0
// One of the checkers (checkers.h): the files of checkpoints, by the records of their jobs.
#include <flink/base/check.h>
#include <flink/error.h>
#include <xxhash.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "checkpoint/metadata.h"
#include "sim/checkers.h"

namespace flink::sim {
namespace {

constexpr std::size_t block_bytes = 64 * 1024;

// What is wrong with it; nothing when it is whole.
std::optional<std::string> fault_of(const checkpoint::FileRef& run, const std::string* bytes) {
  if (bytes == nullptr) return "is not there";
  if (bytes->size() != run.bytes) return "has another size";
  std::size_t block = 0;
  for (std::size_t at = 0; at < bytes->size(); at += block_bytes, ++block) {
    const std::size_t size = std::min(block_bytes, bytes->size() - at);
    if (block >= run.checksums.size() ||
        XXH3_64bits(bytes->data() + at, size) != run.checksums[block]) {
      return "is damaged";
    }
  }
  return std::nullopt;
}

class CheckpointFiles final : public Checker {
 public:
  CheckpointFiles(const SimDisk& disk, Violation violation)
      : Checker(std::move(violation)), disk_(disk) {}

  void name_changed(const SimDisk::NameEvent& event) override {
    constexpr std::string_view mark = "/ha/record-";
    constexpr std::string_view result = "/ha/result-";
    if (const auto end = event.path.rfind(result); end != std::string::npos) {
      jobs_.erase(event.path.substr(0, end));  // the job has ended: nothing counts any more
      return;
    }
    const auto at = event.path.rfind(mark);
    if (at != std::string::npos && event.bytes != nullptr) {
      std::uint64_t epoch = 0;
      const char* const digits = event.path.data() + at + mark.size();
      const char* const end = event.path.data() + event.path.size();
      if (std::from_chars(digits, end, epoch).ptr != end) return;  // a temporary name
      published(event.path.substr(0, at), epoch, *event.bytes);
    } else if (event.bytes == nullptr) {
      if (at != std::string::npos) jobs_.erase(event.path.substr(0, at));  // the job has ended
      for (const auto& [name, job] : jobs_) {
        if (job.files.contains(event.path)) {
          violated(detail::concat("checkpoint files: '", event.path, "' is gone, but counts"));
        }
      }
    }
  }

 private:
  struct Job {
    std::uint64_t epoch = 0;
    std::set<std::string> files;  // of all checkpoints that count
  };

  void published(const std::string& name, std::uint64_t epoch, std::string_view record) {
    Job& job = jobs_[name];
    if (epoch < job.epoch) return;  // of one that was replaced
    job.epoch = epoch;
    job.files.clear();
    constexpr std::string_view word = "\ncheckpoint ";
    for (auto at = record.find(word); at != std::string_view::npos; at = record.find(word, at)) {
      at += word.size();
      add(std::string{record.substr(at, record.find('\n', at) - at)}, job);
    }
  }
  void add(const std::string& directory, Job& job) {
    const std::string path = directory + "/_metadata";
    const std::string* const bytes = disk_.bytes_of(path);
    if (bytes == nullptr) {
      return violated(detail::concat("checkpoint files: '", path, "' is not there, but counts"));
    }
    job.files.insert(path);
    try {
      const auto metadata = checkpoint::decode_metadata(*bytes, path);
      checkpoint::for_each_file(metadata, [&](const checkpoint::FileRef& run) {
        job.files.insert(run.path);
        if (verified_.contains(run.path) && disk_.bytes_of(run.path) != nullptr) return;
        if (const auto fault = fault_of(run, disk_.bytes_of(run.path))) {
          violated(detail::concat("checkpoint files: '", run.path, "', which counts, ", *fault));
        }
        verified_.insert(run.path);
      });
    } catch (const Error& error) {
      violated(detail::concat("checkpoint files: ", error.message()));
    }
  }

  const SimDisk& disk_;
  std::map<std::string, Job> jobs_;  // by directory
  std::set<std::string> verified_;
};

}  // namespace

std::unique_ptr<Checker> check_checkpoint_files(const SimDisk& disk, Checker::Violation violation) {
  return std::make_unique<CheckpointFiles>(disk, std::move(violation));
}

}  // namespace flink::sim
