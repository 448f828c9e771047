"""Runs of real flows, listed, shown, searched and deleted."""

from __future__ import annotations

import json
import logging
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tidemill.domain.states import StateType

PACKAGE = str(Path(sys.modules["tidemill"].__file__).parents[1])
FLOWS = Path(__file__).with_name("flows_for_tests.py")


STARRED = """
from tidemill import flow

@flow
def needs(n: int, /, label: str = "", *rest: int, **more: int):
    assert (type(n), type(rest), type(more)) == (int, tuple, dict)
"""


@pytest.fixture
def flows() -> str:
    """The file with the flows, in the working directory."""
    shutil.copy(FLOWS, "flows.py")
    return "flows.py"


@pytest.fixture(autouse=True)
def no_handlers_left():
    yield
    from tidemill.main_program import stand_in

    stand_in(None)
    logging.getLogger("tidemill").handlers.clear()


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


def test_a_failed_run_has_exit_code_1_and_can_be_retried(cli, flows, monkeypatch):
    monkeypatch.setenv("EFFECTS", "effects")
    monkeypatch.setenv("FAIL_AT", "1")
    told = cli(f"run {flows}:points")
    assert told.code == 1
    assert "no use for 1" in told.out
    assert told.lines[-1].startswith("Next: tidemill flow-run retry ")

    monkeypatch.delenv("FAIL_AT")
    again = cli("flow-run retry @last")

    assert again.code == 0
    assert Path("effects").read_text().splitlines() == [
        "make 0", "use 0", "make 1", "use 1", "use 1", "make 2", "use 2",
    ]  # fmt: skip
    assert cli("flow-run ls -o json").json[0]["run_count"] == 2


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


def test_flows_and_their_runs_are_listed_and_filtered(cli, flows, monkeypatch):
    cli(f"run {flows}:points --param n=0")
    cli(f"run {flows}:outer")
    monkeypatch.setenv("FAIL_AT", "0")
    cli(f"run {flows}:points")

    assert cli("flow ls -o name").lines == ["outer", "points"]
    assert [run["flow_name"] for run in cli("flow-run ls -o json").json] == ["points", "points", "outer", "points"]
    assert len(cli("flow-run ls --limit 1").lines) == 1
    assert len(cli("flow-runs ls --flow-name outer").lines) == 1
    assert len(cli("flow-run ls --state completed").lines) == 3
    assert len(cli("flow-run ls --state-type failed --state-type crashed").lines) == 1


def test_a_run_is_found_by_name_beginning_of_id_last_and_stdin(cli, flows):
    cli(f"run {flows}:points --param n=1")
    run = cli("flow-run inspect @last -o json").json

    for handle in (run["id"], run["id"][:12], run["name"]):
        assert cli(f"flow-run inspect {handle} -o name").lines == [run["id"]]
    assert cli("flow-run inspect -", answer=f"{run['id']}\tpoints\n").code == 0
    assert f"did you mean '{run['name']}'?" in cli(f"flow-run inspect {run['name']}x").err


def test_inspect_shows_states_and_counts(cli, flows):
    cli(f"run {flows}:points --param n=2")

    run = cli("flow-run inspect @last -o json").json
    text = cli("flow-run inspect @last").out

    assert [state["name"] for state in run["states"]] == ["Pending", "Running", "Completed"]
    assert run["task_run_counts"] == {StateType.COMPLETED.value: 4}
    assert "4 completed" in text
    assert "kept_parameters" not in run


def test_task_runs_are_listed_and_inspected(cli, flows):
    cli(f"run {flows}:points --param n=2")

    runs = cli("task-run ls -o json").json
    last = cli("task-run inspect @last -o json").json

    assert [run["name"].split("-")[0] for run in runs] == ["use", "make", "use", "make"]
    assert last["id"] == runs[0]["id"]
    assert [state["name"] for state in last["states"]] == ["Running", "Completed"]
    assert cli(f"task-run inspect {last['name']} -o name").lines == [last["id"]]
    assert [line.split()[-1] for line in cli("task-run inspect @last").lines[-3:]] == [
        "States:",
        "Running",
        "Completed",
    ]
    assert len(cli("task-run ls --state completed --limit 3 --flow-run @last").lines) == 3


def messages(told) -> list[str]:
    return [line.partition(" - ")[2] for line in told.lines]


