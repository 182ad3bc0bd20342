# SPDX-License-Identifier: Apache-2.0
"""A disk that a test can fill up."""
import os
import subprocess

from cluster import until


class Mount:
    """A small tmpfs in a mount namespace of its own, so that nobody has to be root. Seen from here
    below .path, from within at .inside."""

    def __init__(self, inside, size="16m"):
        self.inside = inside
        os.makedirs(inside)
        ready = f"mount -t tmpfs -o size={size} tmpfs \"$0\" && echo ready && exec sleep 1000000"
        self.holder = subprocess.Popen(["unshare", "-Urm", "sh", "-c", ready, inside],
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.usable = self.holder.stdout.readline() == b"ready\n"
        self.path = f"/proc/{self.holder.pid}/root{inside}"

    def enter(self, *command):
        return ["nsenter", "--target", str(self.holder.pid), "--user", "--mount",
                "--preserve-credentials", *command]

    def remount(self, how):
        # Busy while a file is open to be written.
        until(lambda: subprocess.run(
            self.enter("mount", "-o", f"remount,{how}", self.inside), check=False,
            stderr=subprocess.DEVNULL).returncode == 0, f"it is mounted {how}")

    def fill(self):
        """To the last byte, whatever is written or removed meanwhile: until closed."""
        with open(self.path + "/filler", "wb", buffering=0) as filler:
            for size in (1 << 20, 1 << 12):
                try:
                    while True:
                        filler.write(b"x" * size)
                except OSError:
                    pass

    def empty(self):
        os.unlink(self.path + "/filler")

    def close(self):
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()
