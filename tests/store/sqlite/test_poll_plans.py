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
        self.statements: list[str] = []

    def watch(self) -> None:
        with self.connections.writing() as writer:
            writer.connection.exec_trace = self._plan
        with self.connections.reading() as reader:
            reader.connection.exec_trace = self._plan

    def _plan(self, cursor, sql, bindings) -> bool:
        if re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)", sql):
            self.statements.append(sql)
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


BUDGET = {
    "hand out": (HOT["hand out"][0], 6),
    "runner": (HOT["runner"][0], 2),
    "schedule": (HOT["schedule"][0], 4 + 2 * 3),
    "deployments": (HOT["deployments"][0], 3),
    "count deployments": (lambda a: a.store.count_deployments(), 1),
    "heartbeat": (
        lambda a: a.store.heard_of_worker("pool", "w", 10, id_=a.deployed.new_id(), now=NOW, patience=PATIENCE),
        2,
    ),
    "pool": (lambda a: a.store.read_work_pool("pool", NOW), 2),
    "pools": (lambda a: a.store.find_work_pools(now=NOW, limit=9), 2),
    "queues": (lambda a: a.store.find_work_queues(pool_name="pool", now=NOW, patience=PATIENCE, limit=9), 2),
    "workers": (lambda a: a.store.find_workers("pool", now=NOW, limit=9), 2),
}


@pytest.mark.parametrize("name", BUDGET)
def test_how_often_the_database_is_asked(asked, name):
    act, most = BUDGET[name]
    act(asked)

    assert len(asked.statements) <= most, asked.statements


def test_many_deployments_cost_no_more_than_one(asked):
    for number in range(10):
        deployment = asked.deployed.deployment(f"number {number}")
        asked.store.limit_deployment(deployment, 2, NOW, limit_id=asked.deployed.new_id())
    asked.statements.clear()
    asked.store.find_deployments(now=NOW, patience=PATIENCE, sort=DeploymentSort.NAME_ASC, limit=50)

    assert len(asked.statements) == 3
