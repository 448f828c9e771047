"""What earlier attempts of a run recorded: the reason why a finished task is not run again."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from tidemill.domain.identity import FIRST_EPOCH
from tidemill.domain.states import StateType
from tidemill.engine.away import answered, applied
from tidemill.engine.effects import Block, unwrap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidemill.domain.runs import RecordedCall
    from tidemill.engine.context import FlowRunContext
    from tidemill.engine.effects import Steps
    from tidemill.engine.inputs import Future


logger = logging.getLogger("tidemill.flow_runs")

#: A server that has not taken in what it was told for so long counts as away.
_PATIENCE_SECONDS: Final = 3.0


class Recollection:
    """The recorded calls of a root run, by run id, and which of them this attempt has asked for."""

    def __init__(self, calls: Iterable[RecordedCall], *, replay_failures: bool) -> None:
        self._calls = {call.run_id: call for call in calls}
        self.replays_failures = replay_failures
        self._made_again: set[str] = set()
        self._put_off: dict[str, RecordedCall] = {}

    def take(self, run_id: str) -> RecordedCall | None:
        """What was recorded under this id; each record answers once, so a retry within the process really runs."""
        call = self._calls.pop(run_id, None) or self._put_off.pop(run_id, None)
        if call is not None and not self.settles(call):
            self._made_again.add(run_id)
        return call

    def put_off(self, run_id: str) -> RecordedCall | None:
        """What was recorded of a call that completed and whose result was not kept; it is still there to be taken."""
        call = self._calls.get(run_id)
        if call is None or call.type is not StateType.COMPLETED or call.has_result or call.name == "RolledBack":
            return None
        del self._calls[run_id]
        self._put_off[run_id] = call
        return call

    def settles(self, call: RecordedCall) -> bool:
        """Whether the record says how the call ended, so that it need not be made again."""
        if call.type is StateType.COMPLETED:
            return call.has_result and call.name != "RolledBack"
        return self.replays_failures and call.type is StateType.FAILED and call.has_result

    def with_failures_made_again(self) -> Recollection:
        """The same records, for a run within that goes on with a retry: what failed before it is not replayed."""
        again = Recollection((), replay_failures=False)
        again._calls, again._made_again = self._calls, self._made_again
        return again

    def unasked(self, root: str) -> list[RecordedCall]:
        """Recorded calls that this attempt did not make: the code, or what it saw, has changed.

        Only those whose caller did run in this attempt; what a body called that was not run again is no change.
        """
        return [call for call in self._calls.values() if call.made_by == root or call.made_by in self._made_again]


def make_needed(flow: FlowRunContext | None, futures: Iterable[Future]) -> Steps[None]:
    """Before values of these futures, all done, are taken: have those made again that were put off."""
    if flow is not None and flow.recollection is not None:
        from tidemill.engine.made_again import made  # noqa: PLC0415 - only runs that go on have any

        yield from made(futures)


def recorded_so_far(context: FlowRunContext) -> Steps[list[RecordedCall]]:
    """Everything that is recorded under the root run of ``context``, what this process has just written included.

    While the server is away: what this process knows, which is all of it where the run began here; else that is waited
    for.
    """
    here = context.runtime
    if here.ledger.is_here:
        return unwrap((yield Block(here.recorded, (context.root,))))
    applied_in_time = Block(here.recorder.wait_applied_for, (_PATIENCE_SECONDS,))
    if context.epoch == FIRST_EPOCH and not unwrap((yield applied_in_time)):
        calls: list[RecordedCall] | None = unwrap((yield Block(here.ledger.recorded_here, (context.root,))))
        if calls is not None:
            logger.info(
                "The server is away: flow run %r goes on by what this process has recorded, and reports it later.",
                context.run_name,
                extra={"run_context": context},
            )
            return calls
    what = f"what flow run {context.root} has done so far"
    yield from applied(here, what)
    return list((yield from answered(here, what, here.ledger.recorded_calls, context.root)))
