// SPDX-License-Identifier: Apache-2.0
// The external sort against a sort in memory: random records, with so little memory that runs are
// merged in several passes.
#include <doctest/doctest.h>
#include <flink/api/key_selector.h>

#include <algorithm>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "fs/local_file_system.h"
#include "harness/temporary_directory.h"
#include "operators/entry_batches.h"
#include "operators/key_sorter.h"

using namespace flink;
using namespace flink::operators;

namespace {

struct Record {
  std::string key;
  std::int64_t number = 0;
  std::string rest;
};
using Select = detail::KeySelector<Record, std::string Record::*>;

struct Sorted {
  std::vector<std::tuple<std::string, std::int64_t, std::int64_t>> records;  // key, time, number
  std::uint64_t bytes_spilled = 0;
  std::size_t runs_spilled = 0;
};

Sorted sort_all(const std::vector<std::pair<Record, std::int64_t>>& records, std::size_t memory,
                std::size_t batch_records) {
  fs::LocalFileSystem files;
  detail::TemporaryDirectory directory;
  spill::SpillDirectories spills{files, directory.make(), 1};
  detail::KeyPartitioner<Record, Select> by_key{Select{&Record::key}};
  KeySorter sorter{{&spills, spill::Codec::lz4,
                    [](const std::function<void()>& function) { function(); }, "a test"},
                   memory,
                   [&by_key](const Batch& batch, ByteWriter& out, KeyedEntry* entries) {
                     by_key.write_entries(batch, out, entries);
                   }};
  for (std::size_t from = 0; from < records.size(); from += batch_records) {
    RecordBatch<Record> batch;
    for (std::size_t i = from; i < std::min(records.size(), from + batch_records); ++i) {
      batch.emplace(records[i].first);
      batch.stamp(records[i].second);
    }
    sorter.add(batch);
  }
  sorter.finish();
  Sorted sorted;
  EntryMerge merge{sorter.take_sequences(0)};
  EntryBatches batches{record_type<Record>()};
  const auto take = [&] {
    if (batches.empty()) return;
    BatchRef batch = batches.take();
    const auto& typed = static_cast<const RecordBatch<Record>&>(*batch);
    for (std::size_t i = 0; i < typed.size(); ++i) {
      sorted.records.emplace_back(
          typed[i].key, typed.stamped() ? typed.timestamps()[i] : no_timestamp, typed[i].number);
    }
    batches.give_back(std::move(batch));
  };
  for (; const SortedEntry* const entry = merge.top(); merge.pop()) {
    if (batches.add(*entry)) continue;
    take();
    CHECK(batches.add(*entry));
  }
  take();
  sorted.bytes_spilled = sorter.bytes_spilled();
  sorted.runs_spilled = sorter.runs_spilled();
  return sorted;
}

// Keys in order of their hashes.
std::vector<std::tuple<std::string, std::int64_t, std::int64_t>> expected(
    const std::vector<std::pair<Record, std::int64_t>>& records) {
  std::vector<std::tuple<std::string, std::int64_t, std::int64_t>> out;
  for (const auto& [record, at] : records) out.emplace_back(record.key, at, record.number);
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::tuple{key_hash(std::get<0>(a)), std::get<0>(a), std::get<1>(a)} <
           std::tuple{key_hash(std::get<0>(b)), std::get<0>(b), std::get<1>(b)};
  });
  return out;
}

}  // namespace

TEST_CASE("sorted by key, then time, then arrival, whatever the memory") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    const auto below = [&random](std::uint64_t n) {
      return static_cast<std::int64_t>(random() % n);
    };
    std::vector<std::pair<Record, std::int64_t>> records;
    const std::size_t count = random() % 20000, keys = 1 + random() % 3000;
    const bool stamped = below(2) == 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t key = below(2) == 0 ? 0 : below(keys);
      const auto rest = static_cast<std::size_t>(below(4000) == 0 ? below(100000) : below(20));
      records.push_back(
          {{std::to_string(key), static_cast<std::int64_t>(i), std::string(rest, 'r')},
           stamped && below(10) > 0 ? below(50) - 25 : no_timestamp});
    }
    const std::size_t memory = std::size_t{8192} << below(9);
    const Sorted sorted = sort_all(records, memory, 1 + random() % 500);
    CHECK(sorted.records == expected(records));
    CHECK((sorted.runs_spilled > 0) == (sorted.bytes_spilled > 0));
    if (count > 10000 && memory < 100000) CHECK(sorted.runs_spilled > 3);
  }
}

TEST_CASE("the order of arrival is kept through several passes of merging") {
  std::vector<std::pair<Record, std::int64_t>> records;
  for (std::int64_t i = 0; i < 30000; ++i) records.push_back({{"all", i, ""}, no_timestamp});
  const Sorted sorted = sort_all(records, 8192, 64);
  CHECK(sorted.runs_spilled > 100);
  CHECK(sorted.records == expected(records));
}
