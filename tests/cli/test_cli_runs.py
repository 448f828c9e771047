"""Runs of real flows, listed, shown, searched and deleted."""

from __future__ import annotations

import json

import pytest

from tests.store.conformance.story import NOW, SECOND, Story, an_id, line
from tidemill.domain.limits import ConcurrencyLimit, SlotRequest, waits_for
from tidemill.domain.states import StateType, from_us
from tidemill.store.sqlite.store import SqliteStore
from tidemill.system.clock import SystemClock


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


@pytest.mark.parametrize(
    ("goes_on", "said"),
    [
        (False, "Its code waits for a slot of concurrency limit 'gate': 1 of 1 are taken."),
        (True, "If its code asks for a slot of concurrency limit 'gate', it waits there: 1 of 1 are taken."),
    ],
)
def test_why_names_the_limit_that_the_code_of_a_run_waits_for(cli, home, goes_on, said):
    now, at = SystemClock().now_us(), from_us(NOW)
    with SqliteStore.open(home / "tidemill.db") as store:
        story = Story(store).alive(now + 3600 * SECOND)
        run = story.running()
        gate = ConcurrencyLimit(id=an_id("gate"), name="gate", limit=1, active_slots=0, created=at, updated=at)
        store.create_limit(gate, NOW)
        until = now + 3600 * SECOND
        taken = SlotRequest(lease_id=an_id("l"), names=["gate"], slots=1, holder="x", now=now, lease_until=until)
        store.acquire_slots(taken)
        story.tell(line(run, waits_for("gate")))
        if goes_on:
            story.tell(line(run, "Waited for concurrency limit 'gate', and goes on"))

    assert said in cli(f"why {run} -o json").json["because"]
