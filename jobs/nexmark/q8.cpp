// SPDX-License-Identifier: Apache-2.0
// New users: who registered and opened an auction within the same ten seconds.
#include "windows.h"

using namespace std::chrono_literals;

namespace nexmark {
namespace {

struct User {
  std::int64_t id = 0;
  std::string name;
  std::int64_t date_time = 0;
};
struct Offer {
  std::int64_t seller = 0;
};
struct Result {
  std::int64_t id = 0;
  std::string name;
  std::int64_t start = 0;
};
using Either = std::variant<User, Offer>;

}  // namespace

void q8(Nexmark& nexmark) {
  const auto events = nexmark.events(
      "persons and auctions",
      Kinds{[](const PersonEvent& person) -> Either {
              return User{person.id(), std::string{person.name()}, person.date_time()};
            },
            [](const AuctionEvent& auction) -> Either { return Offer{auction.seller()}; }});
  const auto sellers =
      only<User>(events)
          .co_group(only<Offer>(events))
          .where(&User::id)
          .equal_to(&Offer::seller)
          .window(flink::TumblingEventTimeWindows::of(10s))
          .apply([](flink::Elements<User> users, flink::Elements<Offer> offers,
                    flink::Collector<Result>& out) {
            if (users.empty() || offers.empty()) return;
            const User& user = users.front();
            out.collect({user.id, user.name, user.date_time - user.date_time % 10'000});
          });
  nexmark.results(sellers);
}

}  // namespace nexmark
