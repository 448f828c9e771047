"""Flows that the tests of the command line run, in this process and as a script."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tidemill import flow, task


class Kind(Enum):
    ODD = 1
    EVEN = 2


@dataclass
class Point:
    x: int
    kind: Kind


def note(text: str) -> None:
    """An effect in the world, which shows what really ran."""
    if "EFFECTS" in os.environ:
        with Path(os.environ["EFFECTS"]).open("a") as file:
            file.write(f"{text}\n")


@task
def make(i: int) -> Point:
    note(f"make {i}")
    return Point(i, Kind.ODD if i % 2 else Kind.EVEN)


@task(log_prints=True)
def use(point: Point) -> int:
    note(f"use {point.x}")
    if os.environ.get("DIE_AT") == str(point.x):
        os.kill(os.getpid(), signal.SIGKILL)
    if os.environ.get("FAIL_AT") == str(point.x):
        raise ValueError(f"no use for {point.x}")
    assert isinstance(point, Point)
    assert point.kind is (Kind.ODD if point.x % 2 else Kind.EVEN)
    print("used", point.x)
    return point.x


@flow
def points(n: int = 3, first: Point = Point(0, Kind.EVEN), label: str = "") -> int:
    assert isinstance(first, Point)
    return sum(use(make(i)) for i in range(n))


@flow
async def waiting(n: int = 2) -> int:
    return sum(make(i).x for i in range(n))


@flow
def outer() -> int:
    return points(n=2)


def made_within() -> None:
    @flow
    def within() -> int:
        return 1

    within()


def _by_another_name(n: int = 1) -> int:
    note(f"another {n}")
    return n


renamed = flow(_by_another_name, name="renamed")


def plain() -> None:
    """No flow."""


if __name__ == "__main__":
    points(4, first=Point(1, Kind.ODD))


@flow
def counting(n: int = 2):
    for i in range(n):
        yield make(i).x
