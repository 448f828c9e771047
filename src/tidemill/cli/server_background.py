"""A server that goes on when the command is over."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import click

from tidemill.api.local_server import STOP, is_held, running_instance, taken_by, unusable
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
_LONGEST_LOG: Final = 10_000_000
#: How a line begins that a server warns with.
WARNING: Final = "Warning: "


def start_in_background(words: list[str], home: Path, kind: Kind = "server") -> None:
    """Start it as a process of its own, and return when it answers; ``words`` are its command line.

    Raises Problem where it does not start.
    """
    clock = SystemClock()
    try:
        make_private_folder(home)
    except OSError as error:
        refusal = unusable(home, error)
        raise Problem(refusal.message, hint=refusal.hint) from error
    if is_held(home, clock, kind):
        raise Problem(taken_by(home, running_instance(home, clock, kind), kind), hint=STOP[kind])
    log = home / f"{kind}.log"
    process, before = _spawn(words, log)
    deadline = clock.monotonic() + _PATIENCE_SECONDS
    while clock.monotonic() < deadline:
        instance = running_instance(home, clock, kind)
        if instance is not None and instance.pid == process.pid:
            what, at = ("A server runs", f", at {instance.url}") if instance.url else ("Services run", "")
            for warning in _warnings(log, before):
                click.echo(warning, err=True)
            click.echo(f"{what} in the background as process {process.pid}{at}")
            click.echo(f"  Its lines are in {log}")
            click.echo(f"  Stop it with: {STOP[kind]}")
            return
        if process.poll() is not None:
            if instance is not None:  # somebody else was a moment earlier
                raise Problem(taken_by(home, instance, kind), hint=STOP[kind])
            why = _last_lines(log, before)
            hint = None if "Try: " in why else STOP[kind].replace("stop", "start")
            raise Problem(f"the {kind} did not start", why=why, hint=hint)
        clock.sleep(_LOOK_SECONDS)
    raise Problem(f"the {kind} did not answer within {_PATIENCE_SECONDS:.0f} s", hint=f"look into {log}")


def _spawn(words: list[str], log: Path) -> tuple[subprocess.Popen[bytes], int]:
    """The process, and how long its log was before.

    Its lines come after those of earlier ones: they may say why the last server ended, and one that starts at the same
    moment may be writing them.
    """
    if log.exists() and log.stat().st_size > _LONGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
    fd = open_private(log, create=True, append=True)
    try:
        before = os.fstat(fd).st_size
        process = subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-m", "tidemill", *words],
            stdin=subprocess.DEVNULL,
            stdout=fd,
            stderr=fd,
            start_new_session=True,
        )
        return process, before
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


def _warnings(log: Path, begin: int) -> list[str]:
    """What it warned of when it began: whoever starts it hears that, and not only its log."""
    said = log.read_bytes()[begin:].decode("utf-8", "replace")
    return [line for line in said.splitlines() if line.startswith(WARNING)]


def _last_lines(log: Path, begin: int) -> str:
    said = log.read_bytes()[begin:].decode("utf-8", "replace")
    return "\n".join(said.splitlines()[-_LAST_LINES:])
