// SPDX-License-Identifier: Apache-2.0
// A row for a row: no keys, no exchange.
#include <algorithm>
#include <stdexcept>

#include "nexmark_loops.h"

namespace bench {
namespace {

using nexmark::BidEvent;

NexmarkResult q0(const NexmarkOptions& options) {
  return for_each_row(options, [](const BidEvent& bid, NexmarkSink& sink) {
    sink.take(std::tuple{bid.auction(), bid.bidder(), bid.price(), bid.date_time(), bid.extra()});
  });
}

NexmarkResult q1(const NexmarkOptions& options) {
  return for_each_row(options, [](const BidEvent& bid, NexmarkSink& sink) {
    sink.take(
        std::tuple{bid.auction(), bid.bidder(), 908 * bid.price(), bid.date_time(), bid.extra()});
  });
}

NexmarkResult q2(const NexmarkOptions& options) {
  return for_each_row(options, [](const BidEvent& bid, NexmarkSink& sink) {
    const std::int64_t auction = bid.auction();
    if (auction % 123 == 0) sink.take(std::tuple{auction, bid.price()});
  });
}

std::string_view part_of_day(std::int64_t millis) {
  const std::int64_t hour = millis / 3'600'000 % 24;
  if (hour >= 8 && hour <= 18) return "dayTime";
  return hour <= 6 || hour >= 20 ? "nightTime" : "otherTime";
}

NexmarkResult q14(const NexmarkOptions& options) {
  return for_each_row(options, [](const BidEvent& bid, NexmarkSink& sink) {
    const std::int64_t price = 908 * bid.price();
    if (price <= 1'000'000'000 || price >= 50'000'000'000) return;
    const std::string_view extra = bid.extra();
    const std::int64_t cs = std::count(extra.begin(), extra.end(), 'c');
    sink.take(std::tuple{bid.auction(), bid.bidder(), price, part_of_day(bid.date_time()),
                         bid.date_time(), extra, cs});
  });
}

NexmarkResult q22(const NexmarkOptions& options) {
  return for_each_row(options, [](const BidEvent& bid, NexmarkSink& sink) {
    const std::string_view url = bid.url();
    std::array<std::string_view, 6> parts;  // what is not there stays empty
    for (std::size_t part = 0, begin = 0; part < parts.size(); ++part) {
      const std::size_t end = std::min(url.find('/', begin), url.size());
      parts[part] = url.substr(begin, end - begin);
      if (end == url.size()) break;
      begin = end + 1;
    }
    sink.take(std::tuple{bid.auction(), bid.bidder(), bid.price(), bid.channel(), parts[3],
                         parts[4], parts[5]});
  });
}

// Keys of the side input are remainders of 10,000: the table is an array.
NexmarkResult q13(const NexmarkOptions& options) {
  struct Value {
    bool there = false;
    std::string text;
  };
  std::vector<Value> values(10'000);
  std::ifstream file(options.side_input);
  if (!file) {
    throw std::runtime_error("q13 cannot read the side input '" + options.side_input +
                             "': give --side-input FILE, lines of key,value");
  }
  for (std::string line; std::getline(file, line);) {
    const auto comma = line.find(',');
    if (comma == std::string::npos) continue;
    const auto key = std::stoull(line.substr(0, comma));
    if (key < values.size()) values[key] = {true, line.substr(comma + 1)};
  }
  return for_each_row(options, [&](const BidEvent& bid, NexmarkSink& sink) {
    const std::int64_t auction = bid.auction();
    const Value& value = values[static_cast<std::size_t>(auction % 10'000)];
    if (!value.there) return;
    sink.take(std::tuple{auction, bid.bidder(), bid.price(), bid.date_time(),
                         std::string_view{value.text}});
  });
}

}  // namespace

NexmarkLoop nexmark_rows(std::string_view query) {
  if (query == "q0") return q0;
  if (query == "q1") return q1;
  if (query == "q2") return q2;
  if (query == "q13") return q13;
  if (query == "q14") return q14;
  if (query == "q22") return q22;
  return nullptr;
}

}  // namespace bench
