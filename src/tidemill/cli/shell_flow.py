"""The flow that a command of the shell is run as."""

from __future__ import annotations

import subprocess
from threading import Thread
from typing import TYPE_CHECKING

from tidemill import flow, get_run_logger

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO


class CommandFailedError(RuntimeError):
    """The command ended with another exit code than 0."""


@flow(name="Shell Command", validate_parameters=False)
def shell_command(command: str, log_output: bool = True, stream_stdout: bool = True) -> str:
    """Run it in the system's shell; gives what it printed. Raises CommandFailedError."""
    logger = get_run_logger()
    tell = logger.info if log_output else _nothing
    warn = logger.warning if log_output else _nothing
    # In the shell: that is what it is for.
    with subprocess.Popen(  # noqa: S602 - as above
        command, shell=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="backslashreplace"
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        complaining = Thread(target=_pass_on, args=(process.stderr, warn), daemon=True)
        complaining.start()
        printed = _pass_on(process.stdout, tell if stream_stdout else _nothing)
        complaining.join()
    code = process.returncode
    if printed and not stream_stdout:
        tell(printed)
    if code != 0:
        raise CommandFailedError(f"the command ended with exit code {code}: {command}")
    return printed


def _pass_on(lines: IO[str], tell: Callable[[str], None]) -> str:
    printed = []
    for line in lines:
        printed.append(line)
        tell(line.rstrip("\n"))
    return "".join(printed).rstrip("\n")


def _nothing(line: str) -> None:
    """Nobody wants to hear it."""
