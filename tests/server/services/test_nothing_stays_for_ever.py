"""I5: when all who were at work are gone, every run comes to an end, or waits for somebody who may still come."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.server.services.telling import HOUR, MINUTE, NOW, SECOND, Told, run_until_done
from tests.store.conformance.backends import over_fresh_stores
from tests.store.conformance.story import Story, an_id, created, started, state
from tidemill.domain.states import TERMINAL_STATES, StateType, from_us
from tidemill.server.services.every import every_service
from tidemill.settings import Settings

CLIENT_STATES = (
    StateType.PENDING, StateType.RUNNING, StateType.PAUSED, StateType.CANCELLING, StateType.CANCELLED,
    StateType.COMPLETED, StateType.FAILED, StateType.SCHEDULED,
)  # fmt: skip
TASK_STATES = (StateType.PENDING, StateType.RUNNING, StateType.COMPLETED, StateType.SCHEDULED)
#: Who waits so is nobody's neglect.
MAY_WAIT = TERMINAL_STATES | {StateType.SCHEDULED, StateType.PAUSED}

#: A run: whether of a deployment, whether within the run before it, the states its client proposes, its task runs.
told_runs = st.tuples(
    st.booleans(),
    st.booleans(),
    st.lists(st.sampled_from(CLIENT_STATES), max_size=3),
    st.lists(st.sampled_from(TASK_STATES), max_size=2),
)
#: A run that a journal reports: how many task runs and subflow runs it has begun, whether it is asked to end.
recorded_runs = st.tuples(st.integers(0, 2), st.booleans(), st.booleans())


def tell(told: Told, number: int, run, above: str | None) -> str:
    deployed, within, states, tasks = run
    call = told.task_run(above, f"call {number}") if within and above else None
    id_ = told.flow_run(
        str(number), StateType.PENDING, deployment=an_id("deployment all") if deployed else None, parent=call
    )  # fmt: skip
    for at, kind in enumerate(states, 1):
        details = {"pause_timeout": from_us(NOW + HOUR)} if kind is StateType.PAUSED else {}
        told.proposes(id_, kind, NOW + at * SECOND, **details)
    for at, kind in enumerate(tasks):
        told.task_run(id_, f"task {number} {at}", kind)
    told.beats(id_, NOW + SECOND)
    return id_


def record(store, number: int, run) -> str:
    tasks, within, cancelled = run
    story = Story(store, an_id(f"producer {number}")).alive(NOW + 20 * SECOND)
    root = story.running(f"recorded {number}")
    for task in range(tasks):
        story.tell(started(root, f"recorded task {number} {task}"))
    if within:
        child = f"recorded child {number}"
        story.tell(created(child, root=root), state(an_id(child), "RUNNING", root=root))
    if cancelled:
        store.cancel_flow_run(root, NOW)
    return root


@over_fresh_stores
@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # each takes seconds, and says what stayed
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(runs=st.lists(told_runs, max_size=3), recorded=st.lists(recorded_runs, max_size=2))
def test_i5_when_the_faults_stop_every_run_is_over_or_waits(fresh_store, runs, recorded):
    with fresh_store() as store:
        told = Told(store)
        told.deployment("all")
        above = None
        for number, run in enumerate(runs):
            above = tell(told, number, run, above)
        for number, run in enumerate(recorded):
            record(store, number, run)

        services = [one for one in every_service(Settings()) if one.name not in {"scheduler", "db_vacuum"}]
        for step in range(1, 16):
            for service in services:
                run_until_done(service, store, NOW + step * 15 * MINUTE)

        for run in store.list_flow_runs(now=NOW, limit=200):
            assert run.state.type in MAY_WAIT, (run.name, run.state)
            assert run.state.type is not StateType.PAUSED, "its time was up"
        over = {run.id for run in store.list_flow_runs(now=NOW, limit=200) if run.state.type in TERMINAL_STATES}
        standing = {run.parent_task_run_id for run in store.list_flow_runs(now=NOW, limit=200) if run.id not in over}
        for task in store.list_task_runs(now=NOW, limit=200):
            if task.flow_run_id in over and task.id not in standing:
                assert task.state.type in TERMINAL_STATES, (task.name, task.state)
