"""What comes with a request never stands in a statement's text, whatever it is: it is bound."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

import tidemill.domain
import tidemill.store
from tests.server.samples import every_sample
from tests.server.test_query_budget import said  # noqa: F401 - a fixture
from tests.server.world import a_world

_QUOTED = re.compile(r"'((?:[^']|'')*)'")
_LONG_NUMBER = re.compile(r"\b\d{4,}\b")


@cache
def _source() -> str:
    """All that this program can say to a database by itself."""
    files = [file for room in (tidemill.store, tidemill.domain) for file in Path(room.__path__[0]).rglob("*")]
    return "\n".join(file.read_text() for file in files if file.suffix in {".py", ".sql"})


@pytest.mark.parametrize("name", every_sample())
def test_every_literal_of_a_statement_is_the_programs_own(name, said):  # noqa: F811 - the fixture
    with a_world() as world:
        said.clear()
        world.ask(name, every_sample()[name])
    assert said

    literals = {found for sql in said for found in (*_QUOTED.findall(sql), *_LONG_NUMBER.findall(sql))}
    assert {literal for literal in literals if literal not in _source()} == set()
