"""Sets up deployments, pools and queues in a store."""

from __future__ import annotations

from itertools import count

from tests.store.conformance.story import NOW, an_id
from tidemill.domain.orchestration.proposals import proposed_state
from tidemill.domain.states import StateDetails, StateType, from_us
from tidemill.store.judging import Circumstances
from tidemill.store.made_flow_runs import NewFlowRun
from tidemill.wire.deployments import DeploymentResponse
from tidemill.wire.schedules import DeploymentSchedule
from tidemill.wire.work_pools import WorkPoolResponse
from tidemill.wire.work_queues import WorkQueueResponse

HOURLY = {"interval": 3600.0, "anchor_date": "2020-01-01T00:00:00Z", "timezone": None}


class Deployed:
    """A store in which there are a pool, with a queue more, and a deployment with a schedule."""

    def __init__(self, store) -> None:
        self.store = store
        self._numbers = count()
        moment = {"created": from_us(NOW), "updated": from_us(NOW)}
        self.pool = WorkPoolResponse(
            id=an_id("pool"), name="pool", type="process", default_queue_id=an_id("q"), **moment
        )
        store.create_work_pool(self.pool)
        self.queue = WorkQueueResponse(id=an_id("urgent"), name="urgent", **moment)
        store.create_work_queue("pool", self.queue, priority=1)
        self.flow = store.create_flow(an_id("flow"), "flow", [], {}, NOW)[0].id

    def new_id(self) -> str:
        return an_id(f"made {next(self._numbers)}")

    def deployment(self, name: str = "deployment", queue: str | None = None) -> str:
        """Its id. It has one hourly schedule."""
        id_ = an_id(f"deployment {name}")
        moment = {"created": from_us(NOW), "updated": from_us(NOW)}
        self.store.create_deployment(DeploymentResponse(flow_id=self.flow, id=id_, name=name, **moment))
        self.store.update_deployment(id_, {}, NOW, work_queue_id=queue or self.pool.default_queue_id)
        schedule = DeploymentSchedule(id=an_id(f"schedule {name}"), schedule=HOURLY, **moment)
        self.store.add_schedules(id_, [schedule])
        return id_

    def run(self, deployment: str, queue: str | None = None, *, due: int = NOW, kind=StateType.SCHEDULED) -> str:
        """Its id."""
        new = NewFlowRun(
            id=self.new_id(),
            flow_id=self.flow,
            name="run",
            deployment_id=deployment,
            work_queue_id=queue or self.pool.default_queue_id,
        )
        details = StateDetails(scheduled_time=from_us(due)) if kind is StateType.SCHEDULED else StateDetails()
        state = proposed_state(kind, None, now_us=NOW, details=details)
        around = Circumstances(now=NOW, new_id=self.new_id, chance=lambda: 0.5)
        return self.store.make_flow_run(new, state, around)[0].id
