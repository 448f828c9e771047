"""On the path of every measured process: at its end it notes the largest resident set that it had itself.

The kernel's own figure for a child begins with what its parent had when it forked, which here is the harness.
"""

import atexit
import os


def note() -> None:
    """Append this process's id and KiB to the file that the harness reads."""
    place = os.environ.get("BENCH_RSS_FILE")
    if place is None or not os.path.exists("/proc/self/status"):
        return
    with open("/proc/self/status") as status, open(place, "a") as notes:
        for line in status:
            if line.startswith("VmHWM:"):
                notes.write(f"{os.getpid()} {line.split()[1]}\n")


atexit.register(note)
