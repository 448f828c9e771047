"""What runs that are over left open: their task runs and subflow runs, as clients told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.domain.orchestration.policies import CORE_FLOW_POLICY, MINIMAL_FLOW_POLICY
from tidemill.domain.orchestration.proposals import proposed_state
from tidemill.domain.states import StateType
from tidemill.server.services.service import SECOND_US

if TYPE_CHECKING:
    from tidemill.server.services.service import Pass
    from tidemill.store.neglected import LeftFlowRun

#: What a client says of a task run may come after the end of its flow run: it is told by another connection.
GRACE_US: Final = 60 * SECOND_US
#: More than that in one transaction would hold up others.
_BATCH: Final = 100


def end_what_is_left(turn: Pass, *, cancelled: bool) -> bool:
    """End what belongs to runs that were cancelled, or to others; whether there may be more."""
    before = turn.now - GRACE_US
    tasks = turn.store.left_task_runs(before, cancelled=cancelled, limit=_BATCH)
    flows = turn.store.left_flow_runs(before, cancelled=cancelled, limit=_BATCH)
    if tasks or flows:
        turn.write(lambda: _end(turn, list(tasks), list(flows), cancelled=cancelled))
    return _BATCH in (len(tasks), len(flows))


def _end(turn: Pass, tasks: list[str], flows: list[LeftFlowRun], *, cancelled: bool) -> None:
    kind = StateType.CANCELLED if cancelled else StateType.CRASHED
    message = "The flow run it belongs to was cancelled." if cancelled else "The flow run it belongs to is over."
    end = proposed_state(kind, now_us=turn.now, message=message)
    for id_ in tasks:
        turn.store.end_left_task_run(id_, end, turn.around)
    for run in flows:
        if run.deployed:  # somewhere a process or a container may be at it, which must be told
            asked = proposed_state(StateType.CANCELLING, now_us=turn.now, message=message)
            turn.store.move_on(run.id, asked, turn.around, only_from=run.state_id, policy=CORE_FLOW_POLICY)
        else:
            turn.store.move_on(run.id, end, turn.around, only_from=run.state_id, policy=MINIMAL_FLOW_POLICY)
