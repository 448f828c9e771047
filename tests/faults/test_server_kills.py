"""A server that is killed at any moment and started again (F11): what it acknowledged is there, flows go on and end right."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from importlib import import_module
from random import Random
from threading import Event, Thread

import pytest

from tests.engine.fixtures import in_use
from tests.postgres import new_database
from tests.serving import free_port
from tests.store.conformance.story import Story
from tidemill import flow, task
from tidemill.api.remote.home import RemoteHome
from tidemill.domain.states import StateType
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings
from tidemill.settings import Settings
from tidemill.store.configured import open_configured
from tidemill.store.migrations import CURRENT
from tidemill.store.sqlite.store import SqliteStore
from tidemill.system.clock import SystemClock

pytestmark = [pytest.mark.faults, pytest.mark.machine]


class Server:
    """A server's process on one port and home, with its data in one database, which is killed and started again."""

    def __init__(self, home, port, database, **environment: str) -> None:
        self._environment = os.environ | {
            "TIDEMILL_HOME": str(home),
            "TIDEMILL_SERVER_DATABASE_CONNECTION_URL": database,
        }
        self._command = [sys.executable, "-m", "tidemill", "server", "start", "--port", str(port)]
        self._port = port
        self.start(**environment)

    def start(self, **environment: str) -> None:
        given = self._environment | environment
        self._process = subprocess.Popen(self._command, env=given, stdout=subprocess.DEVNULL)

    def wait_for_its_end(self) -> int:
        """How it ended by itself."""
        return self._process.wait(60)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def wait_ready(self) -> None:
        clock = SystemClock()
        for _ in range(1000):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self._port}/api/docs", timeout=5).close()
            except OSError:
                assert self._process.poll() is None, "the server did not start"
                clock.sleep(0.02)
            else:
                return
        raise AssertionError("the server did not answer")


@contextmanager
def killed_again_and_again(server, seed):
    """Kill the server at moments that follow from the seed, until the body is over."""
    over, chance, kills = Event(), Random(seed), []

    def kill():
        while not over.wait(chance.uniform(0.05, 0.6)):
            server.kill()
            kills.append(1)
            over.wait(chance.uniform(0, 0.3))
            server.start()
            server.wait_ready()

    thread = Thread(target=kill)
    thread.start()
    try:
        yield kills
    finally:
        over.set()
        thread.join()


@task
def add(number):
    return number + 1


@flow
def mapped(size):
    return sum(add.map(range(size)).result())


@flow
def in_turn(rounds):
    total = 0
    for _ in range(rounds):
        for _ in range(20):
            total = add(total)
        total += mapped(10)
    return total


@pytest.mark.parametrize("kept_in", ["sqlite", "postgres"])
def test_F11_flows_end_right_while_their_server_is_killed_again_and_again(tmp_path, full_faults, kept_in):
    for seed in range(12 if full_faults else 1):
        folder = tmp_path / str(seed)
        one_seed(folder, seed, a_database(kept_in, folder))


def a_database(kept_in, folder):
    return new_database("killed") if kept_in == "postgres" else f"sqlite:///{folder / 'server' / 'tidemill.db'}"


def one_seed(folder, seed, database):
    port, rounds = free_port(), 25
    server = Server(folder / "server", port, database)
    server.wait_ready()
    home = RemoteHome(folder / "client", f"http://127.0.0.1:{port}/api")
    try:
        with killed_again_and_again(server, seed) as kills, in_use(runtime_of(home, EngineSettings())):
            ended = [in_turn(rounds)]
            for _ in range(40):
                if len(kills) >= 2:
                    break
                ended.append(in_turn(rounds))
        home.recorder.wait_applied()
        home.close()
    finally:
        server.kill()

    with opened(database) as store:
        if isinstance(store, SqliteStore):
            store.check()
        runs = store.find_flow_runs(limit=-1)
        tasks = store.count_task_runs()
    said = f"seed {seed}, {len(kills)} kills"
    assert {run.state_type for run in runs} == {StateType.COMPLETED}, said
    assert len(runs) == len(ended) * (1 + rounds), said
    assert len(set(ended)) == 1, said
    assert tasks[StateType.COMPLETED] == len(ended) * rounds * (20 + 10 + 1), said


def opened(database):
    return open_configured(Settings(server={"database": {"connection_url": database}}).server.database)


@pytest.mark.parametrize("kept_in", ["sqlite", "postgres"])
def test_F11_the_next_start_goes_on_where_a_server_was_killed_in_a_step_of_the_schema(tmp_path, kept_in):
    database = a_database(kept_in, tmp_path)
    maintaining = import_module(f"tidemill.store.{kept_in}.maintaining")
    address = tmp_path / "server" / "tidemill.db" if kept_in == "sqlite" else database
    (tmp_path / "server").mkdir()
    with opened(database) as store:
        run = Story(store).running("before")
    maintaining.migrate_to(address, 5)

    server = Server(tmp_path / "server", free_port(), database, TIDEMILL_FAIL="store.in_step:3:kill")
    assert server.wait_for_its_end() == -signal.SIGKILL
    assert maintaining.version_of(address) == {"sqlite": 5, "postgres": 7}[kept_in]  # all at once; one by one
    server.start()
    server.wait_ready()
    server.kill()

    assert maintaining.version_of(address) == CURRENT
    with opened(database) as store:
        assert store.read_flow_run(run).name == "before"
