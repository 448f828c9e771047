"""What workers, runners and the scheduler ask for again and again goes by narrow indexes."""

from __future__ import annotations

import re

import pytest

from tests.store.conformance.story import NOW
from tests.store.deployed import Deployed
from tidemill.domain.readiness import Patience
from tidemill.domain.schedules.planning import Ahead
from tidemill.store.asking import all_rows
from tidemill.store.sqlite.connections import open_file
from tidemill.store.sqlite.store import SqliteStore
from tidemill.wire.deployments import DeploymentSort

PATIENCE = Patience()


class Asked:
    """What SQLite says of how it goes through flow runs, statement by statement."""

    def __init__(self, path) -> None:
        self.connections = open_file(path)
        self.store = SqliteStore(self.connections)
        self.deployed = Deployed(self.store)
        self.ways: list[str] = []

    def watch(self) -> None:
        with self.connections.writing() as writer:
            writer.connection.exec_trace = self._plan
        with self.connections.reading() as reader:
            reader.connection.exec_trace = self._plan

    def _plan(self, cursor, sql, bindings) -> bool:
        if re.match(r"\s*(SELECT|UPDATE|DELETE|WITH)", sql):
            connection = cursor.connection
            connection.exec_trace = None
            for *_, detail in all_rows(connection, f"EXPLAIN QUERY PLAN {sql}", bindings):
                if re.search(r"(SCAN|SEARCH) (flow_run|deployment|deployment_schedule|one)\b", detail):
                    self.ways.append(detail)
            connection.exec_trace = self._plan
        return True


@pytest.fixture
def asked(tmp_path):
    asked = Asked(tmp_path / "home" / "tidemill.db")
    asked.deployment = asked.deployed.deployment()
    asked.deployed.run(asked.deployment)
    asked.store.update_work_pool("pool", {"concurrency_limit": 5}, NOW)
    asked.watch()
    yield asked
    asked.store.close()


HOT = {
    "hand out": (lambda a: a.store.hand_out_runs("pool", now=NOW, limit=10), ["flow_run_busy", "flow_run_due"]),
    "runner": (
        lambda a: a.store.due_of_deployments([a.deployment], now=NOW, limit=10, before=NOW),
        ["flow_run_deployment_due"],
    ),
    "schedule": (
        lambda a: a.store.schedule_runs(a.deployment, NOW, Ahead(), a.deployed.new_id),
        ["flow_run_deployment"],
    ),
    "withdraw": (lambda a: a.store.withdraw_scheduled_runs(a.deployment), ["flow_run_deployment_due"]),
    "holders": (lambda a: a.store.slot_holders(a.deployed.queue.id, now=NOW, limit=5), ["flow_run_busy"]),
    "late": (lambda a: a.store.late_runs_of_queue(a.deployed.queue.id, NOW), ["flow_run_due"]),
    "status": (lambda a: a.store.read_work_pool("pool", NOW), ["flow_run_busy"]),
    "deployments": (
        lambda a: a.store.find_deployments(now=NOW, patience=PATIENCE, sort=DeploymentSort.CREATED_DESC, limit=5),
        ["deployment_created"],
    ),
}


@pytest.mark.parametrize("name", HOT)
def test_goes_by_its_index(asked, name):
    act, indexes = HOT[name]
    act(asked)

    assert not [way for way in asked.ways if way.startswith("SCAN") and " USING " not in way]
    for index in indexes:
        assert any(re.search(rf"INDEX {index}\b", way) for way in asked.ways), (index, asked.ways)
