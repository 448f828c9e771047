"""A store that is full of runs, and whatever may be asked of it."""

from __future__ import annotations

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.conftest import FULL
from tests.store.conformance.told import KINDS, NOW, SECOND, an_id, crowd
from tidemill.domain.states import from_us

LATER = NOW + 10_000 * SECOND


class World:
    """A store that is full, and all that is in it as plain data."""

    def __init__(self, store):
        self.store = store
        crowd(store)
        self.flows = plain(store.list_flows(limit=100))
        self.flow_runs = plain(store.list_flow_runs(now=LATER, limit=1000))
        self.task_runs = plain(store.list_task_runs(now=LATER, limit=1000))


def plain(things):
    return msgspec.json.decode(msgspec.json.encode(things))


ids = st.sampled_from([an_id("d1"), an_id("d2"), an_id("nobody")])
names = st.sampled_from(["alpha", "Beta", "gamma_1", "a%b", "run-3", "nothing"])
parts = st.sampled_from(["a", "A", "_", "%", "run", "BETA", "\\", ""])
tag_lists = st.lists(st.sampled_from(["x", "y", "z", "none"]), max_size=2)
times = st.integers(-100, 100).map(lambda s: from_us(NOW + s * SECOND).isoformat())
flags = st.booleans()
operators = st.sampled_from(["and_", "or_"])
kinds = st.lists(st.sampled_from([kind.value for kind in KINDS]), max_size=3)
state_names = st.lists(st.sampled_from(["Running", "Completed", "Scheduled", "Other"]), max_size=2)


def some(**fields):
    return st.fixed_dictionaries({}, optional=fields)


def listed(values):
    return st.lists(values, max_size=3)


tags_ = some(operator=operators, all_=tag_lists, any_=tag_lists, is_null_=flags)
task_tags = some(operator=operators, all_=tag_lists, is_null_=flags)
times_ = some(after_=times, before_=times)
times_or_null = some(after_=times, before_=times, is_null_=flags)
texts = st.sampled_from(["v1", "v2", "default", "fast", "x"])
keys = st.sampled_from(["key-0-5", "key-1-1", "key-2-12", "no"])


def flow_run_filters(world):
    known = st.sampled_from([run["id"] for run in world.flow_runs] + [an_id("nobody")])
    standing = st.sampled_from([run["parent_task_run_id"] or an_id("nobody") for run in world.flow_runs])
    return some(
        operator=operators,
        id=some(any_=listed(known), not_any_=listed(known)),
        name=some(any_=listed(names), like_=parts),
        tags=tags_,
        deployment_id=some(operator=operators, any_=listed(ids), is_null_=flags),
        work_queue_name=some(operator=operators, any_=listed(texts), is_null_=flags),
        state=some(
            operator=operators, type=some(any_=kinds, not_any_=kinds), name=some(any_=state_names, not_any_=state_names)
        ),
        flow_version=some(any_=listed(texts)),
        start_time=times_or_null,
        end_time=times_or_null,
        expected_start_time=times_,
        next_scheduled_start_time=times_,
        parent_flow_run_id=some(operator=operators, any_=listed(known)),
        parent_task_run_id=some(operator=operators, any_=listed(standing), is_null_=flags),
        idempotency_key=some(any_=listed(keys), not_any_=listed(keys)),
        created_by=some(
            operator=operators,
            id_=listed(st.sampled_from([an_id("who"), an_id("it")])),
            type_=listed(st.sampled_from(["USER", "AUTOMATION"])),
            is_null_=flags,
        ),
    )


def task_run_filters(world):
    known = st.sampled_from([run["id"] for run in world.task_runs])
    runs = st.sampled_from([run["id"] for run in world.flow_runs])
    return some(
        operator=operators,
        id=some(any_=listed(known)),
        name=some(any_=listed(st.sampled_from(["t-0", "u-1"])), like_=parts),
        tags=task_tags,
        state=some(operator=operators, type=some(any_=kinds), name=some(any_=state_names)),
        start_time=times_or_null,
        end_time=times_or_null,
        expected_start_time=times_,
        subflow_runs=some(exists_=flags),
        flow_run_id=some(operator=operators, any_=listed(runs), is_null_=flags),
    )


flow_filters = some(
    operator=operators,
    name=some(any_=listed(st.sampled_from(["etl", "Report", "no"])), like_=parts),
    tags=task_tags,
)


def told(kind, given):
    return None if given is None else msgspec.convert(given, kind, strict=False)


many = settings(
    max_examples=60 if FULL else 25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
