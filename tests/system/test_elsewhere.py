"""On systems that lack what POSIX or Linux has, the fall-backs are chosen without anybody saying so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "elsewhere" / "works.py"
PACKAGE = Path(sys.modules["tidemill"].__file__).parents[1]


SYSTEMS = pytest.mark.parametrize("system", ["windows", pytest.param("macos", marks=pytest.mark.thorough)])


def works(system, folder, *words):
    """A process of its own on such a system, whose output is no UTF-8."""
    environment = {name: value for name, value in os.environ.items() if name != "TIDEMILL_PORTABLE"}
    environment |= {"PYTHONPATH": str(PACKAGE), "TIDEMILL_HOME": str(folder / "home"), "PYTHONIOENCODING": "cp1252"}
    return subprocess.run(
        [sys.executable, str(PROGRAM), system, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="cp1252",
        check=False,
    )


@SYSTEMS
def test_flows_run_with_what_the_system_has(system, tmp_path):
    done = works(system, tmp_path)

    assert done.returncode == 0, done.stderr
    on_windows = system == "windows"
    assert json.loads(done.stdout) == {
        "sums": 14,
        "awaited": 7,
        "elsewhere": 42,
        "late": ["TimedOut", "TimedOut"],
        "locks": [True, False],
        "portable": on_windows,
        "timer": not on_windows,
        "reserves": False,
        "alive": True,
        "synced": not on_windows,
    }


@SYSTEMS
def test_a_process_that_is_gone_leaves_a_crashed_run(system, tmp_path):
    assert works(system, tmp_path, "die").returncode == 9

    done = works(system, tmp_path, "flow-run", "ls", "-o", "json")

    assert done.returncode == 0, done.stderr
    (run,) = json.loads(done.stdout)
    assert run["state_name"] == "Crashed"
    for command in ("ls", "inspect", "logs", "watch"):
        told = works(system, tmp_path, "flow-run", command, *([run["id"]] if command != "ls" else []))
        assert "Traceback" not in told.stderr, told.stderr
        assert told.stdout


@SYSTEMS
@pytest.mark.parametrize(("words", "code"), [(("--help",), 0), (("version",), 0), (("flow-run", "inspect", "x"), 3)])
def test_commands_speak_in_what_the_terminal_can_show(system, words, code, tmp_path):
    done = works(system, tmp_path, *words)

    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
    assert done.stdout or done.stderr
