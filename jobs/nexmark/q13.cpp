// SPDX-License-Identifier: Apache-2.0
// Enrichment from a file that every process has whole.
#include <charconv>
#include <unordered_map>

#include "nexmark.h"

namespace nexmark {
namespace {

struct Row {
  std::int64_t auction = 0, bidder = 0, price = 0, date_time = 0;
};
struct Result {
  std::int64_t auction = 0, bidder = 0, price = 0, date_time = 0;
  std::string_view value;
};
using SideInput = std::unordered_map<std::int64_t, std::string>;

// Of lines "key,value".
SideInput side_input_of(std::string_view text) {
  SideInput values;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto comma = std::min(line.find(','), line.size());
    std::int64_t key = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + comma, key);
    if (error != std::errc{} || end != line.data() + comma || comma == line.size()) {
      throw flink::Error(flink::ErrorKind::user, "--side-input: the line \"" + std::string{line} +
                                                     "\" is not a number, a comma and a text");
    }
    values.emplace(key, line.substr(comma + 1));
  }
  return values;
}

}  // namespace

void q13(Nexmark& nexmark) {
  const auto path = nexmark.args().get("side-input", "jobs/nexmark/side_input.csv");
  const auto values =
      std::make_shared<const SideInput>(side_input_of(nexmark.env().read_file(path)));
  const auto bids = nexmark.untimed_events("bids", [](const BidEvent& bid) {
    return Row{bid.auction(), bid.bidder(), bid.price(), bid.date_time()};
  });
  nexmark.results(bids.flat_map([values](const Row& row, flink::Collector<Result>& out) {
    const auto found = values->find(row.auction % 10'000);
    if (found == values->end()) return;
    out.collect(
        {row.auction, row.bidder, row.price, row.date_time, out.arena().copy(found->second)});
  }));
}

}  // namespace nexmark
