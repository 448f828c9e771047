"""A server of several processes that share one socket. The first does what a server does by itself.

The parent only watches: a process that dies is made again, and all end when the parent does, however that ends: each
holds the reading end of a pipe whose other end is the parent's alone.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from threading import Event
from typing import TYPE_CHECKING, Final

import msgspec

from tidemill.api.local_server import CannotStartError
from tidemill.server.opening import opened_store
from tidemill.server.plan import Plan  # noqa: TC001 - msgspec reads it when it decodes a Member
from tidemill.server.running import keeping_of, words_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

    from tidemill.server.auth.first_start import Start
    from tidemill.settings import Settings
    from tidemill.system.clock import Clock

logger = logging.getLogger("tidemill.server")

READY: Final = b"\n"
_LOOK_SECONDS: Final = 0.1
#: A process that dies this soon after it began is not made again at once, nor for ever.
_TOO_SOON_SECONDS: Final = 5.0
_MOST_IN_A_ROW: Final = 5
_END_SECONDS: Final = 15.0


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """What one of the processes is told."""

    plan: Plan
    socket: int
    alive: int
    ready: int
    number: int


class _Process:
    """One of them, made again when it dies."""

    def __init__(self, plan: Plan, number: int, taken: socket, alive: int, clock: Clock) -> None:
        self._plan = plan
        self._number = number
        self._socket = taken.fileno()
        self._alive = alive
        self._clock = clock
        self._quick_ends = 0
        self._begin()

    def _begin(self) -> None:
        reading, writing = os.pipe()
        told = Member(plan=self._plan, socket=self._socket, alive=self._alive, ready=writing, number=self._number)
        self._began = self._clock.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-m", "tidemill.server.member", msgspec.json.encode(told).decode()],
            pass_fds=(self._socket, self._alive, writing),
        )
        os.close(writing)
        self._ready = reading

    def wait_ready(self) -> None:
        """Return when it answers. Raises CannotStartError where it ends before."""
        try:
            if os.read(self._ready, 1) != READY:
                raise CannotStartError(
                    "one of the server's processes ended before it answered", "its lines above say why"
                )
        finally:
            os.close(self._ready)

    def see_to(self) -> None:
        """Make it again if it died."""
        code = self.process.poll()
        if code is None:
            return
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        logger.error("Process %d of this server ended %s; another one takes its place.", self.process.pid, how)
        soon = self._clock.monotonic() - self._began < _TOO_SOON_SECONDS
        self._quick_ends = self._quick_ends + 1 if soon else 0
        if self._quick_ends >= _MOST_IN_A_ROW:
            raise CannotStartError(
                f"one of the server's processes ended {_MOST_IN_A_ROW} times in a row", "its lines above say why"
            )
        self._begin()
        self.wait_ready()

    def end(self) -> None:
        """Tell it to end."""
        if self.process.poll() is None:
            self.process.terminate()

    def wait(self) -> None:
        """Until it is gone, by force if need be."""
        try:
            self.process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def serve_by_several(
    plan: Plan, settings: Settings, clock: Clock, taken: socket, *, ready: Callable[[Start], None]
) -> None:
    """As ``running.serve``, by ``plan.workers`` processes."""
    if not hasattr(os, "fork"):
        raise CannotStartError("this system cannot share a socket among processes", "tidemill server start --workers 1")
    with opened_store(settings, clock) as store:
        start = keeping_of(settings, store, **words_of(plan, settings)).guarded.start
    over = Event()
    before = {number: signal.signal(number, lambda *_: over.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    alive, parents = os.pipe()
    processes: list[_Process] = []
    try:
        for number in range(plan.workers):
            processes.append(_Process(plan, number, taken, alive, clock))  # noqa: PERF401 - those begun are ended below
        for each in processes:
            each.wait_ready()
        ready(start)
        while not over.wait(_LOOK_SECONDS):
            for each in processes:
                each.see_to()
    finally:
        for each in processes:
            each.end()
        for each in processes:
            each.wait()
        os.close(parents)
        os.close(alive)
        for number, handler in before.items():
            signal.signal(number, handler)
