"""S3: a process that was started for a run has a token for it, and no key."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.serving import free_port, serving
from tidemill.api.remote.home import RemoteHome
from tidemill.api.remote.login import Login
from tidemill.domain.api_keys import ApiKey
from tidemill.domain.entries import LogWritten, RootHeld, encode
from tidemill.domain.run_tokens import RunBound, producer_prefix
from tidemill.domain.runs import any_of
from tidemill.domain.states import StateType
from tidemill.server.auth.keys import make_key
from tidemill.store.errors import RunHeldError
from tidemill.store.sqlite.store import SqliteStore

KEY = make_key(b"worker".ljust(40, b"."))
BEARER = {"Authorization": f"Bearer {KEY.text()}"}
SECRET = re.compile(rb"tmr_[0-9a-f]{32}_[0-9a-f]+_\w+_[0-9a-f]{64}")
CODE = """
from uuid import UUID

from tidemill import flow, get_run_logger, task
from tidemill.client.orchestration import get_client
from tidemill.settings import get_current_settings


@task
def double(number):
    get_run_logger().info("doubling by %r", get_current_settings().api)
    return 2 * number


@task
def meddle():
    with get_client(sync_client=True) as client:
        client.delete_flow_run(UUID(int=1))


@flow(log_prints=True)
def nightly(number=20):
    print("at work", get_current_settings().api.key.get_secret_value())
    refused = meddle(return_state=True)
    assert refused.is_failed() and "403" in str(refused.message), refused
    return double(number) + 2
"""


POOLED = """
import json
from uuid import UUID

from tidemill import flow, task
from tidemill.client.orchestration import get_client
from tidemill.concurrency.sync import concurrency
from tidemill.settings import get_current_settings
from tidemill.task_runners import ProcessPoolTaskRunner


def asks_with():
    return get_current_settings().api.key.get_secret_value().split("_")[0]


@flow
def below():
    return asks_with()


@task(log_prints=True)
def in_a_process(number):
    print("in a process with", get_current_settings().api.key.get_secret_value())
    with concurrency("few", occupy=1):
        return asks_with(), below()


@task
def meddle():
    with get_client(sync_client=True) as client:
        client.delete_flow_run(UUID(int=1))


@flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
def pooled():
    seen = {asked for future in in_a_process.map([1, 2, 3]) for asked in future.result()}
    meddling = meddle.submit()
    meddling.wait()
    return asks_with(), sorted(seen), meddling.state.message


if __name__ == "__main__":
    print(json.dumps(pooled()))
"""


@pytest.fixture
def store(tmp_path):
    with SqliteStore.open(tmp_path / "server" / "tidemill.db") as store:
        yield store


@pytest.fixture
def url(store):
    given = {"id": KEY.id, "name": "worker", "digest": KEY.digest(), "scopes": ("runner",), "created_us": 1}
    store.put_api_key(ApiKey(**given))
    with serving(store) as url:
        yield url


@pytest.fixture
def worker(url, tmp_path):
    """A process with a key, which takes runs for others to execute."""
    home = RemoteHome(tmp_path / "worker", url, login=Login(BEARER))
    yield home
    home.close()


def scheduled(url: str) -> str:
    with httpx.Client(base_url=url, headers=BEARER) as client:
        flow = client.post("/flows/", json={"name": "nightly"}).json()
        made = client.post("/flow_runs/", json={"flow_id": flow["id"], "state": {"type": "SCHEDULED"}})
        return made.json()["id"]


def executed(url: str, run: str, token: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    code = tmp_path / "nightly.py"
    code.write_text(CODE)
    asked = [sys.executable, "-m", "tidemill", "flow-run", "resume", run, "--entrypoint", f"{code}:nightly"]
    return process(asked, url, token, tmp_path)


def process(asked: list[str], url: str, key: str, tmp_path: Path, **more: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("TIDEMILL_", "PREFECT_"))}
    env |= {
        "TIDEMILL_API_URL": url,
        "TIDEMILL_API_KEY": key,
        "TIDEMILL_HOME": str(tmp_path / "executing"),
        "TIDEMILL_LOGGING_LEVEL": "DEBUG",
        "TIDEMILL_DEBUG_MODE": "1",
    }
    env |= more
    return subprocess.run(asked, env=env, capture_output=True, text=True, timeout=120)


def test_S3_a_run_is_executed_by_a_process_that_has_its_token_alone(url, store, worker, tmp_path):
    run = scheduled(url)
    claim = worker.store.claim_flow_run(
        run, worker.recorder.producer, worker.clock.now_us(), allow=[StateType.SCHEDULED]
    )
    token = worker.run_token(run, claim.epoch)

    said = executed(url, run, token, tmp_path)

    assert said.returncode == 0, said.stdout[-3000:] + said.stderr[-4000:]
    assert store.read_flow_run(run).state_type is StateType.COMPLETED
    assert store.run_lease(run).epoch == claim.epoch
    assert store.count_task_runs([any_of("flow_run_id", run)]) == {StateType.COMPLETED: 1, StateType.FAILED: 1}
    messages = [line.message for line in store.read_logs([any_of("flow_run_id", run)])]
    assert "at work ********" in messages
    assert late_reports(store) == 0
    assert nobody_kept(token, said, tmp_path, messages)
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}) as client:
        assert client.get(f"/flow_runs/{run}").status_code == 401  # the process gave the lease up as it ended


def late_reports(store) -> int:
    with store._connections.reading() as session:
        return session.execute("SELECT count(*) FROM late_report").fetchall()[0][0]


def nobody_kept(token: str, said: subprocess.CompletedProcess[str], tmp_path: Path, messages: list[str]) -> bool:
    """Whether the token's secret stands nowhere: in no output, log line, journal, database or other file."""
    secret = token.split("_")[5]
    assert secret not in said.stdout + said.stderr + "".join(messages)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 4
    return not any(secret.encode() in path.read_bytes() for path in files)


