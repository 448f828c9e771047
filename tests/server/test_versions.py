"""F26: who is older or newer than this server, or cannot share its home, is understood, or told why not."""

from __future__ import annotations

import os
import subprocess
import sys

import msgspec
import pytest

from tests.server.routes.runs import flow, flow_run
from tests.store.conformance.story import NOW, Story, an_id, created, state
from tidemill.api.local_server import CannotStartError, held_home
from tidemill.domain.entries import FlowRunStateSet, encode
from tidemill.domain.orchestration.flows.deployment_slots import renews_leases
from tidemill.server.calls import Headers
from tidemill.server.versions import client_version
from tidemill.system.clock import JumpingClock

VERSION = "X-PREFECT-API-VERSION"


@pytest.mark.parametrize("spoken", ["0.8.0", "0.8.3", "0.8.4", "0.8.5", "0.9.0", "1.0.0", ""])
def test_f26_clients_of_this_and_of_later_api_versions_are_understood(client, spoken):
    assert client.post("/api/flows/", {"name": "etl"}, **{VERSION: spoken}).status in (200, 201)


@pytest.mark.parametrize("spoken", ["0.7.99", "0.0.0"])
def test_f26_older_ones_are_told_to_be_updated_and_change_nothing(client, spoken):
    said = client.post("/api/flows/", {"name": "etl"}, **{VERSION: spoken})

    assert said.status == 400
    assert said.body["detail"] == (
        f"The client speaks version {spoken} of the API; this server speaks 0.8.0 and later. Update the client."
    )
    assert client.post("/api/flows/count", {}).body == 0


@pytest.mark.parametrize("spoken", ["new", "0.8", "0.8.4.1", "-1.0.0", "9" * 500])
def test_f26_what_is_no_version_is_refused_with_one_that_is(client, spoken):
    said = client.get("/api/hello", **{VERSION: spoken})

    assert said.status == 400
    assert "expected a version such as 0.8.4" in said.body["detail"]


def test_f26_a_client_asks_for_the_release_and_the_version_of_the_api(client):
    assert client.get("/api/admin/version").body == "3.8.8"
    assert client.get("/api/version").body == "0.8.4"
    assert client.get("/api/tm/version").status == 200


@pytest.mark.parametrize(
    ("agent", "version", "renews"),
    [
        ("prefect/3.8.8 (API 0.8.4)", "3.8.8", True),
        ("prefect/3.4.10 (API 0.8.4)", "3.4.10", False),
        ("python-httpx/0.28", None, False),
        ("", None, False),
    ],
)
def test_f26_a_client_that_renews_its_lease_is_known_by_its_user_agent(agent, version, renews):
    said = client_version(Headers([(b"user-agent", agent.encode()), (VERSION.lower().encode(), b"0.8.4")]))

    assert (said, renews_leases(said)) == (version, renews)


def test_f26_the_slot_of_a_client_that_renews_its_lease_comes_free_when_it_does_not(client):
    of = flow(client)
    deployment = client.post("/api/deployments/", {"name": "one", "flow_id": of, "concurrency_limit": 1}).body["id"]
    new = {"User-Agent": "prefect/3.8.8 (API 0.8.4)"}

    def start(**headers):
        run = flow_run(client, of, deployment_id=deployment, state={"type": "SCHEDULED"})
        for kind in ("PENDING", "RUNNING"):
            said = client.post(f"/api/flow_runs/{run}/set_state", {"state": {"type": kind}}, **headers)
        return said.body["status"]

    assert start(**new) == "ACCEPT"
    client.clock.sleep(3600)
    assert start() == "ACCEPT"  # the first one's lease ran out; this one has none to renew, and keeps its slot
    client.clock.sleep(3600)
    assert start(**new) == "WAIT"


def sent(client, story, *entries):
    batch = {
        "producer": story.producer,
        "first_seq": story.seq + 1,
        "last_seq": story.seq + len(entries),
        "roots": {an_id("run"): 1},
        "entries": list(entries),
    }
    story.seq += len(entries)
    return client.post("/api/tm/journal", batch)


def plain(entry):
    return [entry.kind, msgspec.json.decode(encode(entry))]


def test_f26_a_journal_of_an_older_client_applies_without_the_fields_that_came_since(client, store):
    story = Story(store).alive()
    first, begun = plain(created()), plain(state(an_id("run"), "RUNNING"))
    optional = len(FlowRunStateSet.__struct_fields__) - len(FlowRunStateSet.__struct_defaults__)

    assert sent(client, story, [first[0], first[1][:10]], [begun[0], begun[1][:optional]]).body == {"applied_seq": 2}

    assert client.get(f"/api/flow_runs/{an_id('run')}").body["state_type"] == "RUNNING"


def test_f26_of_a_newer_clients_journal_what_is_known_applies_and_the_rest_is_kept_aside_with_the_reason(client, store):
    story = Story(store).alive()
    run = story.running()
    kind, fields = plain(state(run, "COMPLETED", ordinal=1, at=NOW + 1))

    said = sent(client, story, [99, [run, "something new"]], [kind, [*fields, "a field of tomorrow"]])

    assert said.body == {"applied_seq": story.seq}
    assert client.get(f"/api/flow_runs/{run}").body["state_type"] == "COMPLETED"
    (aside,) = store.late_reports(limit=10)
    assert aside.reason == "entries of kind 99 are not known to this version"


def test_f26_what_a_newer_client_asks_that_is_not_known_here_is_named(client):
    field = client.post("/api/tm/store/tallies", {"flow_run_id": an_id("run"), "tomorrow": 1})
    path = client.post("/api/tm/store/forecast", {})

    assert (field.status, field.body["exception_detail"][0]["loc"]) == (422, ["body", "tomorrow"])
    assert path.status == 404
    assert "/tm/store/forecast" in path.body["detail"]


def test_f26_two_servers_do_not_share_a_home(tmp_path):
    clock = JumpingClock()
    with held_home(tmp_path, clock), pytest.raises(CannotStartError) as refused, held_home(tmp_path, clock):
        pass

    assert "runs already" in refused.value.message
    assert "TIDEMILL_HOME=FOLDER tidemill server start" in refused.value.hint


@pytest.mark.machine
@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="no file system here that nobody can write to")
def test_f26_a_server_of_a_home_that_cannot_be_written_does_not_start_and_says_so():
    home = "/proc/tidemill"  # where not even root makes a folder

    told = subprocess.run(
        [sys.executable, "-m", "tidemill", "server", "start", "--port", "0"],
        env=os.environ | {"TIDEMILL_HOME": home},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert told.returncode == 1
    assert home in told.stderr
    assert "TIDEMILL_HOME=ANOTHER_FOLDER" in told.stderr
