"""Running command lines within the test's process, in a home of its own."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from click.testing import CliRunner

from tests.settings.conftest import home, profiles
from tidemill.cli.main import tidemill

__all__ = ["cli", "home", "profiles"]

FLOWS: Final = Path(__file__).with_name("flows_for_tests.py")


class Told(NamedTuple):
    """What a command line said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@pytest.fixture
def cli():
    """Run one command line, written with spaces between its words."""

    def run(line: str, *more: str, answer: str | None = None) -> Told:
        result = CliRunner().invoke(tidemill, [*line.split(), *more], input=answer)
        return Told(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def flows() -> str:
    """The file with the flows, in the working directory."""
    shutil.copy(FLOWS, "flows.py")
    return "flows.py"


@pytest.fixture(autouse=True)
def no_handlers_left():
    """A command sets up logging for its process, which here goes on: the next one sets it up anew."""
    yield
    from tidemill.logging.configuration import PROCESS_LOGGING_CONFIG
    from tidemill.main_program import stand_in

    stand_in(None)
    logging.getLogger("tidemill").handlers.clear()
    PROCESS_LOGGING_CONFIG.clear()
