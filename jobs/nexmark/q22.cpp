// SPDX-License-Identifier: Apache-2.0
// The directories of a URL.
#include "nexmark.h"

namespace nexmark {
namespace {

struct Row {
  std::int64_t auction = 0, bidder = 0, price = 0;
  std::string_view channel, url;
};
struct Result {
  std::int64_t auction = 0, bidder = 0, price = 0;
  std::string_view channel, dir1, dir2, dir3;
};

// The text up to the next '/', which is taken off with it.
std::string_view next_part(std::string_view& text) {
  const auto part = text.substr(0, text.find('/'));
  text.remove_prefix(std::min(text.size(), part.size() + 1));
  return part;
}

}  // namespace

void q22(Nexmark& nexmark) {
  const auto bids = nexmark.untimed_events("bids", [](const BidEvent& bid) {
    return Row{bid.auction(), bid.bidder(), bid.price(), bid.channel(), bid.url()};
  });
  nexmark.results(bids.map([](const Row& row) {
    std::string_view rest = row.url;
    for (int i = 0; i < 3; ++i) next_part(rest);  // "https:", "", the host
    const auto dir1 = next_part(rest), dir2 = next_part(rest), dir3 = next_part(rest);
    return Result{row.auction, row.bidder, row.price, row.channel, dir1, dir2, dir3};
  }));
}

}  // namespace nexmark
