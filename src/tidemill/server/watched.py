"""One of a server's processes, as the one that watches them sees it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from select import select
from typing import TYPE_CHECKING, Final

import msgspec

from tidemill.api.local_server import CannotStartError
from tidemill.server.plan import Plan  # noqa: TC001 - msgspec reads it when it decodes a Member
from tidemill.server.restarts import Restarts

if TYPE_CHECKING:
    from socket import socket

    from tidemill.system.clock import Clock

logger = logging.getLogger("tidemill.server")

_END_SECONDS: Final = 15.0
#: All that a process says fits into its pipe.
_MOST_SAID: Final = 65_536


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """What one of the processes is told."""

    plan: Plan
    socket: int
    alive: int
    ready: int
    number: int


class Said(msgspec.Struct, frozen=True):
    """What a process says, once, by its pipe: that it answers, or why it never will as things stand."""

    message: str = ""
    hint: str = ""

    def refusal(self) -> CannotStartError | None:
        """Why it does not start; None when it answers."""
        return CannotStartError(self.message, self.hint) if self.message else None


class Watched:
    """One of them, made again when it dies: see ``restarts.py``."""

    def __init__(self, plan: Plan, number: int, taken: socket, alive: int, clock: Clock) -> None:
        self._plan = plan
        self._number = number
        self._socket = taken.fileno()
        self._alive = alive
        self._clock = clock
        self._restarts = Restarts()
        self._again_at: float | None = None
        self._has_answered = False
        self._begin()

    def _begin(self) -> None:
        reading, writing = os.pipe()
        told = Member(plan=self._plan, socket=self._socket, alive=self._alive, ready=writing, number=self._number)
        self._began = self._clock.monotonic()
        self._again_at = None
        self.answers = False
        self._refusal: CannotStartError | None = None
        self.process = subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-m", "tidemill.server.member", msgspec.json.encode(told).decode()],
            pass_fds=(self._socket, self._alive, writing),
        )
        os.close(writing)
        self._saying: int | None = reading

    def see_to(self) -> None:
        """Hear whether it answers, and make it again if it died.

        Raises CannotStartError, with its own reason, where it died before it ever answered, or will never answer again.
        """
        if self._again_at is not None:
            if self._clock.monotonic() >= self._again_at:
                self._begin()
            return
        code = self.process.poll()
        if self._saying is not None:
            self._hear(self._saying)
        if code is not None:
            self._died(code)

    def _hear(self, pipe: int) -> None:
        if not select([pipe], [], [], 0)[0]:
            return
        said = os.read(pipe, _MOST_SAID)
        self._stop_hearing()
        self._refusal = msgspec.json.decode(said, type=Said).refusal() if said else None
        if said and self._refusal is None:
            self.answers = True
            if self._has_answered:
                logger.warning("Process %d of this server answers in the place of one that ended.", self.process.pid)
            self._has_answered = True

    def _stop_hearing(self) -> None:
        if self._saying is not None:
            os.close(self._saying)
            self._saying = None

    def _died(self, code: int) -> None:
        self._stop_hearing()
        refusal = self._refusal
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        if not self._has_answered:
            raise refusal or CannotStartError(
                f"one of the server's processes ended {how} before it answered", "its lines above say why"
            )
        lived = self._clock.monotonic() - self._began
        wait = self._restarts.wait(lived, answered=self.answers, hopeless=refusal is not None)
        if wait is None:
            assert refusal is not None
            raise refusal
        when = f" in {wait:g} s" if wait else ""
        logger.error(
            "Process %d of this server ended %s%s; another one takes its place%s.",
            self.process.pid,
            how,
            f" ({refusal.message})" if refusal is not None else "",
            when,
        )
        self._again_at = self._clock.monotonic() + wait

    def end(self) -> None:
        """Tell it to end."""
        if self.process.poll() is None:
            self.process.terminate()

    def wait(self) -> None:
        """Until it is gone, by force if need be."""
        self._stop_hearing()
        try:
            self.process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