def test_S3_a_second_process_with_the_same_token_does_not_get_the_run(url, store, worker, tmp_path):
    run = scheduled(url)
    claim = worker.store.claim_flow_run(
        run, worker.recorder.producer, worker.clock.now_us(), allow=[StateType.SCHEDULED]
    )
    login = Login({"Authorization": f"Bearer {worker.run_token(run, claim.epoch)}"})
    from dataclasses import replace as changed

    login = changed(login, run_bound=RunBound(run, claim.epoch))
    first, second = (RemoteHome(tmp_path / name, url, login=login) for name in ("first", "second"))

    took = first.store.claim_flow_run(run, first.recorder.producer, 0, allow=[StateType.SCHEDULED])
    again = first.store.claim_flow_run(run, first.recorder.producer, 0, allow=[StateType.SCHEDULED])

    assert took == again == claim
    with pytest.raises(RunHeldError, match="which was started for it"):
        second.store.claim_flow_run(run, second.recorder.producer, 0, allow=[StateType.SCHEDULED])
    assert store.run_lease(run).holder.startswith(producer_prefix(run, claim.epoch))
    first.close()
    second.close()


@pytest.mark.parametrize(("tokens", "asked_with", "outcome"), [("true", "tmr", "403"), ("false", "tmk", "404")])
def test_S3_the_processes_of_a_pool_have_a_token_and_no_key_where_that_is_chosen(
    url, store, tmp_path, tokens, asked_with, outcome
):
    code = tmp_path / "pooled.py"
    code.write_text(POOLED)
    chosen = {"TIDEMILL_TASKS_RUNNER_PROCESS_POOL_RUN_TOKENS": tokens}

    said = process([sys.executable, str(code)], url, KEY.text(), tmp_path, **chosen)

    assert said.returncode == 0, said.stdout[-3000:] + said.stderr[-4000:]
    own, seen, refused = json.loads(said.stdout)
    assert (own, seen) == ("tmk", [asked_with])
    assert f"Client error '{outcome} " in said.stderr
    assert refused.startswith("The task raised")
    states = [run.state_type for run in store.find_flow_runs()]
    assert states == [StateType.COMPLETED] * 4
    assert sum(store.count_task_runs().values()) == 7
    assert late_reports(store) == 0
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(SECRET.search(each) for each in [*kept, said.stdout.encode(), said.stderr.encode()])


def said(run: str, message: str) -> LogWritten:
    return LogWritten(run, run, None, "l", 20, 1_700_000_000_000_000, message)


@pytest.mark.parametrize(("taken_over", "taken", "late"), [(False, ["before", "away"], 0), (True, ["before"], 1)])
def test_F12_S3_what_a_run_reported_while_the_server_was_away_is_taken_or_is_a_stale_holders(
    store, tmp_path, taken_over, taken, late
):
    store.put_api_key(ApiKey(id=KEY.id, name="w", digest=KEY.digest(), scopes=("runner",), created_us=1))
    port = free_port()
    folder = tmp_path / "executing"
    with serving(store, port=port) as url:
        run = scheduled(url)
        worker = RemoteHome(tmp_path / "worker", url, login=Login(BEARER))
        claim = worker.store.claim_flow_run(
            run, worker.recorder.producer, worker.clock.now_us(), allow=[StateType.SCHEDULED]
        )
        bearer = {"Authorization": f"Bearer {worker.run_token(run, claim.epoch)}"}
        home = RemoteHome(folder, url, login=Login(bearer, run_bound=RunBound(run, claim.epoch)))
        home.store.claim_flow_run(run, home.recorder.producer, home.clock.now_us(), allow=[StateType.SCHEDULED])
        for entry in (RootHeld(run, claim.epoch), said(run, "before")):
            home.recorder.append(entry.kind, encode(entry))
        home.recorder.wait_applied()
        worker.close()

    home.recorder.append(LogWritten.kind, encode(said(run, "away")))
    if taken_over:
        store.bury_lapsed(home.recorder.producer, home.clock.now_us() + 60_000_000, "it is gone")
    with serving(store, port=port) as url:
        home.close()
        if taken_over:  # what is left is for somebody who has a key
            assert late_reports(store) == 0
            RemoteHome(folder, url, login=Login(BEARER)).close()

    assert [line.message for line in store.read_logs([any_of("flow_run_id", run)])] == taken
    assert late_reports(store) == late
