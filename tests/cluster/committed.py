# SPDX-License-Identifier: Apache-2.0
"""What a job's file sink has committed."""
import os
import sys


def lines(folder):
    """The sorted lines of folder/out. Ends the test when a part was left uncommitted."""
    found = []
    for name in os.listdir(os.path.join(folder, "out")):
        if name.endswith((".inprogress", ".pending")):
            sys.exit(f"{folder}: {name} was left behind")
        with open(os.path.join(folder, "out", name), "rb") as part:
            found += part.read().splitlines()
    return sorted(found)
