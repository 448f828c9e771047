"""Hot queries go by an index: nothing walks through a table that grows."""

from __future__ import annotations

import re
from uuid import UUID

import msgspec
import pytest

from tests.store.conformance.story import NOW, Story, an_id, ended, line, started, state
from tidemill.domain.limits import SlotRequest
from tidemill.domain.runs import Condition, Operator, any_of
from tidemill.domain.states import StateType, from_us
from tidemill.store.asking import all_rows
from tidemill.store.sqlite.connections import open_file
from tidemill.store.sqlite.store import SqliteStore
from tidemill.store.tailing import Tail
from tidemill.wire.artifacts import Artifact, ArtifactCollectionSort, ArtifactSort
from tidemill.wire.events import (
    EventAnyResourceFilter,
    EventFilter,
    EventIDFilter,
    EventNameFilter,
    EventOccurredFilter,
    EventRelatedFilter,
    EventResourceFilter,
    ToldEvent,
)
from tidemill.wire.filters import ArtifactCollectionFilter, ArtifactFilter
from tidemill.wire.logs import LogCreate
from tidemill.wire.operators import Ids, Keys

BIG = {
    "artifact",
    "artifact_collection",
    "block_document",
    "block_document_reference",
    "block_secret",
    "concurrency_slot",
    "event",
    "event_related",
    "flow_run",
    "flow_run_state",
    "late_report",
    "log",
    "producer",
    "task_run",
}
RUN = an_id("run")


class Plans:
    """Asks SQLite for the plan of everything a store runs, and keeps the walks through big tables."""

    def __init__(self, path) -> None:
        self.connections = open_file(path)
        self.store = SqliteStore(self.connections)
        self.walks: list[str] = []

    def watch(self) -> None:
        with self.connections.writing() as writer:
            writer.connection.exec_trace = self._plan
        with self.connections.reading() as reader:
            reader.connection.exec_trace = self._plan

    def _plan(self, cursor, sql, bindings) -> bool:
        if re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)", sql):
            connection = cursor.connection
            connection.exec_trace = None
            for *_, detail in all_rows(connection, f"EXPLAIN QUERY PLAN {sql}", bindings):
                walk = re.match(r"SCAN (\w+)( USING (COVERING )?INDEX)?", detail)
                if walk and walk[1] in BIG and not walk[2]:
                    self.walks.append(f"{detail}: {sql}")
            connection.exec_trace = self._plan
        return True


@pytest.fixture
def plans(tmp_path):
    plans = Plans(tmp_path / "home" / "tidemill.db")
    Story(plans.store).running()
    plans.watch()
    yield plans
    plans.store.close()


def an_event(name, about, *, related=(), payload=None):
    return ToldEvent(
        event=name,
        id=an_id(name),
        occurred=from_us(NOW),
        resource={"prefect.resource.id": about},
        related=list(related),
        payload=msgspec.Raw(msgspec.json.encode(payload or {})),
    )


def a_task_run_event(run):
    return an_event(
        "prefect.task-run.Running",
        f"prefect.task-run.{an_id('told')}",
        related=[{"prefect.resource.id": f"prefect.flow-run.{run}", "prefect.resource.role": "flow-run"}],
        payload={
            "task_run": {"task_key": "k", "dynamic_key": "0"},
            "validated_state": {"type": "RUNNING", "name": "Running"},
        },
    )


