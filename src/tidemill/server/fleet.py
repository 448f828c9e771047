"""A server of several processes that share one socket. The first does what a server does by itself.

The parent only watches: a process that dies is made again for as long as the parent lives, unless it says that it never
will answer as things stand; and all end when the parent does, however that ends: each holds the reading end of a pipe
whose other end is the parent's alone.
"""

from __future__ import annotations

import os
import signal
from threading import Event
from typing import TYPE_CHECKING, Final

from tidemill.api.local_server import CannotStartError
from tidemill.server.opening import opened_store
from tidemill.server.running import keeping_of, words_of
from tidemill.server.watched import Watched

if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

    from tidemill.server.auth.first_start import Start
    from tidemill.server.plan import Plan
    from tidemill.settings import Settings
    from tidemill.system.clock import Clock

_LOOK_SECONDS: Final = 0.1


def serve_by_several(
    plan: Plan, settings: Settings, clock: Clock, taken: socket, *, ready: Callable[[Start], None]
) -> None:
    """As ``running.serve``, by ``plan.workers`` processes.

    Raises CannotStartError, too, where one of them will not answer any more as things stand.
    """
    if not hasattr(os, "fork"):
        raise CannotStartError("this system cannot share a socket among processes", "tidemill server start --workers 1")
    with opened_store(settings, clock) as store:
        start = keeping_of(settings, store, **words_of(plan, settings)).guarded.start
    over = Event()
    before = {number: signal.signal(number, lambda *_: over.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    alive, parents = os.pipe()
    processes: list[Watched] = []
    told = False
    try:
        for number in range(plan.workers):
            processes.append(Watched(plan, number, taken, alive, clock))  # noqa: PERF401 - those begun are ended below
        while not over.wait(_LOOK_SECONDS):
            for each in processes:
                each.see_to()
            if not told and all(each.answers for each in processes):
                ready(start)
                told = True
    finally:
        for each in processes:
            each.end()
        for each in processes:
            each.wait()
        os.close(parents)
        os.close(alive)
        for number, handler in before.items():
            signal.signal(number, handler)
