// SPDX-License-Identifier: Apache-2.0
// The three kinds of events of an auction house, in full, as --write-csv and --write-json write
// them. Texts are views into Texts. Times are milliseconds since 1970 UTC, prices are cents.
#pragma once

#include <cstdint>
#include <string_view>

namespace nexmark {

struct Person {
  std::int64_t event = 0;  // the event's number, from 0: the order of all events
  std::int64_t id = 0;
  std::string_view name, email_address, credit_card, city, state;
  std::int64_t date_time = 0;
  std::string_view extra;
};

struct Auction {
  std::int64_t event = 0;
  std::int64_t id = 0;
  std::string_view item_name, description;
  std::int64_t initial_bid = 0, reserve = 0;
  std::int64_t date_time = 0, expires = 0;
  std::int64_t seller = 0, category = 0;
  std::string_view extra;
};

struct Bid {
  std::int64_t event = 0;
  std::int64_t auction = 0, bidder = 0, price = 0;
  std::string_view channel, url;
  std::int64_t date_time = 0;
  std::string_view extra;
};

}  // namespace nexmark
