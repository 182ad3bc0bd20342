// SPDX-License-Identifier: Apache-2.0
// What every query has: the events, asked for by a function that makes a record of one, and a place
// for its results.
#pragma once

#include "source.h"

namespace nexmark {

class Nexmark {
 public:
  explicit Nexmark(flink::StreamExecutionEnvironment& env);

  const flink::Arguments& args() const { return env_.args(); }
  flink::StreamExecutionEnvironment& env() { return env_; }

  // Records of the events that `make` takes, with their event time and watermarks.
  template <class Make>
  auto events(const char* name, Make make) {
    return read(
        name, std::move(make),
        flink::WatermarkStrategy<typename RecordOf<Make>::Type>::for_bounded_out_of_orderness(
            std::chrono::seconds{4}));
  }
  // The same, for a query that does not look at event time.
  template <class Make>
  auto untimed_events(const char* name, Make make) {
    return read(name, std::move(make),
                flink::WatermarkStrategy<typename RecordOf<Make>::Type>::no_watermarks());
  }

  // To CSV files in --output DIR, else nowhere.
  template <class T>
  void results(const flink::DataStream<T>& stream) {
    if (output_.empty()) {
      stream.sink_to(flink::BlackholeSink<T>{}).name("results");
    } else {
      stream.sink_to(flink::FileSink<T>::csv(output_)).name("results");
    }
  }

 private:
  template <class Make, class Strategy>
  auto read(const char* name, Make make, Strategy strategy) {
    return env_.from_source(NexmarkSource<Make>{config_, std::move(make)}, strategy, name)
        .uid(name);
  }

  flink::StreamExecutionEnvironment& env_;
  Config config_;
  std::string output_;
};

// Several functions as one: what becomes of each kind of event.
template <class... F>
struct Kinds : F... {
  using F::operator()...;
};
template <class... F>
Kinds(F...) -> Kinds<F...>;

// The records of a stream of variants that are a T.
template <class T, class... Types>
auto only(const flink::DataStream<std::variant<Types...>>& stream) {
  return stream.flat_map([](const std::variant<Types...>& record, flink::Collector<T>& out) {
    if (const T* found = std::get_if<T>(&record)) out.collect(*found);
  });
}

// The key of a record that has to do with an auction.
template <class... Types>
std::int64_t auction_of(const std::variant<Types...>& record) {
  return std::visit([](const auto& one) { return one.auction; }, record);
}

// An auction or a bid as a record: views into its event.
struct AuctionRow {
  std::int64_t auction = 0;
  std::string_view item_name, description;
  std::int64_t initial_bid = 0, reserve = 0, date_time = 0, expires = 0, seller = 0, category = 0;
  std::string_view extra;
};
inline AuctionRow auction_row(const AuctionEvent& auction) {
  return {auction.id(),       auction.item_name(), auction.description(), auction.initial_bid(),
          auction.reserve(),  auction.date_time(), auction.expires(),     auction.seller(),
          auction.category(), auction.extra()};
}
struct BidRow {
  std::int64_t event = 0, auction = 0, bidder = 0, price = 0;
  std::string_view channel, url;
  std::int64_t date_time = 0;
  std::string_view extra;
};
// A function object, to be inlined where it is handed over.
inline constexpr auto bid_row = [](const BidEvent& bid) {
  return BidRow{bid.event(),   bid.auction(), bid.bidder(),    bid.price(),
                bid.channel(), bid.url(),     bid.date_time(), bid.extra()};
};
// An auction as state, but for its key: it owns its texts.
struct KeptAuction {
  std::string item_name, description;
  std::int64_t initial_bid = 0, reserve = 0, date_time = 0, expires = 0, seller = 0, category = 0;
  std::string extra;
};
inline KeptAuction kept(const AuctionRow& row) {
  return {std::string{row.item_name},
          std::string{row.description},
          row.initial_bid,
          row.reserve,
          row.date_time,
          row.expires,
          row.seller,
          row.category,
          std::string{row.extra}};
}

// Thousandths of a euro for so many cents: the rate is 0.908.
constexpr std::int64_t in_euros(std::int64_t cents) { return 908 * cents; }
// Of the day, UTC; `millis` is not before 1970.
constexpr std::int64_t hour_of(std::int64_t millis) { return millis / 3'600'000 % 24; }
// HHmm and yyyymmdd, as numbers.
constexpr std::int64_t minute_of(std::int64_t millis) {
  return hour_of(millis) * 100 + millis / 60'000 % 60;
}
constexpr std::int64_t day_of(std::int64_t millis) {
  // Gregorian: 146,097 days in 400 years, 1461 in four but where a century ends.
  const std::int64_t quarters =
      4 * (millis / 86'400'000 + 719'468) + 3;  // of days since 0000-03-01
  const std::int64_t century = quarters / 146'097;
  const std::int64_t in_century = quarters % 146'097 | 3;
  const std::int64_t year = century * 100 + in_century / 1461;
  const std::int64_t day = in_century % 1461 / 4;  // of a year that begins in March
  const std::int64_t month = (5 * day + 2) / 153;
  return (year + (month >= 10 ? 1 : 0)) * 10'000 + (month + (month >= 10 ? -9 : 3)) * 100 + day -
         (153 * month + 2) / 5 + 1;
}

// The queries, each in its file.
void q0(Nexmark& nexmark);
void q1(Nexmark& nexmark);
void q2(Nexmark& nexmark);
void q3(Nexmark& nexmark);
void q4(Nexmark& nexmark);
void q5(Nexmark& nexmark);
void q7(Nexmark& nexmark);
void q8(Nexmark& nexmark);
void q9(Nexmark& nexmark);
void q11(Nexmark& nexmark);
void q12(Nexmark& nexmark);
void q13(Nexmark& nexmark);
void q14(Nexmark& nexmark);
void q15(Nexmark& nexmark);
void q16(Nexmark& nexmark);
void q17(Nexmark& nexmark);
void q18(Nexmark& nexmark);
void q19(Nexmark& nexmark);
void q20(Nexmark& nexmark);
void q22(Nexmark& nexmark);
// For --write-csv and --write-json.
void write_events(Nexmark& nexmark);

}  // namespace nexmark
