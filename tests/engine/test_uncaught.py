"""What a script's user sees of an error that ends the script."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import tidemill

PACKAGE = Path(tidemill.__file__).parent
SCRIPT = """
from tidemill import flow, task

@task
def fall(number):
    try:
        {}["number"]
    except KeyError as error:
        raise ValueError(f"no use for {number}") from error

@flow
def inner(number: int):
    WORK

@flow
def outer(number):
    inner(number)

outer(NUMBER)
"""


@pytest.fixture
def printed(tmp_path):
    """The lines of the traceback that the script's end prints."""

    def run(work: str = "fall(number)", number: str = "3", **environment: str) -> list[str]:
        script = tmp_path / "script.py"
        script.write_text(SCRIPT.replace("WORK", work).replace("NUMBER", number))
        told = subprocess.run(
            [sys.executable, script],
            env={
                **os.environ,
                "PYTHONPATH": str(PACKAGE.parent),
                "TIDEMILL_HOME": str(tmp_path / "home"),
                "TIDEMILL_LOGGING_LEVEL": "CRITICAL",
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode in (1, -signal.SIGINT)
        return told.stderr.splitlines()

    return run


@pytest.mark.parametrize("work", ["fall(number)", "fall.submit(number).result()", "fall.map([number])[0].result()"])
def test_an_error_of_the_users_code_comes_with_the_users_frames_alone(printed, work):
    told = printed(work)

    frames = [line.split()[-1] for line in told if line.startswith("  File ")]
    assert frames[:2] == ["fall", "<module>"]  # first where the cause was
    assert frames[2:4] == ["outer", "inner"]
    assert frames[-1] == "fall"
    assert [line for line in told if str(PACKAGE) in line] == []
    assert "The above exception was the direct cause of the following exception:" in told
    assert told[-1] == "ValueError: no use for 3"


def test_parameters_that_do_not_fit_are_told_where_they_were_given(printed):
    told = printed(number="'x'")

    assert [line.split()[-1] for line in told if line.startswith("  File ")] == ["<module>", "outer"]
    assert told[-2].endswith("inner() was given parameters that do not fit:")
    assert told.count("Traceback (most recent call last):") == 1


def test_after_ctrl_c_while_a_retry_waits_there_are_the_users_frames_alone(printed):
    ctrl_c = "threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGINT]).start()"
    waits = "flow(retries=1, retry_delay_seconds=60)(lambda: 1 / 0)()"
    told = printed(f"import os, signal, threading; {ctrl_c}; {waits}")

    assert [line for line in told if str(PACKAGE) in line] == []
    assert told[-1] == "KeyboardInterrupt"


def test_in_debug_mode_every_frame_is_printed(printed):
    assert any(str(PACKAGE) in line for line in printed(TIDEMILL_DEBUG_MODE="1"))
