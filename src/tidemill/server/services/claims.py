"""Claims that come to nothing: runs that somebody took and never started."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from tidemill.domain.liveness import CLAIM_OF_THE_GONE_US, Claim, Lapse, lapse
from tidemill.domain.orchestration.proposals import proposed_state, scheduled_at
from tidemill.domain.states import DEFAULT_NAME, StateDetails, StateType, from_us
from tidemill.server.services.service import SECOND_US, Pass, Service

if TYPE_CHECKING:
    from tidemill.settings import Settings
    from tidemill.store.neglected import Claimed

#: A run waits so much longer than it must, at most.
_INTERVAL: Final = 15.0
_BATCH: Final = 200


class Claims(Service):
    """Offers runs again that were claimed in vain; those that can be offered to nobody crash.

    Task runs that a task worker took are offered again after ``pending_task_timeout``, if that is set.
    """

    name = "claims"

    def __init__(self, settings: Settings) -> None:
        super().__init__(interval=_INTERVAL)
        self._task_us = round(settings.server.tasks.scheduling.pending_task_timeout.total_seconds() * SECOND_US)

    def run_once(self, turn: Pass) -> int | None:
        """Look at what is Pending for long, in pages: what may wait on must not hide what may not."""
        before, after = turn.now - CLAIM_OF_THE_GONE_US, ""
        while True:
            page = turn.store.claims_since_before(before, turn.now, after=after, limit=_BATCH)
            lapsed = [(claim, fate) for claim in page if (fate := _fate(turn, claim)) is not Lapse.NOT_YET]
            turn.write_each(lapsed, lambda found: _move(turn, *found))
            if len(page) < _BATCH:
                break
            after = page[-1].id
        if self._task_us:
            taken = turn.store.taken_task_runs(turn.now - self._task_us, limit=_BATCH)
            turn.write_each(taken, partial(_put_back, turn))
        return None


def _fate(turn: Pass, claim: Claimed) -> Lapse:
    known = Claim(
        since=max(claim.since, turn.led_since),
        deployed=claim.deployed,
        started=claim.started,
        pooled=claim.pooled,
        attended=claim.attended,
        within_a_live_run=claim.within_a_live_run,
    )
    return lapse(known, turn.now)


def _put_back(turn: Pass, task_run_id: str) -> None:
    details = StateDetails(scheduled_time=from_us(turn.now), deferred=True)
    message = "The task worker that took this task run did not begin it; it is offered again."
    offered = proposed_state(StateType.SCHEDULED, now_us=turn.now, message=message, details=details)
    turn.store.put_task_run_back(task_run_id, offered, turn.around)


def _move(turn: Pass, claim: Claimed, fate: Lapse) -> None:
    waited = (turn.now - claim.since) // SECOND_US
    if fate is Lapse.OFFERED_AGAIN:
        message = f"Who took this run {waited} s ago started nothing for it; it is offered again."
        proposed = scheduled_at(DEFAULT_NAME[StateType.SCHEDULED], turn.now, now_us=turn.now, message=message)
    else:
        message = f"The run was Pending for {waited} s and never began to run."
        proposed = proposed_state(StateType.CRASHED, now_us=turn.now, message=message)
    turn.store.move_on(claim.id, proposed, turn.around, only_from=claim.state_id)