HOT = {
    "apply": lambda s: Story(s, "p").tell(
        started(RUN), ended(RUN), started(RUN, "b"), state(RUN, "RUNNING", at=5), line(RUN, "x")
    ),
    "apply an end": lambda s: Story(s, "p").tell(ended(RUN, "b")),
    "read by id": lambda s: s.read_flow_run(RUN),
    "read by prefix": lambda s: s.read_flow_run(RUN[:8]),
    "read by name": lambda s: s.read_flow_run("run"),
    "newest": lambda s: s.find_flow_runs(limit=10),
    "by state": lambda s: s.find_flow_runs([any_of("state_type", "RUNNING")]),
    "by flow": lambda s: s.find_flow_runs([any_of("flow_name", "etl")]),
    "since": lambda s: s.find_flow_runs([Condition("expected_start_time", Operator.AFTER, from_us(NOW))]),
    "states": lambda s: s.flow_run_states(RUN),
    "subflows": lambda s: s.subflow_runs(RUN),
    "task runs": lambda s: s.find_task_runs([any_of("flow_run_id", RUN)]),
    "count task runs": lambda s: s.count_task_runs([any_of("flow_run_id", RUN)]),
    "calls": lambda s: list(s.recorded_calls(RUN)),
    "logs": lambda s: s.read_logs([any_of("flow_run_id", RUN)]),
    "task logs": lambda s: s.read_logs([any_of("task_run_id", an_id("task"))]),
    "crash": lambda s: s.crash_runs_of("producer-1", NOW, "x"),
    "claim": lambda s: s.claim_flow_run(RUN, "producer-2", NOW, allow=frozenset(StateType)),
    "unfinished": lambda s: s.unfinished_runs_of("producer-1"),
    "ended": lambda s: s.ended_producers(["p"]),
    "unfinished roots": lambda s: s.unfinished_root_runs(),
    "lapsed": lambda s: s.lapsed_producers(NOW),
    "delete": lambda s: s.delete_flow_run(RUN),
    "prune": lambda s: s.delete_flow_runs_ended_before(NOW),
    "slots": lambda s: (
        s.acquire_slots(SlotRequest(lease_id="a", names=["x"], slots=1, holder="h", now=NOW, lease_until=NOW + 1)),
        s.renew_slots("a", NOW, NOW + 1),
        s.release_slots("a"),
    ),
    "slots over HTTP": lambda s: (
        s.lease_slots(SlotRequest(lease_id="a", names=["x"], slots=1, holder="h", now=NOW, lease_until=NOW + 1)),
        s.renew_lease("a", NOW, NOW + 1),
        s.end_lease("a", NOW),
        s.slots_held("limit", NOW),
        s.give_back_slots(["x"], 1, NOW, None),
    ),
    "artifacts": lambda s: (
        s.create_artifact(Artifact(id=an_id("a"), key="k", created=from_us(NOW), updated=from_us(NOW)), "c", NOW),
        s.latest_artifact("k"),
        s.find_artifacts(ArtifactFilter(flow_run_id=Ids(any_=[UUID(RUN)])), sort=ArtifactSort.ID_DESC, limit=9),
        s.find_artifacts(ArtifactFilter(key=Keys(any_=["k"])), sort=ArtifactSort.ID_DESC, limit=9),
        s.find_latest_artifacts(
            ArtifactCollectionFilter(key=Keys(any_=["k"])), sort=ArtifactCollectionSort.ID_DESC, limit=9
        ),
        s.delete_artifact(an_id("a")),
    ),
    "events told": lambda s: s.take_events([an_event("a.b", "x.1"), a_task_run_event(RUN)], NOW),
    "events": lambda s: s.find_events(EventFilter(), limit=50),
    "events since": lambda s: s.find_events(
        EventFilter(occurred=EventOccurredFilter(since=from_us(NOW)), event=EventNameFilter(prefix=["shop."])), limit=50
    ),
    "events about": lambda s: s.find_events(
        EventFilter(resource=EventResourceFilter(id=[f"prefect.flow-run.{RUN}", "shop.1"])), limit=50
    ),
    "events of a run": lambda s: s.find_events(
        EventFilter(any_resource=EventAnyResourceFilter(id=[f"prefect.flow-run.{RUN}"])), limit=50
    ),
    "events of a run in a role": lambda s: s.find_events(
        EventFilter(related=EventRelatedFilter(id=[f"prefect.flow-run.{RUN}", "shop.1"], role=["flow-run"])), limit=50
    ),
    "events that came into a state": lambda s: s.find_events(
        EventFilter(resource=EventResourceFilter(labels={"prefect.state-type": "FAILED"})), limit=50
    ),
    "events with a label of a related one": lambda s: s.find_events(
        EventFilter(related=EventRelatedFilter(role=["flow"], labels={"prefect.resource.name": "etl"})), limit=50
    ),
    "events by id": lambda s: s.find_events(EventFilter(id=EventIDFilter(id=[UUID(an_id("e"))])), limit=50),
    "events followed": lambda s: s.follow_events(Tail("event"), 0, limit=50),
    "log lines written": lambda s: s.write_logs(
        [LogCreate(level=20, message="x", name="x", timestamp=from_us(NOW), flow_run_id=UUID(RUN))]
    ),
    "log lines followed": lambda s: s.follow_logs(Tail("log"), 0, None, limit=50),
    "task runs lent": lambda s: (s.some_to_lend(["mod.task"], NOW), s.lend_task_run(["mod.task"], "c", NOW, until=NOW)),
    "blocks": lambda s: (
        s.block_documents([an_id("a")]),
        s.block_references([an_id("a")]),
        s.block_secrets([an_id("a")]),
        s.sealed_rows("", 9),
    ),
}


@pytest.mark.parametrize("name", HOT)
def test_goes_by_an_index(plans, name):
    HOT[name](plans.store)
    assert plans.walks == []


def test_a_walk_would_be_seen(plans):
    plans.store.read_logs([Condition("message", Operator.LIKE, "x")])
    plans.store.find_task_runs(
        [any_of("name", "x")], order=__import__("tidemill.domain.runs").domain.runs.Order("name")
    )
    assert plans.walks
