"""``get_client`` asks the server that the settings name, else this process's own home."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from threading import Lock

import pytest

from tests.engine.fixtures import in_use
from tests.serving import serving
from tidemill import flow, get_client, task
from tidemill.api.remote.home import RemoteHome
from tidemill.client.base import ServerType
from tidemill.client.orchestration import SyncTidemillClient, TidemillClient
from tidemill.client.schemas.actions import VariableCreate
from tidemill.client.schemas.filters import FlowRunFilter, LogFilter, TaskRunFilter
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings
from tidemill.exceptions import MissingResult, ObjectAlreadyExists, ObjectNotFound
from tidemill.settings import temporary_settings


@task
def double(x):
    return 2 * x


@flow(log_prints=True)
def doubles(x=2):
    print("doubling")
    return double(x)


@flow
def fails():
    raise ValueError("no luck")


@flow
def secret():
    return Lock()


@pytest.fixture(autouse=True)
def _no_server(runtime):
    with temporary_settings({"TIDEMILL_API_URL": None}):
        yield


def test_runs_of_this_process_are_there_at_once():
    doubles(21)

    with get_client(sync_client=True) as client:
        (run,) = client.read_flow_runs()
        (task_run,) = client.read_task_runs(task_run_filter=TaskRunFilter(flow_run_id={"any_": [run.id]}))
        lines = client.read_logs(LogFilter(flow_run_id={"any_": [run.id]}))

    assert client.server_type is ServerType.EPHEMERAL
    assert (run.state.is_completed(), run.parameters, run.state.result()) == (True, {"x": 21}, 42)
    assert task_run.state.result() == 42
    assert "doubling" in [line.message for line in lines]


def test_an_error_is_what_the_state_of_a_failed_run_raises():
    fails(return_state=True)

    with get_client(sync_client=True) as client:
        (run,) = client.read_flow_runs(flow_run_filter=FlowRunFilter(state={"type": {"any_": ["FAILED"]}}))

    with pytest.raises(ValueError, match="no luck"):
        run.state.result()


def test_a_value_that_was_not_kept_is_said_to_be_missing():
    secret()

    with get_client(sync_client=True) as client:
        (run,) = client.read_flow_runs()

    with pytest.raises(MissingResult):
        run.state.result()


def test_awaiters_have_the_same():
    async def ask():
        await asyncio.to_thread(doubles)
        async with get_client() as client:
            assert isinstance(client, TidemillClient)
            (run,) = await client.read_flow_runs()
            return await run.state.aresult()

    assert asyncio.run(ask()) == 4


def test_a_client_within_a_flow_sees_the_run_that_it_is_in():
    @flow
    def looking():
        with get_client(sync_client=True) as client:
            return [(run.name, run.state_name) for run in client.read_flow_runs()]

    assert [name for _, name in looking()] == ["Running"]


def test_what_is_refused_has_a_name():
    with get_client(sync_client=True) as client:
        client.create_variable(VariableCreate(name="v", value=1))

        with pytest.raises(ObjectAlreadyExists):
            client.create_variable(VariableCreate(name="v", value=1))
        with pytest.raises(ObjectNotFound) as found:
            client.read_flow_by_name("nobody")

    assert found.value.http_exc.response.status_code == 404


def test_raw_requests_go_the_same_way():
    with get_client(sync_client=True) as client:
        client.create_concurrency_limit("a/b", 1)
        answer = client.request("GET", "/concurrency_limits/tag/{tag}", path_params={"tag": "a/b"})

    assert answer.json()["concurrency_limit"] == 1


def test_with_a_url_it_asks_the_server(store):
    with serving(store) as url, temporary_settings({"TIDEMILL_API_URL": url}):
        with get_client(sync_client=True) as client:
            assert isinstance(client, SyncTidemillClient)
            assert client.server_type is ServerType.SERVER
            client.create_variable(VariableCreate(name="v", value=1))
            assert client.api_healthcheck() is None

    assert store.read_variable_by_name("v").value == 1


def test_at_a_server_too_what_this_process_has_just_recorded_is_there(store, tmp_path):
    @flow
    def looking():
        with get_client(sync_client=True) as client:
            seen = [len(client.read_task_runs()) for n in range(5) if double(n) or True]

        async def ask():
            async with get_client() as client:
                return len(await client.read_task_runs())

        double(5)
        return [*seen, asyncio.run(ask())]

    with serving(store) as url, temporary_settings({"TIDEMILL_API_URL": url}):
        home = RemoteHome(tmp_path / "client", url)
        with in_use(runtime_of(home, EngineSettings())):
            assert looking() == [1, 2, 3, 4, 5, 6]
        home.close()


def test_flows_load_none_of_it():
    program = (
        "import sys; from tidemill import flow, task; "
        "assert not [n for n in sys.modules if n.startswith(('tidemill.client', 'tidemill.wire', 'httpx'))]"
    )

    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_client_for_awaiters_says_how_it_is_entered():
    with pytest.raises(RuntimeError, match="sync_client=True"):
        get_client().__enter__()
