"""Tasks whose bodies run in a process of their own; that process imports this module."""

from __future__ import annotations

import os
import threading

from tidemill import task


class Two(Exception):
    """Its pickle does not give it back."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__("both")
        self.one, self.two = one, two


class Locked(Exception):
    """Does not pickle."""

    def __init__(self) -> None:
        super().__init__("in use")
        self.lock = threading.Lock()


@task(isolated=True)
def doubles(x):
    return 2 * x, os.getpid()


@task(isolated=True)
def fails(kind, *args):
    raise kind(*args)


@task(isolated=True)
def gives_a_lock():
    return {"here": threading.Lock()}


@task(isolated=True)
def dies():
    os._exit(3)


@task(isolated=True, timeout_seconds=1.5)
def computes_for_ever():
    """One call of C, of which no signal gets anybody out."""
    sum(range(10**13))
