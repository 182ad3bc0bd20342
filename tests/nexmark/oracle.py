#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the queries of jobs/nexmark give, computed by brute force from the events as CSV.

oracle.py EVENTS_DIRECTORY QUERY [SIDE_INPUT]     prints the final result's lines, sorted
EVENTS_DIRECTORY is what --write-csv wrote with one subtask. Written after jobs/nexmark/README.md.
"""
import collections
import csv
import datetime
import pathlib
import sys

INTEGERS = {"event", "id", "date_time", "initial_bid", "reserve", "expires", "seller", "category",
            "auction", "bidder", "price"}


def rows_of(directory, kind):
    rows = []
    for part in sorted((pathlib.Path(directory) / kind).glob("part-*.csv")):
        with open(part, newline="", encoding="utf-8") as handle:
            for row in csv.DictReader(handle):
                rows.append(collections.namedtuple(kind, row)(
                    *(int(value) if name in INTEGERS else value for name, value in row.items())))
    return rows


def utc(millis):
    return datetime.datetime.fromtimestamp(millis // 1000, datetime.timezone.utc)


def day(millis):
    return int(utc(millis).strftime("%Y%m%d"))


def live_bids(auctions, bids):
    """Pairs of an auction and a bid within its life."""
    of = {auction.id: auction for auction in auctions}
    for bid in bids:
        auction = of.get(bid.auction)
        if auction and auction.date_time <= bid.date_time <= auction.expires:
            yield auction, bid


def grouped(items, key):
    groups = collections.defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups


def ranks(bids):
    return [bids, [bid for bid in bids if bid.price < 10_000],
            [bid for bid in bids if 10_000 <= bid.price < 1_000_000],
            [bid for bid in bids if bid.price >= 1_000_000]]


def statistics(bids):
    return ([len(part) for part in ranks(bids)] +
            [len({bid.bidder for bid in part}) for part in ranks(bids)] +
            [len({bid.auction for bid in part}) for part in ranks(bids)])


def q0(_, __, bids, ___):
    return [(b.auction, b.bidder, b.price, b.date_time, b.extra) for b in bids]


def q1(_, __, bids, ___):
    return [(b.auction, b.bidder, 908 * b.price, b.date_time, b.extra) for b in bids]


def q2(_, __, bids, ___):
    return [(b.auction, b.price) for b in bids if b.auction % 123 == 0]


def q3(persons, auctions, _, __):
    return [(p.name, p.city, p.state, a.id) for a in auctions for p in persons
            if a.category == 10 and p.id == a.seller and p.state in ("OR", "ID", "CA")]


def q4(_, auctions, bids, __):
    best = {}
    for auction, bid in live_bids(auctions, bids):
        key = auction.category, auction.id
        best[key] = max(best.get(key, 0), bid.price)
    return [(category, sum(prices) // len(prices)) for category, prices in
            grouped(best, lambda key: key[0]).items()
            for prices in [[best[key] for key in prices]]]


def q5(_, __, bids, ___):
    windows = collections.defaultdict(collections.Counter)
    for bid in bids:
        newest = bid.date_time // 2000 * 2000
        for start in range(newest - 8000, newest + 1, 2000):
            windows[start][bid.auction] += 1
    return [(auction, count) for counts in windows.values() for auction, count in counts.items()
            if count == max(counts.values())]


def q7(_, __, bids, ___):
    return [(b.auction, b.bidder, b.price, b.date_time, b.extra)
            for group in grouped(bids, lambda bid: bid.date_time // 10_000).values()
            for highest in [max(bid.price for bid in group)]
            for b in group if b.price == highest]


def q8(persons, auctions, _, __):
    sellers = {(auction.seller, auction.date_time // 10_000) for auction in auctions}
    return [(p.id, p.name, p.date_time // 10_000 * 10_000) for p in persons
            if (p.id, p.date_time // 10_000) in sellers]


def q9(_, auctions, bids, __):
    groups = grouped(live_bids(auctions, bids), lambda pair: pair[0].id)
    winners = [min(group, key=lambda pair: (-pair[1].price, pair[1].event))
               for group in groups.values()]
    return [(a.id, a.item_name, a.description, a.initial_bid, a.reserve, a.date_time, a.expires,
             a.seller, a.category, a.extra, b.auction, b.bidder, b.price, b.date_time, b.extra)
            for a, b in winners]


def q11(_, __, bids, ___):
    found = []
    for bidder, group in grouped(bids, lambda bid: bid.bidder).items():
        times = sorted(bid.date_time for bid in group)
        first = 0
        for i in range(1, len(times) + 1):
            if i == len(times) or times[i] - times[i - 1] > 10_000:
                found.append((bidder, i - first, times[first], times[i - 1] + 10_000))
                first = i
    return found


def q12(_, __, bids, ___):
    counts = collections.Counter((bid.bidder, bid.date_time // 10_000 * 10_000) for bid in bids)
    return [(bidder, count, start, start + 10_000) for (bidder, start), count in counts.items()]


def q13(_, __, bids, side_input):
    with open(side_input, newline="", encoding="utf-8") as handle:
        values = {int(key): value for key, value in csv.reader(handle)}
    return [(b.auction, b.bidder, b.price, b.date_time, values[b.auction % 10_000]) for b in bids
            if b.auction % 10_000 in values]


def q14(_, __, bids, ___):
    def time_type(hour):
        return "dayTime" if 8 <= hour <= 18 else "otherTime" if hour in (7, 19) else "nightTime"
    return [(b.auction, b.bidder, 908 * b.price, time_type(utc(b.date_time).hour), b.date_time,
             b.extra, b.extra.count("c")) for b in bids
            if 1_000_000_000 < 908 * b.price < 50_000_000_000]


def q15(_, __, bids, ___):
    return [(date, *statistics(group))
            for date, group in grouped(bids, lambda bid: day(bid.date_time)).items()]


def q16(_, __, bids, ___):
    groups = grouped(bids, lambda bid: (bid.channel, day(bid.date_time)))
    return [(channel, date, max(int(utc(bid.date_time).strftime("%H%M")) for bid in group),
             *statistics(group)) for (channel, date), group in groups.items()]


def q17(_, __, bids, ___):
    found = []
    for (auction, date), group in grouped(
            bids, lambda bid: (bid.auction, day(bid.date_time))).items():
        prices = [bid.price for bid in group]
        found.append((auction, date, *(len(part) for part in ranks(group)), min(prices),
                      max(prices), sum(prices) // len(prices), sum(prices)))
    return found


def columns(b):
    return b.auction, b.bidder, b.price, b.channel, b.url, b.date_time, b.extra


def q18(_, __, bids, ___):
    groups = grouped(bids, lambda bid: (bid.bidder, bid.auction))
    return [columns(max(group, key=lambda bid: bid.event)) for group in groups.values()]


def q19(_, __, bids, ___):
    return [(*columns(bid), rank + 1)
            for group in grouped(bids, lambda bid: bid.auction).values()
            for rank, bid in enumerate(
                sorted(group, key=lambda bid: (-bid.price, bid.event))[:10])]


def q20(_, auctions, bids, __):
    of = {auction.id: auction for auction in auctions if auction.category == 10}
    return [(*columns(b), a.item_name, a.description, a.initial_bid, a.reserve, a.date_time,
             a.expires, a.seller, a.category, a.extra)
            for b in bids if b.auction in of for a in [of[b.auction]]]


def q22(_, __, bids, ___):
    return [(b.auction, b.bidder, b.price, b.channel, *b.url.split("/")[3:6]) for b in bids]


def main():
    directory, query = sys.argv[1:3]
    side_input = sys.argv[3] if len(sys.argv) > 3 else None
    events = [rows_of(directory, kind) for kind in ("person", "auction", "bid")]
    lines = (",".join(map(str, row)) for row in globals()[query](*events, side_input))
    sys.stdout.writelines(line + "\n" for line in sorted(lines))


if __name__ == "__main__":
    main()
