"""Programs that are run as real processes on one home, one after the other or at once."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.conftest import ROOT
from tests.faults import effects

if TYPE_CHECKING:
    from pathlib import Path

PRELUDE = """
import ctypes, logging, multiprocessing, os, resource, signal, sys, threading
from pathlib import Path
from tests.faults.effects import note, noted
from tests.faults.going_on import go_on
from tidemill import flow, task
"""


#: Seconds that a program may take; far more than any takes on a busy machine, and less than a test may.
_LONGEST = 100


class Lives:
    """A home and an effects file that processes come to."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.effects_file = folder / "effects"
        self._started: list[subprocess.Popen[str]] = []

    def start(self, program: str, **variables: str) -> subprocess.Popen[str]:
        """Begin a process that runs the program."""
        process = subprocess.Popen(
            [sys.executable, "-c", PRELUDE + program],
            cwd=ROOT,
            env=os.environ
            | {
                "PYTHONPATH": f"{ROOT}/src:{ROOT}",
                "TIDEMILL_HOME": str(self.home),
                effects.VARIABLE: str(self.effects_file),
            }
            | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process

    def end(self) -> None:
        """Leave no process behind, whatever the test did."""
        for process in self._started:
            process.kill()
            process.communicate()

    def run(self, program: str, **variables: str) -> tuple[int, str, str]:
        """Run a program to its end, whatever that is: exit code, what it printed, what it complained about."""
        process = self.start(program, **variables)
        try:
            printed, complained = process.communicate(timeout=_LONGEST)
        except subprocess.TimeoutExpired:
            process.kill()
            printed, complained = process.communicate()
            raise AssertionError(f"the program was not over after {_LONGEST} s; it said: {complained}") from None
        return process.returncode, printed, complained

    @property
    def effects(self) -> list[str]:
        return effects.lines_of(self.effects_file)
