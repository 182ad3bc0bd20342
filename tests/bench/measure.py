# SPDX-License-Identifier: Apache-2.0
"""Running a process tree and knowing what it cost; describing the machine."""
import ctypes
import os
import platform
import resource
import statistics
import subprocess
import threading
import time

PR_SET_CHILD_SUBREAPER = 36
# Orphans of a tree become our children, so that their CPU time is counted and none is left.
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Failed(Exception):
    pass


# Others may use this much of a core before a figure is said to be disturbed.
OTHERS_MAX = 0.5


class Run:
    """others: how many cores all other processes used meanwhile, on average."""

    def __init__(self, seconds, cpu_seconds, peak_mb, others=0.0):
        self.seconds, self.cpu_seconds, self.peak_mb = seconds, cpu_seconds, peak_mb
        self.others = others


def median(runs):
    return Run(*(statistics.median(getattr(run, field) for run in runs)
                 for field in ("seconds", "cpu_seconds", "peak_mb", "others")))


def busy_seconds():
    """CPU time of all processes since boot, with what the hypervisor took."""
    with open("/proc/stat", encoding="ascii") as handle:
        user, nice, system, _, _, irq, softirq, steal = (
            int(value) for value in handle.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def wait_until_quiet(patience, say):
    """Until others use little for three seconds, at most `patience` seconds. Answers how many cores
    they used last."""
    deadline = time.monotonic() + patience
    quiet, said = 0, False
    while True:
        before, began = busy_seconds(), time.monotonic()
        time.sleep(1)
        others = (busy_seconds() - before) / (time.monotonic() - began)
        quiet = quiet + 1 if others <= OTHERS_MAX else 0
        if quiet == 3 or time.monotonic() > deadline:
            return others
        if quiet == 0 and not said:
            say(f"waiting for a quiet machine: other processes use {others:.1f} cores")
            said = True


def descendants(pid):
    """The process and all below it."""
    found, todo = [], [pid]
    while todo:
        current = todo.pop()
        found.append(current)
        try:
            for task in os.listdir(f"/proc/{current}/task"):
                with open(f"/proc/{current}/task/{task}/children", encoding="ascii") as handle:
                    todo += [int(child) for child in handle.read().split()]
        except OSError:
            pass  # it has just ended
    return found


def memory_kb(pid, field):
    """VmRSS or VmHWM of a process; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as handle:
            for line in handle:
                if line.startswith(field + ":"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


class PeakMemory(threading.Thread):
    """Looks at the tree ten times a second. The kernel keeps each process's own peak, so only what
    a process does in its last tenth of a second can be missed."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peaks, self.stop = pid, {}, threading.Event()

    def run(self):
        while not self.stop.wait(0.1):
            for pid in descendants(self.pid):
                self.peaks[pid] = max(self.peaks.get(pid, 0), memory_kb(pid, "VmHWM"))

    def megabytes(self):
        self.stop.set()
        self.join()
        return sum(self.peaks.values()) / 1024


def cpu_of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def reap_orphans():
    while True:
        try:
            pid, _ = os.waitpid(-1, 0)
        except ChildProcessError:
            return
        if pid == 0:
            return


def run(command, cwd):
    """The whole tree from exec until its last process has ended. Throws Failed."""
    before, busy_before = cpu_of_children(), busy_seconds()
    began = time.monotonic()
    with subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE) as process:
        memory = PeakMemory(process.pid)
        memory.start()
        _, messages = process.communicate()
        seconds = time.monotonic() - began
        peak = memory.megabytes()
    reap_orphans()
    if process.returncode != 0:
        said = messages.decode(errors="replace").strip().split("\n")
        text = "\n".join(said[-8:])
        raise Failed(f"{' '.join(command)}: exit code {process.returncode}\n{text}")
    cpu = cpu_of_children() - before
    return Run(seconds, cpu, peak, max(0.0, (busy_seconds() - busy_before - cpu) / seconds))


def first_line(path, prefix):
    try:
        with open(path, encoding="utf-8") as handle:
            for line in handle:
                if line.startswith(prefix):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return "unknown"


class Machine:
    """What the figures were measured on, and how quiet it was meanwhile."""

    def __init__(self):
        self.stat = self.read_stat()

    @staticmethod
    def read_stat():
        with open("/proc/stat", encoding="ascii") as handle:
            return [int(value) for value in handle.readline().split()[1:9]]

    def describe(self, root):
        passed = [now - then for now, then in zip(self.read_stat(), self.stat)]
        steal = 100 * passed[7] / max(1, sum(passed))
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=root, text=True,
                                capture_output=True, check=False).stdout.strip()
        memory = int(first_line("/proc/meminfo", "MemTotal").split()[0]) / 1024 / 1024
        compiler = subprocess.run(["g++", "-dumpfullversion"], text=True, capture_output=True,
                                  check=False).stdout.strip()
        kernel = platform.release().split("-")[0]
        return (f"Measured on {time.strftime('%Y-%m-%d')} at commit {commit or 'unknown'}: "
                f"{os.cpu_count()} cores of {first_line('/proc/cpuinfo', 'model name')}, "
                f"{memory:.0f} GB of memory, Linux {kernel}, g++ {compiler}; "
                f"steal {steal:.1f} %.")
