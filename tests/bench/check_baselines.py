#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_baselines.py BUILD: the hand-written loops do the work they are said to do."""
import collections
import csv
import glob
import json
import os
import subprocess
import sys
import tempfile


def run(build, program, *arguments):
    done = subprocess.run([os.path.join(build, "bin", program), *arguments], check=True,
                          capture_output=True, text=True)
    return json.loads(done.stdout)


def events(records, keys, per_ms):
    """What records.h makes: (key, time), in the order of the numbers."""
    word = (1 << 64) - 1

    def mix(x):
        x = x * 0x9e3779b97f4a7c15 & word
        x ^= x >> 32
        return x * 0xd6e8feb86659fd93 & word

    half = records // 2
    for n in range(records):
        yield (mix(n) >> 32) * keys >> 32, n % half // per_ms


def sessions(times, gap):
    times = sorted(times)
    return sum(1 for before, at in zip([None] + times, times)
               if before is None or at - before > gap)


def check_timed(build):
    """Results of the loops with event time, against plain Python."""
    records, keys, per_ms, size = 30000, 40, 20, 7
    of_key = collections.defaultdict(list)
    for key, at in events(records, keys, per_ms):
        of_key[key].append(at)
    side = collections.defaultdict(list)  # each side of the join has half of the records
    for key, at in events(records // 2, keys, per_ms):
        side[key].append(at)
    near = sum(sum(n * sum(times[other] for other in range(at - 5, at + 6)) for at, n in
                   times.items()) for times in map(collections.Counter, side.values()))
    expected = {
        "tumbling": len({(key, at // size) for key, times in of_key.items() for at in times}),
        "session": sum(sessions(times, size) for times in of_key.values()),
        "timers": len({(key, at) for key, times in of_key.items() for at in times}),
        "interval_join": near,
    }
    for name, results in expected.items():
        seen = run(build, "flink_baseline", name, "--records", str(records), "--keys", str(keys),
                   "--per-ms", str(per_ms), "--size", str(size))
        assert seen["records"] == results, (seen, results)


def main():
    build = sys.argv[1]
    with tempfile.TemporaryDirectory() as scratch:
        text, output = os.path.join(scratch, "text"), os.path.join(scratch, "out")
        run(build, "flink_baseline", "make_text", "--bytes", "3000000", "--output", text)
        run(build, "flink_baseline", "word_count", "--input", text, "--output", output)
        with open(text, encoding="ascii") as handle:
            expected = collections.Counter(handle.read().split())
        seen = collections.Counter()
        for part in glob.glob(output + "/*"):
            with open(part, newline="", encoding="ascii") as handle:
                for word, count in csv.reader(handle):
                    seen[word] += 1
                    assert int(count) == seen[word], f"{word} jumps to {count}"
        assert seen == expected, "word_count differs from Python's split()"
    for keys in ("1000", "1000000"):
        result = run(build, "flink_baseline", "keyed_count", "--records", "200000", "--keys", keys)
        assert result["records"] == 200000, result
    # map_chain drops one record of eight, rebalance and tcp_exchange none.
    for name, records in (("map_chain", 87500), ("rebalance", 100000), ("tcp_exchange", 100000)):
        result = run(build, "flink_baseline", name, "--records", "100000")
        assert result["records"] == records, result
    check_timed(build)
    ours = run(build, "flink_serialize", "--records", "4096")
    theirs = run(build, "flink_baseline", "serialize", "--records", "4096")
    assert ours["checksum"] == theirs["checksum"], (ours, theirs)
    print("the baselines count right")


if __name__ == "__main__":
    main()
