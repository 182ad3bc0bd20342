// SPDX-License-Identifier: Apache-2.0
// The events of Nexmark, made as the generator of Apache Beam and nexmark-flink makes them: of each
// 50 events the first is a person, three are auctions and 46 bids; half of the bids go to one hot
// auction, three quarters come from one hot bidder, three quarters of the auctions are of one hot
// seller. What differs is said in README.md.
//
// An event is a function of the configuration and its number. A PersonEvent, AuctionEvent or
// BidEvent is not a row: each column is a function, computed when it is called, so what a query
// does not ask for is never made.
#pragma once

#include <algorithm>
#include <type_traits>

#include "events.h"
#include "texts.h"

namespace nexmark {

struct Config {
  std::int64_t events = 100'000;  // numbers 0 .. events - 1
  std::uint64_t seed = 1;
  std::int64_t per_second = 10'000;            // of event time
  std::int64_t base_time = 1'436'918'400'000;  // of event 0: 2015-07-15T00:00:00Z
};

// Of each 50 events.
inline constexpr std::int64_t epoch_size = 50, persons_per_epoch = 1, auctions_per_epoch = 3;
inline constexpr std::int64_t first_id = 1000;  // of persons and auctions
inline constexpr std::int64_t first_category = 10, categories = 5;
inline constexpr std::int64_t hot_every = 100;  // a hot id is a multiple of that
inline constexpr std::int64_t active_persons = 1000, auctions_in_flight = 100, id_lead = 10;

inline std::int64_t millis_of(const Config& config, std::int64_t number) {
  return config.base_time + number * 1000 / config.per_second;
}

// What every event has.
class AnyEvent {
 public:
  AnyEvent(const Config& config, const Texts& texts, std::int64_t number, std::int64_t millis)
      : config_(&config), texts_(&texts), number_(number), millis_(millis) {}
  std::int64_t event() const { return number_; }
  std::int64_t date_time() const { return millis_; }

 protected:
  std::uint64_t word(unsigned index) const { return random_word(config_->seed, number_, index); }
  // The highest numbers of a person and an auction so far, this event included; from 0, -1: none.
  std::int64_t last_person() const { return number_ / epoch_size; }
  std::int64_t last_auction() const {
    const std::int64_t in_epoch = number_ % epoch_size - persons_per_epoch;
    const std::int64_t before = number_ / epoch_size * auctions_per_epoch;
    return before + std::min(in_epoch, auctions_per_epoch - 1);
  }
  // One of the persons that came last, or that come next.
  std::int64_t some_person(std::uint64_t bits32) const {
    const std::int64_t persons = last_person() + 1;
    const std::int64_t active = std::min(persons, active_persons);
    return persons - active + below(bits32, active + id_lead);
  }
  // Letters that bring a row of `size` bytes to about `wanted`, 20 % more or less.
  std::string_view padding(std::uint64_t bits, std::int64_t size, std::int64_t wanted) const {
    if (size > wanted) return {};
    const std::int64_t missing = wanted - size, delta = (2 * missing + 5) / 10;
    return texts_->piece(bits,
                         missing - delta + below(bits >> 32, std::max<std::int64_t>(1, 2 * delta)));
  }
  template <class Table>
  static std::string_view pick(const Table& table, std::uint64_t bits32) {
    return table[static_cast<std::size_t>(below(bits32, static_cast<std::int64_t>(table.size())))];
  }

