from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import apsw
import pytest

import tidemill

SOURCES = Path(tidemill.__file__).parents[1]


class Walk:
    """A script as a user writes it, run in a process and a home of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.home = folder / "home"

    def __call__(self, script, home=None, **environment):
        path = self.folder / "script.py"
        path.write_text(textwrap.dedent(script), encoding="utf-8")
        surroundings = {name: value for name, value in os.environ.items() if not name.startswith("TIDEMILL_")}
        said = {
            "TIDEMILL_HOME": str(home or self.home),
            "TIDEMILL_LOGGING_LEVEL": "CRITICAL",
            "PYTHONPATH": str(SOURCES),
        }
        return subprocess.run(
            [sys.executable, "-W", "default", str(path)],
            cwd=self.folder,
            env=surroundings | said | environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def told(self, script, **environment):
        """What a script that goes well prints, which complains of nothing."""
        ended = self(script, **environment)
        assert (ended.returncode, ended.stderr) == (0, "")
        return ended.stdout.splitlines()

    def states(self, table="task_run"):
        """Label (as far as the dash) and state name of each recorded run."""
        with apsw.Connection(str(self.home / "tidemill.db"), flags=apsw.SQLITE_OPEN_READONLY) as store:
            rows = store.execute(f"SELECT name, state_name FROM {table} ORDER BY seq").fetchall()
        return [(str(name).split("-", 1)[0], state) for name, state in rows]


@pytest.fixture
def walk(tmp_path):
    return Walk(tmp_path)
