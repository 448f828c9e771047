"""Going on with a run: resume, retry, and what is in their way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.cli.test_cli_run import PACKAGE


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


def test_retrying_what_was_refused_is_recorded_as_an_attempt_of_its_own(cli, flows):
    cli(f"run {flows}:points --param n=x")
    before = cli("flow-run inspect @last -o json").json

    told = cli("flow-run retry @last")

    after = cli("flow-run inspect @last -o json").json
    assert told.code == 1
    assert [state["name"] for state in after["states"]] == ["Pending", "Failed", "Pending", "Failed"]
    assert after["end_time"] > before["end_time"]


def test_what_a_subflow_run_is_followed_by_is_its_roots(cli, flows, monkeypatch):
    monkeypatch.setenv("FAIL_AT", "1")
    cli(f"run {flows}:outer")
    inner, outer = cli("flow-run ls -o name").lines

    assert cli(f"flow-run watch {inner}").lines[-1] == f"Next: tidemill flow-run retry {outer}"
