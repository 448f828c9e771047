"""Running a script's flow: its parameters, what it ends with, and mistakes."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = str(Path(sys.modules["tidemill"].__file__).parents[1])


STARRED = """
from tidemill import flow

@flow
def needs(n: int, /, label: str = "", *rest: int, **more: int):
    assert (type(n), type(rest), type(more)) == (int, tuple, dict)
"""


def test_run_ends_with_name_id_state_and_what_to_try_next(cli, flows):
    told = cli(f"run {flows}:points --param n=2")

    run = cli("flow-run inspect @last -o json").json
    assert told.code == 0
    assert told.lines == [
        f"Flow run {run['name']!r} ({run['id']}) is Completed in {told.lines[0].rpartition(' in ')[2]}",
        f"Next: tidemill flow-run inspect {run['id']}",
    ]
    assert "used 1" in told.err


def test_run_gives_the_run_as_json(cli, flows):
    told = cli(f"run {flows}:points -o json")

    assert told.json["state_name"] == "Completed"
    assert told.json["flow_name"] == "points"


def test_an_async_flow_runs_too(cli, flows):
    assert cli(f"run {flows}:waiting --params", '{"n": 3}').code == 0


def test_a_generator_flow_is_run_to_its_end(cli, flows):
    assert cli(f"run {flows}:counting").code == 0

    assert [run["state_name"] for run in cli("task-run ls -o json").json] == ["Completed", "Completed"]


def test_parameters_are_json_or_text_as_the_annotations_have_them(cli, flows):
    cli(f"run {flows}:points --param n=1 --param label=007", "--params", '{"first": {"x": 4, "kind": 2}}')

    assert cli("flow-run inspect @last -o json").json["parameters"]["label"] == "007"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"n": 1}, {"n": 1, "label": "", "rest": [], "more": {}}),
        ({"n": 1, "rest": ["2", 3], "x": "4"}, {"n": 1, "label": "", "rest": [2, 3], "more": {"x": 4}}),
        ({"n": 1, "more": {"x": 4}, "y": 5}, {"n": 1, "label": "", "rest": [], "more": {"x": 4, "y": 5}}),
        ({"n": 1, "more": 4}, {"n": 1, "label": "", "rest": [], "more": {"more": 4}}),
    ],
)
def test_every_kind_of_parameter_can_be_given_by_its_name(cli, given, shown):
    Path("starred.py").write_text(STARRED)

    pairs = [word for name, value in given.items() for word in ("--param", f"{name}={json.dumps(value)}")]
    for words in (["--params", json.dumps(given)], pairs, ["--params", json.dumps(shown)]):
        assert cli("run starred.py:needs", *words).code == 0
        assert cli("flow-run inspect @last -o json").json["parameters"] == shown


def test_parameters_come_from_stdin(cli, flows):
    cli(f"run {flows}:points --params -", answer='{"n": 1}')

    assert cli("flow-run inspect @last -o json").json["parameters"]["n"] == 1


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("run flows.py:points --param m=1", 2, "flow 'points' has no parameter 'm'"),
        ("run flows.py:points --param labell=1", 2, "flow 'points' has no parameter 'labell', did you mean 'label'?"),
        ("run flows.py:points --param n", 2, "cannot read 'n'\nParameters are written NAME=VALUE."),
        ("run starred.py:needs", 2, "flow 'needs' needs 'n'\nTry: the same command with --param n=VALUE"),
        ("run starred.py:needs --param rest=1", 2, "flow 'needs' needs 'n'"),
        ("run starred.py:needs --param n=1 --param rest=1", 2, "parameter 'rest' takes a list, as in [1, 2], not 1"),
        ("run flows.py:points --params [1]", 2, "--params must be a JSON object of parameters, not list"),
        ("run flows.py:points --params {", 2, "--params is no JSON"),
        ("run flows.py:outr", 3, "flows.py has no 'outr', did you mean 'outer'?"),
        ("run flows.py:plain", 3, "flows.py:plain is no flow but a function\nTry: put @flow above its definition"),
        ("run flows.py", 3, "flows.py has several flows: 'points', 'waiting', 'outer'"),
        ("run flow.py:points", 3, "There is no file flow.py, did you mean 'flows.py'?"),
        ("run :points", 2, "':points' is no entrypoint: write it as "),
        ("run nowhere.flows:points", 3, "There is no module 'nowhere'"),
        ("run empty.py", 3, "empty.py has no flow\nTry: put @flow above a function in it"),
        ("run leaves.py", 1, "leaves.py ended the program while it was imported: sys.exit(3)\nTry: put what "),
        ("flow-run inspect nobody", 3, "no flow run has the id or name 'nobody'\nTry: tidemill flow-run ls"),
        ("flow-run inspect @last", 3, "there is no flow run yet"),
        ("flow-run ls --state-type RUNING", 2, "unknown state type 'RUNING', did you mean 'RUNNING'?"),
        ("flow-run logs x --head --tail", 3, "no flow run has the id or name 'x'"),
        ("task-run inspect nobody", 3, "no task run has the id or name 'nobody'\nTry: tidemill task-run ls"),
    ],
)
def test_a_mistake_is_told_with_what_to_do_next(cli, flows, line, code, message):
    Path("empty.py").touch()
    Path("starred.py").write_text(STARRED)
    Path("leaves.py").write_text("import sys; sys.exit(3)")

    told = cli(line)

    assert told.err.startswith(f"Error: {message}")
    assert (told.code, told.out) == (code, "")


def test_settings_that_cannot_be_read_are_no_fault_of_the_script(tmp_path, monkeypatch):
    Path("asks.py").write_text("from tidemill.settings import get_current_settings\nget_current_settings()")
    broken = tmp_path / "profiles.toml"
    broken.write_text("[profiles.a")

    told = subprocess.run(
        [sys.executable, "-m", "tidemill", "run", "asks.py"],
        env={**os.environ, "PYTHONPATH": PACKAGE, "TIDEMILL_PROFILES_PATH": str(broken)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert told.stderr.startswith(f"Error: {broken} cannot be read: not TOML: ")
    assert "Try: " in told.stderr


def test_a_script_that_fails_to_load_is_told_without_a_traceback(cli):
    Path("broken.py").write_text("import nothing_of_that_name\n")

    told = cli("run broken.py:x")

    assert told.code == 1
    assert "nothing_of_that_name" in told.err
    assert "Traceback" not in told.err


def test_running_a_script_runs_what_was_asked_for_and_not_what_stands_at_its_end(cli, flows):
    Path("script.py").write_text(
        "from tidemill import flow\n@flow\ndef one():\n    return 1\n@flow\ndef two():\n    return 2\none()\ntwo()\n"
    )
    assert cli("run script.py:two").code == 0
    assert [run["name"] for run in cli("flow ls -o json").json] == ["two"]
    assert cli("flow-run retry @last").code == 0
    assert len(cli("flow-run ls -o json").json) == 1


def test_a_message_of_several_lines_keeps_them(cli, flows):
    told = cli(f"run {flows}:points --param n=x")

    assert told.lines[1:3] == [
        "  points() was given parameters that do not fit:",
        "    n: expected int, got 'x' (str): should be a valid integer, unable to parse string as an integer",
    ]
    for command in ("why", "flow-run inspect"):
        assert "\\n" not in cli(f"{command} @last").out


def test_a_run_that_was_refused_is_run_anew_with_other_parameters(cli, flows):
    told = cli(f"run {flows}:points --param n=x", "--params", '{"label": "it\'s"}')
    run = cli("flow-run inspect @last -o json").json

    command = told.lines[-1].removeprefix("Next: ")
    _, *words = shlex.split(command)
    assert words == ["run", run["entrypoint"], "--params", json.dumps(run["parameters"]), "--param", "NAME=VALUE"]
    assert cli("why @last").lines[-1] == f"Try: {command}"
    assert cli("flow-run retry @last").lines[-1] == f"Next: {command}"
    assert cli("", *words[:-1], "n=1").code == 0


def test_parameters_too_long_to_repeat_are_left_to_whoever_reads(cli, flows):
    told = cli(f"run {flows}:points --param n=x --param label={'long' * 60}")

    assert told.lines[-1].endswith("flows.py:points --param NAME=VALUE")


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_whatever_stops_a_run_its_end_is_told(cli, kind):
    Path("odd.py").write_text(
        f"from tidemill import flow\nclass Odd(BaseException): pass\n@flow\n{kind} odd():\n    raise Odd('by itself')\n"
    )

    told = cli("run odd.py")

    assert (told.code, told.lines[1]) == (1, "  The flow was stopped by Odd: by itself")
    assert told.lines[2].startswith("Next: tidemill flow-run resume ")


@pytest.mark.parametrize("depth", [50, 500, 890])
def test_parameters_that_are_nested_deeply_keep_no_run_from_being_shown(cli, depth):
    Path("deep.py").write_text("from tidemill import flow\n@flow\ndef deep(x: object, n: int = 1): pass\n")
    nested = "[" * depth + "]" * depth

    assert cli("run deep.py --param", f"x={nested}").code == 0
    refused = cli("run deep.py --param n=a --param", f"x={nested}")

    assert refused.lines[-1].startswith("Next: tidemill run ")
    for command in ("flow-run inspect @last", "flow-run ls"):
        for form in ("json", "jsonl", "yaml", "plain", "wide"):
            assert cli(f"{command} -o {form}").code == 0
    assert cli("flow-run inspect @last -o json").json["parameters"]["n"] == "a"
