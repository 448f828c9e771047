"""Work pools, their queues, and what stands between a run and its beginning."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def waiting_run(cli):
    """A run of a deployment in the pool ``p1``, which nobody has taken."""
    assert cli("work-pool create p1").code == 0
    flow = cli("api post /flows/ --data", '{"name": "load"}').json["id"]
    body = {"name": "nightly", "flow_id": flow, "work_pool_name": "p1", "concurrency_limit": 1}
    deployment = cli("api post /deployments/ --data", json.dumps(body)).json["id"]
    return cli(f"api post /deployments/{deployment}/create_flow_run --data", "{}").json


def test_a_pool_is_made_changed_paused_and_deleted(cli):
    assert cli("work-pool create p1 --type process --paused").code == 0
    assert cli("work-pool inspect p1 -o json").json["is_paused"] is True
    assert cli("work-pool create p1").code == 1
    assert cli("work-pool create p1 --overwrite").out == "Changed work pool 'p1'.\n"
    assert cli("work-pool pause p1").code == 0
    assert cli("work-pool resume p1").code == 0
    assert cli("work-pool update p1 --description ours -cl 3").code == 0
    assert cli("work-pool set-concurrency-limit p1 4").code == 0
    (pool,) = cli("work-pool ls -o json").json
    assert (pool["description"], pool["concurrency_limit"], pool["is_paused"]) == ("ours", 4, False)
    assert cli("work-pool clear-concurrency-limit p1").code == 0
    assert cli("work-pool inspect p1 -o json").json["concurrency_limit"] is None
    assert cli("work-pool update p1").code == 2
    assert cli("work-pool slots p1 -o json").json["active_slots"] == 0
    assert cli("work-pool delete p1").code == 0
    missing = cli("work-pool pause p1")
    assert missing.code == 3
    assert "tidemill work-pool ls" in missing.err


@pytest.mark.parametrize(
    "line",
    [
        "work-pool create",
        "work-queue create",
        "concurrency-limit create {} 1",
        "variable set {} 1",
        "gcl create --limit 1",
    ],
)
@pytest.mark.parametrize("name", ["", " ", "a\x1b[2J", "two\nlines"])
def test_what_could_not_be_typed_again_is_no_name_of_a_new_thing(cli, line, name):
    told = cli("", *(name if word == "{}" else word for word in line.split()), *([] if "{}" in line else [name]))

    assert (told.code, "cannot be the name of" in told.err) == (2, True)


@pytest.mark.parametrize("line", ["work-pool create", "work-queue create", "shell watch true --flow-name"])
def test_a_name_that_would_mean_something_in_an_address_is_refused(cli, line):
    told = cli(line, "a/b")

    assert (told.code, "has '/' in it" in told.err) == (2, True)


@pytest.mark.parametrize(
    "line", ["concurrency-limit create t", "work-pool set-concurrency-limit p", "work-queue set-concurrency-limit q"]
)
@pytest.mark.parametrize("number", ["x", "²", "1.5", "", "9" * 5000])
def test_what_is_no_whole_number(cli, line, number):
    told = cli(line, number)

    assert (told.code, "LIMIT is a whole number" in told.err, len(told.err) < 300) == (2, True, True)


@pytest.mark.parametrize("number", ["nan", "inf", "-1"])
def test_slots_come_back_at_a_rate_that_is_a_number(cli, number):
    assert cli(f"gcl create r --limit 1 --slot-decay-per-second {number}").code == 2


def test_queues_of_a_pool(cli):
    cli("work-pool create p1")
    cli("work-pool create p2")
    assert cli("work-queue create urgent --pool p1 --limit 2 --priority 1").code == 0
    assert cli("work-queue create urgent --pool p1").code == 1
    assert {row["name"] for row in cli("work-queue ls --pool p1 -o json").json} == {"default", "urgent"}
    assert cli("work-queue ls --match urg -o name").out == "urgent\n"
    several = cli("work-queue inspect default")
    assert several.code == 2
    assert "p1, p2" in several.err
    assert cli("work-queue pause urgent").code == 0
    assert cli("work-queue inspect urgent -o json").json["is_paused"] is True
    assert cli("work-queue resume urgent --pool p1").code == 0
    assert cli("work-queue set-concurrency-limit urgent 5").code == 0
    assert cli("work-queue clear-concurrency-limit urgent").code == 0
    assert cli("work-queue inspect urgent -o json").json["concurrency_limit"] is None
    assert cli("work-queue slots urgent -o json").json["active_slots"] == 0
    assert cli("work-queue delete urgent").code == 0
    assert cli("work-queue inspect urgent").code == 3


def test_runs_that_wait_are_previewed(cli, waiting_run):
    assert cli("work-pool preview p1 -o json --fields id").json == [{"id": waiting_run["id"]}]
    assert cli("work-pool preview -o json --fields id").json == [{"id": waiting_run["id"]}]
    assert cli("work-queue read-runs default -o json --fields id").json == [{"id": waiting_run["id"]}]
    assert cli("work-queue preview default --hours 1 -o json --fields id").json == [{"id": waiting_run["id"]}]


def why(cli, run="@last"):
    """The first gate that is shut, and what to try."""
    told = cli(f"why {run} -o json").json
    return next((gate["name"] for gate in told["gates"] if not gate["open"]), None), told["try"]


def test_the_first_gate_that_is_shut_is_named_with_what_opens_it(cli, waiting_run):
    assert waiting_run["work_pool_name"] == "p1"
    assert why(cli) == ("worker", "tidemill worker start --pool p1")

    cli("api post /work_pools/p1/workers/heartbeat --data", '{"name": "w1"}')
    assert why(cli) == (None, f"tidemill flow-run watch {waiting_run['id']}")
    assert "Nothing is in its way" in cli("why @last").out
    cli("work-pool set-concurrency-limit p1 0")
    assert why(cli) == ("limit of the pool", "tidemill work-pool set-concurrency-limit p1 1")
    cli("work-queue pause default")
    assert why(cli) == ("work queue", "tidemill work-queue resume default --pool p1")
    cli("work-pool pause p1")
    assert why(cli) == ("work pool", "tidemill work-pool resume p1")


def test_a_run_that_is_for_later_says_when(cli, waiting_run):
    later = '{"state": {"type": "SCHEDULED", "state_details": {"scheduled_time": "2999-01-01T00:00:00Z"}}}'
    run = cli(f"api post /deployments/{waiting_run['deployment_id']}/create_flow_run --data", later).json["id"]

    assert why(cli, run)[0] == "scheduled time"


def test_the_last_run_is_one_that_is_due_and_not_one_that_a_schedule_made_ahead(cli, waiting_run):
    later = '{"state": {"type": "SCHEDULED", "state_details": {"scheduled_time": "2999-01-01T00:00:00Z"}}}'
    ahead = cli(f"api post /deployments/{waiting_run['deployment_id']}/create_flow_run --data", later).json["id"]

    assert cli("flow-run inspect @last -o name").out == f"{waiting_run['id']}\n"
    assert cli(f"flow-run delete {waiting_run['id']}").code == 0
    assert cli("flow-run inspect @last -o name").out == f"{ahead}\n"


def test_a_limit_that_is_full_says_who_has_its_slots(cli, waiting_run):
    cli("api post /work_pools/p1/workers/heartbeat --data", '{"name": "w1"}')
    deployment = waiting_run["deployment_id"]
    pending = '{"state": {"type": "PENDING"}}'
    cli(f"api post /flow_runs/{waiting_run['id']}/set_state --data", pending)
    second = cli(f"api post /deployments/{deployment}/create_flow_run --data", "{}").json

    told = cli(f"why {second['id']} -o json").json

    assert told["because"][0].startswith("Deployment 'nightly' is full: 1 of 1 runs are under way")
    assert waiting_run["name"] in told["because"][0]
    assert [gate["name"] for gate in told["gates"] if not gate["open"]] == ["limit of the deployment", "services"]
    refused = cli(f"api post /flow_runs/{second['id']}/set_state --data", pending).json
    assert refused["status"] == "REJECT"
    again = cli(f"why {second['id']} -o json").json
    assert again["state_name"] == "AwaitingConcurrencySlot"
    assert again["because"][0] == told["because"][0]  # not that it is tried again in half a minute
    taken = cli(f"why {waiting_run['id']} -o json").json
    assert [gate["name"] for gate in taken["gates"] if not gate["open"]] == ["taken"]  # its own slot is not in its way


def test_a_run_that_only_its_deployment_can_run_says_so(cli):
    flow = cli("api post /flows/ --data", '{"name": "load"}').json["id"]
    deployment = cli("api post /deployments/ --data", json.dumps({"name": "served", "flow_id": flow})).json["id"]
    cli(f"api post /deployments/{deployment}/create_flow_run --data", "{}")

    told = cli("why @last -o json").json

    assert "a process that serves it has to take the run" in told["because"][0]
    assert deployment in told["try"]


@pytest.mark.parametrize(
    ("states", "said"),
    [
        (["SCHEDULED"], "It belongs to no deployment"),
        (["PENDING"], "reports over the API"),
        (["PENDING", "RUNNING"], "reports over the API"),
        (["PENDING", "RUNNING", "CANCELLING"], "reports over the API"),
    ],
)
def test_a_run_of_a_client_over_rest_is_not_said_to_be_nobodys(cli, states, said):
    flow = cli("api post /flows/ --data", '{"name": "load"}').json["id"]
    body = {"flow_id": flow, "state": {"type": states[0]}}
    run = cli("api post /flow_runs/ --data", json.dumps(body)).json["id"]
    for state in states[1:]:
        cli(f"api post /flow_runs/{run}/set_state --data", json.dumps({"state": {"type": state}}))

    told = cli(f"why {run} -o json").json

    assert said in told["because"][-1]
    assert told["try"] == f"tidemill flow-run watch {run}"


def test_a_limit_that_is_full_is_named_where_the_code_may_be_waiting_for_it(cli, waiting_run):
    for name in ("db", "tag:gpu"):
        assert cli(f"gcl create {name} --limit 0").code == 0
    for state in ("PENDING", "RUNNING"):
        body = json.dumps({"state": {"type": state}})
        cli(f"api post /flow_runs/{waiting_run['id']}/set_state --data", body)

    told = cli("why @last -o json").json

    assert "concurrency limit 'db', it waits there: 0 of 0 are taken" in told["because"][-1]
    assert "gpu" not in " ".join(told["because"])
    assert told["try"] == f"tidemill flow-run watch {waiting_run['id']}"


def test_who_runs_it_over_rest_is_asked_to_end_it_and_one_that_nobody_began_is_cancelled(cli, waiting_run):
    id_ = waiting_run["id"]
    for state in ("PENDING", "RUNNING"):
        cli(f"api post /flow_runs/{id_}/set_state --data", json.dumps({"state": {"type": state}}))

    for _ in range(2):  # asking again changes nothing
        assert "is asked to end" in cli(f"flow-run cancel {id_}").out
        assert cli(f"api get /flow_runs/{id_}").json["state_name"] == "Cancelling"

    other = cli(f"api post /deployments/{waiting_run['deployment_id']}/create_flow_run --data", "{}").json["id"]
    assert cli(f"flow-run cancel {other}").out.endswith("is Cancelled.\n")


def test_the_template_of_a_type_of_pool_is_shown_written_and_taken(cli, tmp_path):
    shown = cli("work-pool get-default-base-job-template --type process")
    file = tmp_path / "job.json"
    assert cli("work-pool get-default-base-job-template -f", str(file)).code == 0

    assert json.loads(file.read_text()) == shown.json
    assert set(shown.json) == {"job_configuration", "variables"}
    assert cli("work-pool create p1 --base-job-template", str(file)).code == 0
    assert cli("work-pool inspect p1 -o json").json["base_job_template"] == shown.json
    unknown = cli("work-pool get-default-base-job-template -t proces")
    assert (unknown.code, "did you mean 'process'?" in unknown.err) == (2, True)
