"""Whatever is asked of whatever there is: both databases answer alike, in the same order."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import inspect

from tests.conftest import FULL
from tests.store.conformance.told import KINDS, NOW, SECOND, Teller, an_id
from tests.store.deployed import Deployed
from tidemill.domain.limits import ConcurrencyLimit
from tidemill.domain.readiness import Patience
from tidemill.domain.states import from_us
from tidemill.store.nouns import Wanted
from tidemill.wire import filters
from tidemill.wire.artifacts import Artifact, ArtifactCollectionSort, ArtifactSort
from tidemill.wire.deployments import DeploymentSort
from tidemill.wire.flow_runs import FlowRunSort
from tidemill.wire.flows import FlowSort
from tidemill.wire.logs import LogCreate, LogSort
from tidemill.wire.task_runs import TaskRunSort
from tidemill.wire.variables import Variable, VariableSort
from tidemill.wire.work_queues import WorkQueueResponse

from .backends import FRESH

NAMES = ["a", "A", "é", "É", "a_b", "axb", "a%b", "a\\b", "İ", "ß", "ǆ"]
PARTS = [*NAMES, "", "%", "_", "\\", "b", "ss", "nothing"]
TAGS = ["x", "y", "é", '"', "x y"]
IDS = [an_id(name) for name in (*NAMES, "nobody")]
MOMENTS = [from_us(NOW + seconds * SECOND) for seconds in (-5, 0, 3, 7, 60)]
LATER = NOW + 10_000 * SECOND


def filled(store):
    """With runs, deployments, queues, variables, artifacts and log lines; the same ones in each store."""
    teller = Teller(store)
    deployed = Deployed(store)
    deployments = []
    for place, name in enumerate(NAMES):
        moment = from_us(NOW + place % 4 * SECOND)
        tags = TAGS[: place % 5]
        deployments.append(deployed.deployment(name))
        store.update_deployment(deployments[-1], {"tags": tags, "paused": place % 3 == 0}, NOW)
        if place % 2:
            store.limit_deployment(deployments[-1], place, NOW, limit_id=an_id(f"limit {name}"))
        queue = WorkQueueResponse(id=an_id(name), name=name, created=moment, updated=moment)
        store.create_work_queue("pool", queue, priority=None)
        store.create_variable(Variable(id=an_id(name), name=name, value=1, tags=tags, created=moment, updated=moment))
        limit = ConcurrencyLimit(id=an_id(name), name=name, limit=1, active_slots=0, created=moment, updated=moment)
        store.create_limit(limit, NOW)
        flow = teller.flow(name, tags)
        run = teller.flow_run(
            flow, KINDS[place % len(KINDS)], name, tags=tags, deployment_id=deployments[-1] if place % 3 else None
        )
        task = teller.task_run(run, name, kind=KINDS[(place + 3) % len(KINDS)], tags=tags)
        key, kind = (name if place % 3 else None), (None if place % 4 else "table")
        made = Artifact(
            id=an_id(name), key=key, type=kind, flow_run_id=run, task_run_id=task, created=moment, updated=moment
        )
        store.create_artifact(made, an_id(f"collection {name}"), NOW)
        line = LogCreate(
            flow_run_id=run if place % 2 else None,
            task_run_id=task if place % 3 else None,
            level=10 * (place % 5),
            message=f"It's {name} {name}",
            name=name,
            timestamp=moment,
        )
        store.write_logs([line])
    return store


@pytest.fixture(scope="module")
def stores():
    opened = [make() for make in FRESH.values()]
    yield [filled(store) for store in opened]
    for store in opened:
        store.close()


_VALUES = {
    UUID: st.sampled_from([UUID(id_) for id_ in IDS]),
    datetime: st.sampled_from(MOMENTS),
    bool: st.booleans(),
    int: st.integers(-1, 45) | st.sampled_from([2**63 - 1, -(2**63)]),
    str: st.sampled_from([*PARTS, *TAGS]),
}


def any_of(kind):
    """What may stand in a field of a filter."""
    if isinstance(kind, inspect.UnionType):
        return st.one_of([any_of(one) for one in kind.types])
    if isinstance(kind, inspect.StructType):
        return any_filter(kind.cls)
    if isinstance(kind, inspect.ListType):
        return st.lists(any_of(kind.item_type), max_size=3)
    if isinstance(kind, inspect.EnumType):
        return st.sampled_from(list(kind.cls))
    found = {
        inspect.UUIDType: UUID, inspect.DateTimeType: datetime, inspect.BoolType: bool, inspect.IntType: int,
        inspect.StrType: str,
    }  # fmt: skip
    return st.none() if isinstance(kind, inspect.NoneType) else _VALUES[found[type(kind)]]


def any_filter(kind):
    """A filter, of which some fields are set."""
    fields = {field.name: any_of(field.type) for field in inspect.type_info(kind).fields}
    needed = {field.name: fields.pop(field.name) for field in inspect.type_info(kind).fields if field.required}
    return st.fixed_dictionaries(needed, optional=fields).map(lambda given: kind(**given))


def wanted():
    """A question over several kinds of things, few of which say something."""
    kinds = {
        "flows": filters.FlowFilter, "flow_runs": filters.FlowRunFilter, "task_runs": filters.TaskRunFilter,
        "deployments": filters.DeploymentFilter, "work_pools": filters.WorkPoolFilter,
        "work_queues": filters.WorkQueueFilter,
    }  # fmt: skip
    named = st.sets(st.sampled_from(sorted(kinds)), max_size=2)
    drawn = named.flatmap(lambda some: st.fixed_dictionaries({name: any_filter(kinds[name]) for name in some}))
    return drawn.map(lambda given: Wanted(**given))


#: What is asked, how it is given, and in which orders.
QUESTIONS = {
    "list_flows": ([wanted()], {}, FlowSort),
    "list_flow_runs": ([wanted()], {"now": LATER}, FlowRunSort),
    "list_task_runs": ([wanted()], {"now": LATER}, TaskRunSort),
    "find_deployments": ([wanted()], {"now": LATER, "patience": Patience()}, DeploymentSort),
    "find_variables": ([any_filter(filters.VariableFilter)], {}, VariableSort),
    "find_artifacts": ([any_filter(filters.ArtifactFilter), wanted()], {}, ArtifactSort),
    "find_latest_artifacts": ([any_filter(filters.ArtifactCollectionFilter), wanted()], {}, ArtifactCollectionSort),
    "find_log_lines": ([any_filter(filters.LogFilter)], {}, LogSort),
}


@pytest.mark.parametrize("question", QUESTIONS)
@settings(max_examples=60 if FULL else 15, deadline=None)
@given(data=st.data())
def test_both_databases_answer_alike(stores, question, data):
    asked, more, sorts = QUESTIONS[question]
    given = [data.draw(one) for one in asked]
    page = {"limit": data.draw(st.integers(0, 12)), "offset": data.draw(st.integers(0, 5))}
    sort = data.draw(st.sampled_from(list(sorts)))

    one, other = (msgspec.json.encode(getattr(store, question)(*given, sort=sort, **page, **more)) for store in stores)

    assert one == other