def test_logs_from_head_from_tail_reversed_and_by_level(cli, flows, monkeypatch):
    monkeypatch.setenv("FAIL_AT", "2")
    cli(f"run {flows}:points")

    everything = messages(cli("flow-run logs @last"))
    assert "used 0" in everything
    assert messages(cli("flow-run logs @last --head -n 2")) == everything[:2]
    assert messages(cli("flow-run logs @last -h -n 2")) == everything[:2]
    assert messages(cli("flow-run logs @last --reverse -n 1")) == everything[-1:] or len(everything) > 1
    assert json.loads(cli("flow-run logs @last -n 1 -o json").out)[0]["message"] == everything[0]
    assert "used 0" not in cli("flow-run logs @last --level error").out
    assert "no use for 2" in cli("flow-run logs @last --level error").out
    assert messages(cli("task-run logs @last --follow"))


def test_following_ends_with_the_run(cli, flows):
    cli(f"run {flows}:points --param n=1")

    assert messages(cli("flow-run logs @last -f")) == messages(cli("flow-run logs @last"))


@pytest.mark.parametrize("form", ["json", "yaml", "jsonl", "plain", "wide"])
def test_what_is_followed_is_of_the_same_form_as_what_is_over(cli, flows, form):
    cli(f"run {flows}:points --param n=1")

    assert cli(f"flow-run logs @last -f -o {form}").out == cli(f"flow-run logs @last -o {form}").out
    assert cli("flow-run logs @last --level CRITICAL -o yaml").out == "[]\n"


def test_watch_ends_with_the_state_as_exit_code(cli, flows, monkeypatch):
    cli(f"run {flows}:points --param n=1")
    assert cli("flow-run watch @last").code == 0

    monkeypatch.setenv("FAIL_AT", "0")
    cli(f"run {flows}:points")
    assert cli("flow-run watch @last").code == 1


def test_resume_refuses_what_is_over_and_names_retry(cli, flows):
    cli(f"run {flows}:points --param n=1")

    told = cli("flow-run resume @last")

    assert told.code == 1
    assert "is Completed: there is nothing to go on with\nTry: tidemill flow-run retry " in told.err


def test_retry_of_a_subflow_run_names_the_run_around_it(cli, flows):
    cli(f"run {flows}:outer")
    inner, outer = cli("flow-run ls -o name").lines

    assert f"Try: tidemill flow-run retry {outer}" in cli(f"flow-run retry {inner}").err


def test_code_that_moved_is_told_with_what_to_do(cli, flows):
    cli(f"run {flows}:points --param n=1")
    run = cli("flow-run inspect @last -o json").json
    Path(flows).rename("elsewhere.py")

    told = cli("flow-run retry @last")

    assert told.code == 3
    assert f"Try: tidemill flow-run retry {run['id']} --entrypoint FILE:FLOW" in told.err
    assert cli("flow-run retry @last --entrypoint elsewhere.py:points").code == 0
    assert cli("flow-run retry @last --entrypoint elsewhere.py").code == 0
    assert "is of flow 'points'" in cli("flow-run retry @last --entrypoint elsewhere.py:outer").err


def test_what_completed_before_the_script_went_to_another_folder_stays_completed(cli, flows, monkeypatch):
    monkeypatch.setenv("EFFECTS", str(Path("effects").absolute()))
    monkeypatch.setenv("FAIL_AT", "1")
    cli(f"run {flows}:points")
    monkeypatch.delenv("FAIL_AT")
    Path("away").mkdir()
    Path(flows).rename("away/flows.py")

    assert cli("flow-run retry @last --entrypoint away/flows.py").code == 0

    assert Path("effects").read_text().splitlines() == [
        "make 0", "use 0", "make 1", "use 1", "use 1", "make 2", "use 2",
    ]  # fmt: skip


def test_a_flow_made_under_another_name_is_found_again(cli, flows):
    cli(f"run {flows}:renamed --param n=5")

    assert cli("flow-run retry @last").code == 0


def test_a_flow_within_a_function_is_told_to_be_out_of_reach(cli, flows):
    Path("program.py").write_text("import flows\nflows.made_within()\n")
    subprocess.run([sys.executable, "program.py"], env={**os.environ, "PYTHONPATH": PACKAGE}, check=True)

    told = cli("flow-run retry @last")

    assert (told.code, "was defined within a function" in told.err) == (3, True)


def test_delete_needs_the_whole_id_where_nobody_can_confirm(cli, flows):
    cli(f"run {flows}:points --param n=1")
    run = cli("flow-run inspect @last -o json").json

    refused = cli("flow-run delete @last")
    assert (refused.code, "--yes" in refused.err) == (2, True)
    wrong = cli(f"--prompt flow-run delete {run['id']}", answer="something else\n")
    assert "nothing was deleted" in wrong.err
    assert cli(f"flow-run delete {run['id']}").code == 0
    assert cli("flow-run ls").out == ""


