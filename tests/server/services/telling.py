"""Tells a store what clients of the REST API do, and lets services look at it."""

from __future__ import annotations

from uuid import UUID

from tests.store.conformance.story import NOW, SECOND, an_id
from tests.store.deployed import Deployed
from tidemill.domain.orchestration.proposals import proposed_state
from tidemill.domain.states import StateDetails, StateType, from_us
from tidemill.server.judging import own_circumstances
from tidemill.server.services.service import Pass
from tidemill.settings import Settings
from tidemill.store.made_flow_runs import NewFlowRun
from tidemill.store.made_task_runs import NewTaskRun
from tidemill.wire.events import Event

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_SETTINGS = Settings()


def turn(store, now: int, *, led_since: int = 0) -> Pass:
    """A pass that nobody else could be at."""

    def write(unit):
        with store.together():
            return unit()

    return Pass(store, now, led_since, write, own_circumstances(_SETTINGS, now))


def run_until_done(service, store, now: int, *, led_since: int = 0) -> int:
    """Passes until one does not want another at once; how many those were."""
    passes = 1
    while (again := service.run_once(turn(store, now, led_since=led_since))) is not None and again <= now + SECOND // 2:
        passes += 1
        assert passes < 1000
    return passes


class Told(Deployed):
    """What clients tell."""

    def flow_run(self, name="run", kind=StateType.RUNNING, at=NOW, *, deployment=None, parent=None, **details) -> str:
        """The id of a flow run that came into a state at a moment."""
        new = NewFlowRun(
            id=an_id(f"told {name}"), flow_id=self.flow, name=name, deployment_id=deployment, parent_task_run_id=parent,
            work_queue_id=self.pool.default_queue_id if deployment else None,
        )  # fmt: skip
        state = proposed_state(kind, None, now_us=at, details=StateDetails(**details))
        return self.store.make_flow_run(new, state, self._around(at))[0].id

    def task_run(self, flow_run: str | None, name="task", kind=StateType.RUNNING, at=NOW, **details) -> str:
        """The id of a task run that came into a state at a moment."""
        new = NewTaskRun(
            id=an_id(f"told task {name}"), flow_run_id=flow_run, name=name, task_key=name, dynamic_key=name
        )
        state = proposed_state(kind, None, now_us=at, details=StateDetails(**details))
        return self.store.make_task_run(new, state, self._around(at))[0].id

    def proposes(self, flow_run: str, kind: StateType, at=NOW, *, force=False, **details) -> str:
        """What a client wants; the status that is answered."""
        state = proposed_state(kind, None, now_us=at, details=StateDetails(**details))
        return self.store.propose_flow_run_state(flow_run, state, self._around(at), force=force).status

    def task_proposes(self, task_run: str, kind: StateType, at=NOW) -> str:
        state = proposed_state(kind, None, now_us=at)
        return self.store.propose_task_run_state(task_run, state, self._around(at)).status

    def beats(self, flow_run: str, *moments: int) -> None:
        for moment in moments:
            told = Event(
                id=UUID(an_id(f"beat {flow_run} {moment}")),
                event="prefect.flow-run.heartbeat",
                occurred=from_us(moment),
                resource={"prefect.resource.id": f"prefect.flow-run.{flow_run}"},
            )
            self.store.take_events([told], moment)

    def state_of(self, flow_run: str) -> str:
        return self.store.read_flow_run(flow_run).state.name

    def task_state_of(self, task_run: str, now: int = NOW) -> str:
        return self.store.get_task_run(task_run, now).state.name

    @staticmethod
    def _around(now: int):
        return own_circumstances(_SETTINGS, now)
