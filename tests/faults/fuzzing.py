"""Seeded nastiness against each surface: ``python -m tests.faults.fuzzing SURFACE SEED [COUNT]``.

Surfaces: ``journal``, ``store``, ``flows``, ``commands``. Each seed is one input.
"""

from __future__ import annotations

import importlib
import logging
import sys
import tempfile
from pathlib import Path

SURFACES = ("journal", "store", "flows", "commands")


def complaints_of(surface: str, first: int, count: int) -> list[str]:
    """One line for each thing that does not hold, with how to see it again."""
    fuzzed = importlib.import_module(f"tests.faults.fuzz_{surface}")
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)  # what is wrong with the inputs is told by the thousand
    try:
        with tempfile.TemporaryDirectory(prefix="tidemill-fuzz-") as folder:
            return [
                f"FAILED python -m tests.faults.fuzzing {surface} {seed}  # {told}".encode(
                    "ascii", "backslashreplace"
                ).decode()
                for seed in range(first, first + count)
                for told in fuzzed.complaints(seed, Path(folder))
            ]
    finally:
        logging.disable(before)


if __name__ == "__main__":
    times = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    lines = complaints_of(sys.argv[1], int(sys.argv[2]), times)
    print("\n".join(lines))
    print(f"inputs={times} failures={len(lines)}")
    sys.exit(1 if lines else 0)
