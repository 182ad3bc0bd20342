# SPDX-License-Identifier: Apache-2.0
"""The figures of windows that have no hand-written loop beside them: what a longer size costs, what
a second slot brings, how long results take, and windows far over the memory budget. Each function
answers a row of bench.json."""
import glob
import os
import statistics

import measure

TWO_SLOTS = ["--taskmanagers", "1", "--slots", "2", "-p", "2"]
ONE_SLOT = ["--taskmanagers", "1", "--slots", "1", "-p", "1"]
TUMBLING = ["--kind", "tumbling", "--keys", "10000", "--size", "100"]


def row(name, value, unit, budget):
    return {"name": name, "value": round(value, 3), "unit": unit, "budget": budget}


def ratio(bench, name, commands, unit, budget):
    """The median of the pairs' ratios of wall time, second over first."""
    runs = bench.alternate(name, commands, {side: "" for side in commands})
    first, second = (runs[side] for side in commands)
    return row(name, statistics.median(b.seconds / a.seconds for a, b in zip(first, second)), unit,
               budget)


def sliding(bench, name):
    """Windows of 1,000 slides over those of 10: the same slide, keys and records."""
    records = str(20_000_000 // bench.scale)
    job = bench.job("windows")
    of = ["--records", records, "--kind", "sliding", "--keys", "200", "--slide", "10", "--size"]
    commands = {size: [job, *TWO_SLOTS, "--", *of, size] for size in ("100", "10000")}
    return ratio(bench, name, commands, "times", 1.3)


def two_slots(bench, name):
    """The time that two slots take over that of one, for the same tumbling windows."""
    of = ["--records", str(30_000_000 // bench.scale), *TUMBLING]
    job = bench.job("windows")
    return ratio(bench, name, {"one": [job, *ONE_SLOT, "--", *of],
                               "two": [job, *TWO_SLOTS, "--", *of]}, "times", 0.556)


def latency(bench, name):
    """At half of the rate that the same windows get through."""
    records = 20_000_000 // bench.scale
    full = measure.run([bench.job("windows"), *TWO_SLOTS, "--", "--records", str(records),
                        *TUMBLING], cwd=bench.work)
    rate = records / full.seconds / 2
    report = os.path.join(bench.work, "latency")
    for file in glob.glob(report + ".*"):
        os.remove(file)
    measure.run([bench.job("window_latency"), *TWO_SLOTS, "--", "--records", str(int(rate * 10)),
                 "--rate", str(rate), "--report", report], cwd=bench.work)
    waits = sorted(float(line) for file in glob.glob(report + ".*")
                   for line in open(file, encoding="ascii"))
    bench.details[name] = {"rate": rate, "p50": waits[len(waits) // 2], "max": waits[-1],
                           "results": len(waits)}
    return row(name, waits[len(waits) * 99 // 100], "ms", 5)


def over_memory(bench, name):
    """Open windows of four times the memory budget: the CPU time of a record that opens one and
    lets it fire, over that of windows that fit."""
    windows = 4_000_000 // bench.scale
    job = bench.job("open_windows")
    of = ["--", "--windows", str(windows)]
    small = ["-Dstate.backend.type=lmdb",
             f"-Dtaskmanager.memory.managed.size={windows * 180 // 4 >> 20}m"]
    runs = bench.alternate(name, {"fits": [job, *TWO_SLOTS, *of],
                                  "over": [job, *TWO_SLOTS, *small, *of]},
                           {"fits": "", "over": ""})
    fits, over = measure.median(runs["fits"]), measure.median(runs["over"])
    bench.details[name] = {"windows_per_s": windows / over.seconds, "peak_mb": over.peak_mb,
                           "windows_per_s_that_fit": windows / fits.seconds,
                           "peak_mb_that_fit": fits.peak_mb}
    return row(name, over.cpu_seconds / fits.cpu_seconds, "times", None)


def timer_stall(bench, name):
    """While one watermark fires all timers, and checkpoints are a tenth of a second apart: the
    longest time from one barrier to the next, less that tenth."""
    report = os.path.join(bench.work, "stall")
    for file in glob.glob(report + ".*"):
        os.remove(file)
    measure.run([bench.job("timer_stall"), *TWO_SLOTS, "-Dexecution.checkpointing.interval=100ms",
                 "-Dexecution.checkpointing.unaligned.enabled=true",
                 "-Dexecution.checkpointing.dir=file://" + os.path.join(bench.work, "stalls"), "--",
                 "--timers", str(10_000_000 // bench.scale), "--report", report], cwd=bench.work)
    took, gaps = [], []
    for file in glob.glob(report + ".*"):
        with open(file, encoding="ascii") as handle:
            lines = [float(line) for line in handle]
        took.append(lines[0])
        gaps += lines[1:]
    bench.details[name] = {"firing_ms": max(took), "barriers": len(gaps)}
    return row(name, max(gaps, default=max(took)) - 100, "ms", 100)


ALL = [("sliding_1000_over_10", sliding), ("two_slots_over_one", two_slots),
       ("window_latency_p99_ms", latency),
       ("timer_stall_ms", timer_stall), ("windows_4x_memory_cpu", over_memory)]