def test_delete_goes_on_when_the_name_is_typed(cli, flows):
    cli(f"run {flows}:points --param n=1")
    run = cli("flow-run inspect @last -o json").json

    told = cli("--prompt flow-run delete @last", answer=f"{run['name']}\n")

    assert told.out.strip().endswith(f"Deleted flow run {run['name']!r} ({run['id']}).")


def test_why_names_the_task_that_failed_and_what_to_try(cli, flows, monkeypatch):
    monkeypatch.setenv("FAIL_AT", "1")
    cli(f"run {flows}:points")
    (failed,) = cli("task-run ls --state failed -o json").json

    told = cli("why @last")

    assert told.lines[1].startswith(f"  Task run {failed['name']!r} is Failed")
    assert told.lines[-1] == f"Try: tidemill task-run logs {failed['id']}"


def test_why_of_a_completed_run(cli, flows):
    cli(f"run {flows}:points --param n=0")

    assert cli("why @last -o json").json["because"] == ["It has done all it had to do."]


def test_running_a_script_runs_what_was_asked_for_and_not_what_stands_at_its_end(cli, flows):
    Path("script.py").write_text(
        "from tidemill import flow\n@flow\ndef one():\n    return 1\n@flow\ndef two():\n    return 2\none()\ntwo()\n"
    )
    assert cli("run script.py:two").code == 0
    assert [run["name"] for run in cli("flow ls -o json").json] == ["two"]
    assert cli("flow-run retry @last").code == 0
    assert len(cli("flow-run ls -o json").json) == 1


@pytest.mark.parametrize("command", ["flow-run logs", "task-run logs"])
def test_h_for_logs_of_no_run_at_all_is_a_question(cli, command):
    assert cli(f"{command} -h").out == cli(f"{command} --help").out
    assert cli(command).err.startswith("Error: missing argument RUN\n")


def test_names_that_nothing_has_are_remarked_upon(cli, flows):
    cli(f"run {flows}:points")

    told = cli("flow-run ls --flow-name pionts --state Runing")

    assert (told.code, told.out) == (0, "")
    assert told.err.splitlines() == [
        "No flow has the name 'pionts', did you mean 'points'?",
        "No usual state has the name 'Runing', did you mean 'Running'?",
    ]
    assert cli("task-run ls --state Complete").err.startswith("No usual state has the name 'Complete'")
    assert cli("flow-run ls --flow-name points --state Failed").err == ""


def test_the_name_of_a_flow_is_no_run_but_leads_to_its_runs(cli, flows):
    cli(f"run {flows}:points")

    assert cli("flow-run inspect points").err.splitlines() == [
        "Error: 'points' is the name of a flow, not of one of its runs",
        "Try: tidemill flow-run ls --flow-name points",
    ]
    assert "did you mean '@last'?" in cli("flow-run inspect @lst").err


def test_retrying_what_was_refused_is_recorded_as_an_attempt_of_its_own(cli, flows):
    cli(f"run {flows}:points --param n=x")
    before = cli("flow-run inspect @last -o json").json

    told = cli("flow-run retry @last")

    after = cli("flow-run inspect @last -o json").json
    assert told.code == 1
    assert [state["name"] for state in after["states"]] == ["Pending", "Failed", "Pending", "Failed"]
    assert after["end_time"] > before["end_time"]


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


def test_what_a_subflow_run_is_followed_by_is_its_roots(cli, flows, monkeypatch):
    monkeypatch.setenv("FAIL_AT", "1")
    cli(f"run {flows}:outer")
    inner, outer = cli("flow-run ls -o name").lines

    assert cli(f"flow-run watch {inner}").lines[-1] == f"Next: tidemill flow-run retry {outer}"


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_whatever_stops_a_run_its_end_is_told(cli, kind):
    Path("odd.py").write_text(
        f"from tidemill import flow\nclass Odd(BaseException): pass\n@flow\n{kind} odd():\n    raise Odd('by itself')\n"
    )

    told = cli("run odd.py")

    assert (told.code, told.lines[1]) == (1, "  The flow was stopped by Odd: by itself")
    assert told.lines[2].startswith("Next: tidemill flow-run resume ")


def test_the_graph_of_a_run_is_text_to_draw_or_data(cli, flows):
    cli(f"run {flows}:points --param n=1")
    use, make = (run["name"] for run in cli("task-run ls -o json").json)

    drawn, told = cli("flow-run graph @last"), cli("flow-run graph @last -o json").json

    assert drawn.lines[0] == "flowchart TD"
    assert f'["{make} (Completed)"]' in drawn.out
    assert cli("flow-run graph @last --dot").lines[0] == "digraph {"
    assert [node["name"] for node in told["nodes"]] == [make, use]
    assert [edge["input"] for edge in told["edges"]] == ["point"]
    assert cli("flow-run graph nobody").code == 3


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
