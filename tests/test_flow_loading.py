"""Flows are found by their entrypoints, and told from their source where their file cannot be imported."""

from __future__ import annotations

import asyncio
import sys

import pytest

from tidemill import flow
from tidemill.exceptions import EntrypointError, MissingFlowError, ScriptError, UnspecifiedFlowError
from tidemill.flows import (
    Flow,
    is_entrypoint_async,
    load_flow_arguments_from_entrypoint,
    load_flow_from_entrypoint,
    load_function_and_convert_to_flow,
    load_placeholder_flow,
    safe_load_flow_from_entrypoint,
    select_flow,
)

GOOD = """\
from dataclasses import dataclass
import tidemill
from tidemill import flow

VERSION = "v" + str(2)

@dataclass
class Thing:
    n: int = 1

@flow(name="My flow", retries=3, version=VERSION, log_prints=True, description=f"of {VERSION}")
def first(n: int = 1):
    return n

@tidemill.flow(name=unknown_name() if False else "other", persist_result=missing if False else None)
async def second_one():
    return "second"

@flow
async def bare_one():
    return "bare"

class Pipeline:
    @flow
    @staticmethod
    def run(n):
        return n * 2

def plain(n):
    return n + 1

first()
"""

NEEDY = """\
import no_such_package_here
from no_such_package_here import Frame, SIZE
from tidemill import flow

@flow(name="needy", retries=2, description=no_such_package_here.TEXT)
def needy(frame: Frame, size: int = SIZE, n: int = 4) -> Frame:
    return n

@flow
def content():
    return 7

class Job(no_such_package_here.Base):
    @flow
    @staticmethod
    def run(size=SIZE):
        return size

no_such_package_here.go()
"""


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch, runtime):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.py").write_text(GOOD)
    (tmp_path / "needy.py").write_text(NEEDY)
    (tmp_path / "torn.py").write_text("def f(:\n")
    (tmp_path / "nul.py").write_bytes(b"def f():\0\n")
    (tmp_path / "house").mkdir()
    (tmp_path / "house" / "__init__.py").write_text("")
    (tmp_path / "house" / "flows_here.py").write_text(GOOD)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.mark.parametrize("place", ["good.py:first", "house.flows_here:first", "house.flows_here.first"])
def test_a_flow_is_loaded_from_a_file_or_a_module(place):
    loaded = load_flow_from_entrypoint(place)
    assert loaded.name == "My flow"
    assert loaded(5) == 5
    assert load_flow_arguments_from_entrypoint(place)["retries"] == 3
    assert not is_entrypoint_async(place)


def test_a_flow_of_a_class_is_loaded():
    assert load_flow_from_entrypoint("good.py:Pipeline.run")(4) == 8


@pytest.mark.parametrize("place", ["good.py:frist", "good.py:plain", "house.flows_here:plain"])
def test_what_is_no_flow_is_told(place):
    with pytest.raises(MissingFlowError, match=r"did you mean 'first'|is no flow but a function"):
        load_flow_from_entrypoint(place)


@pytest.mark.parametrize("place", ["nowhere.py:first", "nowhere:first", "no.where.first", "first"])
def test_what_is_not_there_is_told(place):
    with pytest.raises(EntrypointError):
        load_flow_from_entrypoint(place)


def test_where_a_package_is_missing_the_rest_stands_in(caplog):
    loaded = load_flow_from_entrypoint("needy.py:needy")
    assert (loaded.name, loaded.retries) == ("needy", 2)
    assert list(loaded.signature.names) == ["frame", "size", "n"]
    assert loaded(None) == 4
    assert load_flow_from_entrypoint("needy.py:content")() == 7
    assert load_flow_from_entrypoint("needy.py:Job.run")(3) == 3
    assert "No module named 'no_such_package_here'" in caplog.text


