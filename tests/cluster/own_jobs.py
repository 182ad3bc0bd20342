# SPDX-License-Identifier: Apache-2.0
"""Job processes that do not outlive the test which starts them: neither when it fails, nor when
ctest kills it because its time is over."""
import ctypes
import signal
import subprocess

PR_SET_PDEATHSIG = 1  # linux/prctl.h
LIBC = ctypes.CDLL(None)


def die_with_test():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start(command, **options):
    """subprocess.Popen. A killed JobManager's TaskManagers end by themselves."""
    return subprocess.Popen(command, preexec_fn=die_with_test, **options)
