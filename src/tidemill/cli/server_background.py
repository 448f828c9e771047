"""A server that goes on when the command is over."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import click

from tidemill.api.local_server import STOP, is_held, running_instance, taken_by
from tidemill.cli.errors import Problem
from tidemill.system.clock import SystemClock
from tidemill.system.files import make_private_folder, open_private

if TYPE_CHECKING:
    from pathlib import Path

    from tidemill.api.local_server import Kind
    from tidemill.server.plan import Plan

_PATIENCE_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.05
_LAST_LINES: Final = 10


def start_in_background(words: list[str], home: Path, kind: Kind = "server") -> None:
    """Start it as a process of its own, and return when it answers; ``words`` are its command line.

    Raises Problem where it does not start.
    """
    clock = SystemClock()
    make_private_folder(home)
    if is_held(home, clock, kind):
        raise Problem(taken_by(home, running_instance(home, clock, kind), kind), hint=STOP[kind])
    log = home / f"{kind}.log"
    process = _spawn(words, log)
    deadline = clock.monotonic() + _PATIENCE_SECONDS
    while clock.monotonic() < deadline:
        instance = running_instance(home, clock, kind)
        if instance is not None and instance.pid == process.pid:
            what, at = ("A server runs", f", at {instance.url}") if instance.url else ("Services run", "")
            click.echo(f"{what} in the background as process {process.pid}{at}")
            click.echo(f"  Its lines are in {log}")
            click.echo(f"  Stop it with: {STOP[kind]}")
            return
        if process.poll() is not None:
            raise Problem(f"the {kind} did not start", why=_last_lines(log), hint=STOP[kind].replace("stop", "start"))
        clock.sleep(_LOOK_SECONDS)
    raise Problem(f"the {kind} did not answer within {_PATIENCE_SECONDS:.0f} s", hint=f"look into {log}")


def _spawn(words: list[str], log: Path) -> subprocess.Popen[bytes]:
    fd = open_private(log, create=True)
    try:
        os.ftruncate(fd, 0)
        return subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-m", "tidemill", *words],
            stdin=subprocess.DEVNULL,
            stdout=fd,
            stderr=fd,
            start_new_session=True,
        )
    finally:
        os.close(fd)


def words_of(plan: Plan) -> list[str]:
    """The command line that says the same."""
    words = ["--no-prompt", *(["-p", plan.profile] if plan.profile else []), "server", "start"]
    words += ["--workers", str(plan.workers)]
    words += ["--host", plan.host] if plan.host is not None else []
    words += ["--port", str(plan.port)] if plan.port is not None else []
    flags = {
        "--no-services": not plan.services,
        "--require-auth": plan.require_auth,
        "--insecure-no-auth": plan.insecure_no_auth,
    }
    return [*words, *(flag for flag, given in flags.items() if given)]


def _last_lines(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:])
