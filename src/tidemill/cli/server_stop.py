"""``tidemill server stop``."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tidemill.cli.errors import ExitCode, Problem

if TYPE_CHECKING:
    from tidemill.api.local_server import Kind
    from tidemill.system.clock import Clock

_PATIENCE_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.05


@click.command()
def stop() -> None:
    """Stop the server of this home, in order: requests that are under way are finished."""
    stop_instance("server")


def stop_instance(kind: Kind) -> None:
    """Tell it to end, and wait until it has."""
    from tidemill.api.local_server import running_instance  # noqa: PLC0415 - not for --help
    from tidemill.settings import get_current_settings  # noqa: PLC0415 - as above
    from tidemill.system.clock import SystemClock  # noqa: PLC0415 - as above

    home, clock = get_current_settings().home, SystemClock()
    instance = running_instance(home, clock, kind)
    if instance is None:
        click.echo(f"No {'server' if kind == 'server' else 'process for the services'} of the home {home} runs.")
        return
    try:
        _end(instance.pid)
    except PermissionError as error:
        raise Problem(
            f"process {instance.pid} belongs to another user", hint="the same as that user", code=ExitCode.NOT_ALLOWED
        ) from error
    except ProcessLookupError as error:
        raise Problem(
            f"process {instance.pid} is not to be seen from here",
            why="The server runs on another machine or in another container, which has this home too.",
            hint="the same, there",
        ) from error
    _wait(home, clock, instance.pid, kind)
    click.echo(f"The server at {instance.url} has stopped." if instance.url else "The services have stopped.")


def _end(pid: int) -> None:
    """Raises ProcessLookupError where that number is here another program's: it was given in another container."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # not every system shows them
        words = b"server"
    if not any(word in words for word in (b"server", b"orion")):
        raise ProcessLookupError
    os.kill(pid, signal.SIGTERM)


def _wait(home: Path, clock: Clock, pid: int, kind: Kind) -> None:
    from tidemill.api.local_server import is_held  # noqa: PLC0415 - not for --help

    deadline = clock.monotonic() + _PATIENCE_SECONDS
    while is_held(home, clock, kind):
        if clock.monotonic() >= deadline:
            raise Problem(f"process {pid} did not stop within {_PATIENCE_SECONDS:.0f} s", hint=f"kill -9 {pid}")
        clock.sleep(_LOOK_SECONDS)
