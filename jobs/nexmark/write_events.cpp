// SPDX-License-Identifier: Apache-2.0
// The events as files. --write-csv DIR: DIR/person, DIR/auction, DIR/bid, with the columns' names
// in the first line. --write-json DIR: all events, a line each, as nexmark-flink puts them into
// Kafka (and Flink's own "json" format reads them). With -p 1 each is one file, in order of events.
#include "nexmark.h"

namespace nexmark {
namespace {

using flink::DataStream;
using flink::FileSink;

template <class T>
void write_csv(const DataStream<T>& rows, const std::string& directory) {
  rows.sink_to(FileSink<T>::of(directory, flink::CsvFormat<T>{}.with_header()));
}

// A JSON object, field by field. Texts of events need no escapes.
class Object {
 public:
  Object& number(const char* name, std::int64_t value) {
    begin(name);
    text_ += std::to_string(value);
    return *this;
  }
  Object& text(const char* name, std::string_view value) {
    begin(name);
    text_.append("\"").append(value).append("\"");
    return *this;
  }
  // 2015-07-15 00:00:00.000
  Object& time(const char* name, std::int64_t millis) {
    std::string iso;
    flink::print_value(iso, flink::timestamp_of_millis(millis));
    iso[10] = ' ';
    return text(name, std::string_view{iso}.substr(0, 23));
  }
  std::string close() { return text_ + "}"; }

 private:
  void begin(const char* name) {
    text_.append(text_.empty() ? "{\"" : ",\"").append(name).append("\":");
  }
  std::string text_;
};

std::string line(int type, const std::string& person, const std::string& auction,
                 const std::string& bid) {
  return "{\"event_type\":" + std::to_string(type) + ",\"person\":" + person +
         ",\"auction\":" + auction + ",\"bid\":" + bid + "}";
}
std::string json_of(const Person& row) {
  Object person;
  person.number("id", row.id).text("name", row.name).text("emailAddress", row.email_address);
  person.text("creditCard", row.credit_card).text("city", row.city).text("state", row.state);
  person.time("dateTime", row.date_time).text("extra", row.extra);
  return line(0, person.close(), "null", "null");
}
std::string json_of(const Auction& row) {
  Object auction;
  auction.number("id", row.id).text("itemName", row.item_name);
  auction.text("description", row.description).number("initialBid", row.initial_bid);
  auction.number("reserve", row.reserve).time("dateTime", row.date_time);
  auction.time("expires", row.expires).number("seller", row.seller);
  auction.number("category", row.category).text("extra", row.extra);
  return line(1, "null", auction.close(), "null");
}
std::string json_of(const Bid& row) {
  Object bid;
  bid.number("auction", row.auction).number("bidder", row.bidder).number("price", row.price);
  bid.text("channel", row.channel).text("url", row.url).time("dateTime", row.date_time);
  bid.text("extra", row.extra);
  return line(2, "null", "null", bid.close());
}

}  // namespace

void write_events(Nexmark& nexmark) {
  if (nexmark.args().has("write-csv")) {
    const auto directory = nexmark.args().require("write-csv");
    const auto row = [](const auto& event) { return event.row(); };
    write_csv(nexmark.untimed_events("person", [row](const PersonEvent& e) { return row(e); }),
              directory + "/person");
    write_csv(nexmark.untimed_events("auction", [row](const AuctionEvent& e) { return row(e); }),
              directory + "/auction");
    write_csv(nexmark.untimed_events("bid", [row](const BidEvent& e) { return row(e); }),
              directory + "/bid");
  }
  if (nexmark.args().has("write-json")) {
    const auto lines = nexmark.untimed_events(
        "events", Kinds{[](const PersonEvent& event) { return json_of(event.row()); },
                        [](const AuctionEvent& event) { return json_of(event.row()); },
                        [](const BidEvent& event) { return json_of(event.row()); }});
    lines.sink_to(FileSink<std::string>::text(nexmark.args().require("write-json")));
  }
}

}  // namespace nexmark