  const Config* config_;
  const Texts* texts_;
  std::int64_t number_, millis_;
};

class PersonEvent : public AnyEvent {
 public:
  using AnyEvent::AnyEvent;
  std::int64_t id() const { return first_id + last_person(); }
  std::string_view name() const { return pick(texts_->names, word(0)); }
  std::string_view email_address() const { return pick(texts_->emails, word(0) >> 32); }
  std::string_view credit_card() const { return pick(texts_->cards, word(1)); }
  std::string_view city() const { return pick(cities, word(1) >> 32); }
  std::string_view state() const { return pick(states, word(2)); }
  std::string_view extra() const {
    const auto size = 8 + name().size() + email_address().size() + credit_card().size() +
                      city().size() + state().size();
    return padding(word(3), static_cast<std::int64_t>(size), 200);
  }
  Person row() const {
    return {event(), id(),    name(),      email_address(), credit_card(),
            city(),  state(), date_time(), extra()};
  }
};

class AuctionEvent : public AnyEvent {
 public:
  using AnyEvent::AnyEvent;
  std::int64_t id() const { return first_id + last_auction(); }
  std::int64_t seller() const {
    const std::uint64_t bits = word(0);
    const bool hot = (bits & 3) != 0;
    return first_id + (hot ? last_person() / hot_every * hot_every : some_person(bits >> 32));
  }
  std::int64_t category() const { return first_category + below(word(1), categories); }
  std::int64_t initial_bid() const { return price_of(word(2)); }
  std::int64_t reserve() const { return initial_bid() + price_of(word(2) >> 32); }
  // On average when the hundredth auction from now begins.
  std::int64_t expires() const {
    constexpr std::int64_t ahead = auctions_in_flight * epoch_size / auctions_per_epoch;
    const std::int64_t horizon = millis_of(*config_, number_ + ahead) - millis_;
    return millis_ + 1 + below(word(3), std::max<std::int64_t>(1, 2 * horizon));
  }
  std::string_view item_name() const {
    return texts_->piece(word(4), 3 + below(word(4) >> 32, 17));
  }
  std::string_view description() const {
    return texts_->piece(word(5), 3 + below(word(5) >> 32, 97));
  }
  std::string_view extra() const {
    const auto size = 48 + item_name().size() + description().size();
    return padding(word(6), static_cast<std::int64_t>(size), 500);
  }
  Auction row() const {
    return {event(),     id(),      item_name(), description(), initial_bid(), reserve(),
            date_time(), expires(), seller(),    category(),    extra()};
  }
};

class BidEvent : public AnyEvent {
 public:
  using AnyEvent::AnyEvent;
  std::int64_t auction() const {
    const std::uint64_t bits = word(0);
    const std::int64_t last = last_auction();
    if ((bits & 1) != 0) return first_id + last / hot_every * hot_every;
    const std::int64_t oldest = std::max<std::int64_t>(0, last - auctions_in_flight);
    return first_id + oldest + below(bits >> 32, last - oldest + 1 + id_lead);
  }
  std::int64_t bidder() const {
    const std::uint64_t bits = word(1);
    const bool hot = (bits & 3) != 0;  // one behind the hot seller
    return first_id + (hot ? last_person() / hot_every * hot_every + 1 : some_person(bits >> 32));
  }
  std::int64_t price() const { return price_of(word(2)); }
  std::string_view channel() const { return some_channel().name; }
  std::string_view url() const { return some_channel().url; }
  std::string_view extra() const { return padding(word(4), 32, 100); }
  Bid row() const {
    return {event(), auction(), bidder(), price(), channel(), url(), date_time(), extra()};
  }

 private:
  const Texts::Channel& some_channel() const {
    const std::uint64_t bits = word(3);
    if ((bits & 1) != 0) return texts_->hot[(bits >> 1) & 3];
    return texts_->channels[static_cast<std::size_t>(below(bits >> 32, Texts::channels_size))];
  }
};

// Calls visit(event) for the events [first, last) of the kinds that it takes, in order.
template <class Visit>
inline void for_each_event(const Config& config, const Texts& texts, std::int64_t first,
                           std::int64_t last, Visit&& visit) {
  constexpr bool persons = std::is_invocable_v<Visit&, const PersonEvent&>;
  constexpr bool auctions = std::is_invocable_v<Visit&, const AuctionEvent&>;
  constexpr bool bids = std::is_invocable_v<Visit&, const BidEvent&>;
  // number * 1000 / per_second, without dividing for each event.
  const std::int64_t whole = 1000 / config.per_second, part = 1000 % config.per_second;
  std::int64_t number = first, millis = 0, remainder = 0;
  const auto jump = [&](std::int64_t to) {
    number = to;
    millis = config.base_time + number * 1000 / config.per_second;
    remainder = number * 1000 % config.per_second;
  };
  const auto step = [&] {
    ++number;
    millis += whole;
    remainder += part;
    if (remainder >= config.per_second) {
      remainder -= config.per_second;
      ++millis;
    }
  };
  jump(first);
  while (number < last) {
    const std::int64_t epoch = number - number % epoch_size;
    if (number == epoch) {
      if constexpr (persons) visit(PersonEvent{config, texts, number, millis});
      step();
    }
    const std::int64_t auctions_end =
        std::min(last, epoch + persons_per_epoch + auctions_per_epoch);
    if constexpr (auctions) {
      for (; number < auctions_end; step()) visit(AuctionEvent{config, texts, number, millis});
    } else {
      for (; number < auctions_end; step()) {
      }
    }
    const std::int64_t bids_end = std::min(last, epoch + epoch_size);
    if constexpr (bids) {
      for (; number < bids_end; step()) visit(BidEvent{config, texts, number, millis});
    } else {
      jump(std::max(number, bids_end));
    }
  }
}

}  // namespace nexmark
