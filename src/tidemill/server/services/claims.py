"""Claims that come to nothing: runs that somebody took and never started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.domain.liveness import CLAIM_OF_THE_GONE_US, Claim, Lapse, lapse
from tidemill.domain.orchestration.proposals import proposed_state, scheduled_at
from tidemill.domain.states import DEFAULT_NAME, StateType
from tidemill.server.services.service import SECOND_US, Pass, Service

if TYPE_CHECKING:
    from tidemill.store.neglected import Claimed

#: A run waits so much longer than it must, at most.
_INTERVAL: Final = 15.0
_BATCH: Final = 200


class Claims(Service):
    """Offers runs again that were claimed in vain; those that can be offered to nobody crash."""

    name = "claims"

    def __init__(self) -> None:
        super().__init__(interval=_INTERVAL)

    def run_once(self, turn: Pass) -> int | None:
        """Look at what is Pending for long."""
        claims = turn.store.claims_since_before(turn.now - CLAIM_OF_THE_GONE_US, turn.now, limit=_BATCH)
        lapsed = [(claim, fate) for claim in claims if (fate := _fate(turn, claim)) is not Lapse.NOT_YET]
        turn.write_each(lapsed, lambda found: _move(turn, *found))
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


def _move(turn: Pass, claim: Claimed, fate: Lapse) -> None:
    waited = (turn.now - claim.since) // SECOND_US
    if fate is Lapse.OFFERED_AGAIN:
        message = f"Who took this run {waited} s ago started nothing for it; it is offered again."
        proposed = scheduled_at(DEFAULT_NAME[StateType.SCHEDULED], turn.now, now_us=turn.now, message=message)
    else:
        message = f"The run was Pending for {waited} s and never began to run."
        proposed = proposed_state(StateType.CRASHED, now_us=turn.now, message=message)
    turn.store.move_on(claim.id, proposed, turn.around, only_from=claim.state_id)
