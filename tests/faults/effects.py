"""What bodies of flows and tasks leave in the world: lines in a file that survive whatever happens to the process."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

VARIABLE = "TIDEMILL_TEST_EFFECTS"


def note(line: str) -> None:
    """Append a line, whole, at once: from threads and processes alike."""
    fd = os.open(os.environ[VARIABLE], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(fd, f"{line}\n".encode())
    finally:
        os.close(fd)


def noted() -> list[str]:
    """The lines so far."""
    return lines_of(os.environ[VARIABLE])


def lines_of(path: Path | str) -> list[str]:
    """The lines of an effects file; none if nothing was ever noted."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().splitlines()
    except FileNotFoundError:
        return []


def count(lines: Iterable[str], event: str) -> Counter[str]:
    """How often each thing had the event: ``begin step 3`` counts for ``step 3``."""
    return Counter(line[len(event) + 1 :] for line in lines if line.startswith(f"{event} "))
