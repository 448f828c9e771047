"""What one program recorded of its own classes, read by another that imports the program as a module."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tidemill.entrypoints import load_script
from tidemill.hashing import stable_hash
from tidemill.main_program import loads, main_module, stand_in
from tidemill.pickling import bounded_pickle

SCRIPT = """
import sys
from dataclasses import dataclass
from enum import Enum

class Kind(Enum):
    A = 1

@dataclass
class Point:
    x: int
    kind: Kind = Kind.A

    class Inside:
        pass

value = {"points": [Point(1), Point(2)], "class": Point, "kind": Kind.A}

if __name__ == "__main__":
    from tidemill.hashing import stable_hash
    from tidemill.pickling import bounded_pickle
    if sys.argv[1] == "pickle":
        sys.stdout.buffer.write(bounded_pickle(value, 100_000))
    else:
        sys.stdout.write(str(stable_hash(value)))
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    yield path
    stand_in(None)


def said_by(script: Path, wish: str) -> bytes:
    package = str(Path(sys.modules["tidemill"].__file__).parents[1])
    command = [sys.executable, str(script), wish]
    return subprocess.run(command, capture_output=True, check=True, env={"PYTHONPATH": package}).stdout


def test_instances_come_back_as_those_of_the_module(script):
    data = said_by(script, "pickle")
    module = load_script(str(script))
    stand_in(module)

    assert loads(data) == module.value
    assert loads(data)["class"] is module.Point
    assert loads(data)["kind"] is module.Kind.A


def test_without_a_stand_in_they_are_read_as_they_were_written(script):
    data = said_by(script, "pickle")

    assert [point.x for point in loads(data)["points"]] == [1, 2]


def test_a_script_imported_by_its_path_may_have_moved(script):
    before = load_script(str(script))
    data = bounded_pickle(before.value, 100_000)
    del sys.modules[before.__name__]
    module = load_script(str(script.rename(script.with_name("elsewhere.py"))))
    stand_in(module)

    assert loads(data) == module.value
    assert loads(data)["class"] is module.Point


def test_what_the_module_no_longer_has_is_read_as_it_was_written(script):
    data = said_by(script, "pickle")
    module = load_script(str(script))
    del module.Point
    stand_in(module)

    assert [point.x for point in loads(data)["points"]] == [1, 2]


def test_a_value_has_the_same_name_in_the_script_and_in_who_imports_it(script):
    module = load_script(str(script))

    assert str(stable_hash(module.value)).encode() == said_by(script, "hash")


def test_without_a_stand_in_the_main_program_is_that_of_the_process(script):
    assert main_module() is sys.modules["__main__"]