def test_a_file_that_ends_the_program_is_no_end_of_ours(files):
    (files / "leaving.py").write_text(
        "import sys\nfrom tidemill import flow\ntry:\n    import no_such_package_here\nexcept ImportError:\n"
        "    sys.exit('install it')\n@flow\ndef f():\n    return 1\nsys.exit(f())\n"
    )

    assert load_flow_from_entrypoint("leaving.py:f")() == 1
    with pytest.raises(ScriptError, match=r"leaving.py ended the program .*: sys.exit\('install it'\)"):
        load_flow_from_entrypoint("leaving.py:f", use_placeholder_flow=False)


@pytest.mark.parametrize("words", ["raise KeyError('gone')", "import sys; sys.exit(1)"])
def test_a_package_that_fails_gives_no_source_of_its_modules(files, words):
    (files / "house" / "__init__.py").write_text(words)

    assert safe_load_flow_from_entrypoint("house.flows_here:first") is None


def test_no_placeholder_is_taken_where_none_is_wanted():
    with pytest.raises(ScriptError, match="no_such_package_here"):
        load_flow_from_entrypoint("needy.py:needy", use_placeholder_flow=False)


@pytest.mark.parametrize(
    "place", ["torn.py:f", "nul.py:f", "nowhere.py:f", "good.py:plain", "good.py:nothing", "nowhere:f", "x"]
)
def test_loading_safely_gives_none_for_what_cannot_be_had(place):
    assert safe_load_flow_from_entrypoint(place) is None


def test_loading_safely_runs_no_flow_and_no_line_that_only_does_something(files):
    (files / "doing.py").write_text(
        "from pathlib import Path\nfrom tidemill import flow\n@flow\ndef f():\n    Path('ran').touch()\nx = f()\n"
        "Path('done').touch()\n"
    )
    assert isinstance(safe_load_flow_from_entrypoint("doing.py:f"), Flow)
    assert not (files / "ran").exists()
    assert not (files / "done").exists()


def test_options_are_read_from_the_source():
    assert load_flow_arguments_from_entrypoint("good.py:first") == {
        "name": "My flow",
        "retries": 3,
        "version": "v2",
        "log_prints": True,
        "description": "of v2",
    }
    assert load_flow_arguments_from_entrypoint("good.py:first", ["retries"]) == {"retries": 3}
    assert load_flow_arguments_from_entrypoint("good.py:bare_one") == {"name": "bare-one"}
    assert load_flow_arguments_from_entrypoint("good.py:second_one", {"name"}) == {"name": "other"}
    assert load_flow_arguments_from_entrypoint("needy.py:needy") == {"name": "needy", "retries": 2}


def test_async_functions_are_told_from_the_source():
    assert is_entrypoint_async("good.py:bare_one")
    assert not is_entrypoint_async("needy.py:needy")
    with pytest.raises(MissingFlowError, match="did you mean 'needy'"):
        is_entrypoint_async("needy.py:neeedy")


def test_a_placeholder_raises_what_it_was_given():
    placeholder = load_placeholder_flow("needy.py:content", RuntimeError("not here"))
    assert placeholder.name == "content"
    with pytest.raises(RuntimeError, match="not here"):
        placeholder(1, n=2)
    later = load_placeholder_flow("good.py:bare_one", RuntimeError("not here"))
    assert later.isasync
    with pytest.raises(RuntimeError, match="not here"):
        asyncio.run(later())


def test_a_plain_function_is_made_a_flow():
    made = load_function_and_convert_to_flow("good.py:plain")
    assert made.log_prints
    assert made(1) == 2
    assert load_function_and_convert_to_flow("good.py:first").name == "My flow"


def test_a_flow_is_selected_by_name_or_because_it_is_the_only_one():
    @flow
    def one():
        pass

    @flow
    def two():
        pass

    assert select_flow([one]) is one
    assert select_flow([one, two], "two") is two
    with pytest.raises(UnspecifiedFlowError, match=r"several flows in x.py: 'one', 'two'"):
        select_flow([two, one], from_message="in x.py")
    with pytest.raises(MissingFlowError, match=r"no flow 'tow' in x.py.*did you mean 'two'"):
        select_flow([one, two], "tow", from_message="in x.py")
    with pytest.raises(MissingFlowError, match="no flows"):
        select_flow([])
