"""The runs that schedules ask for are made ahead of their time."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Final

from tidemill.domain.schedules.planning import Ahead, next_look
from tidemill.domain.schedules.schedule import schedule_from_wire
from tidemill.domain.states import from_us, to_us
from tidemill.server.services.service import SECOND_US, Pass, Service
from tidemill.store.access.schedule_looks import NEVER
from tidemill.store.errors import StoreError

if TYPE_CHECKING:
    from tidemill.settings import Settings
    from tidemill.store.store import Store
    from tidemill.wire.schedules import DeploymentSchedule

logger = logging.getLogger("tidemill.server.services")

#: A schedule of which nothing can be made is left alone for so long; whoever changes it has it looked at again at once.
_BROKEN_US: Final = 3600 * SECOND_US


class Scheduler(Service):
    """Makes the runs that schedules owe, each once, however many servers do.

    Each schedule is put off until it owes another run, so that those that owe nothing cost nothing; whatever changes a
    deployment or a schedule lets it be looked at anew.
    """

    name = "scheduler"

    def __init__(self, settings: Settings) -> None:
        said = settings.server.services.scheduler
        super().__init__(interval=min(said.loop_seconds, said.recent_deployments_loop_seconds), enabled=said.enabled)
        self._deployments = max(said.deployment_batch_size, 1)
        self._runs = max(said.insert_batch_size, 1)
        self._ahead = Ahead(
            min_runs=said.min_runs,
            max_runs=said.max_runs,
            min_time=said.min_scheduled_time,
            max_time=said.max_scheduled_time,
        )

    def run_once(self, turn: Pass) -> int | None:
        """Make what is owed by now; the next schedule's moment is when to look again."""
        waiting = sorted(turn.store.deployments_to_schedule(turn.now, limit=self._deployments))
        while waiting:
            done = turn.write(partial(self._schedule, turn, waiting))
            waiting = waiting[done:]
        return turn.store.next_look_at_schedules()

    def _schedule(self, turn: Pass, deployments: list[str]) -> int:
        """For as many deployments as make one write's worth of runs; how many those were."""
        made = 0
        for number, deployment in enumerate(deployments, 1):
            try:
                with turn.store.together():
                    made += self._look_at(turn, deployment)
            except StoreError:
                raise
            except Exception:
                logger.exception("No runs could be made of the schedules of deployment %s; change them", deployment)
                turn.store.put_off_deployment(deployment, turn.now + _BROKEN_US)
            if made >= self._runs:
                return number
        return len(deployments)

    def _look_at(self, turn: Pass, deployment: str) -> int:
        made = turn.store.schedule_runs(deployment, turn.now, self._ahead, turn.around.new_id)
        looks = {one.id: self._look(one, turn.now) for one in _active(turn.store, deployment)}
        turn.store.put_off_deployment(deployment)
        turn.store.put_off_schedules(looks)
        return made

    def _look(self, schedule: DeploymentSchedule, now: int) -> int:
        moment = from_us(now)
        rule = schedule_from_wire(schedule.schedule, moment)
        look = next_look(rule, moment, self._ahead, schedule.max_scheduled_runs)
        return NEVER if look is None else max(to_us(look), now + SECOND_US)


def _active(store: Store, deployment: str) -> list[DeploymentSchedule]:
    """Of a deployment that is paused, none counts; when it goes on, all are looked at again."""
    return [] if store.is_paused(deployment) else [one for one in store.read_schedules(deployment) if one.active]
