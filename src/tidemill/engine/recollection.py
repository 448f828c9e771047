"""What earlier attempts of a run recorded: the reason why a finished task is not run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidemill.domain.runs import RecordedCall


class Recollection:
    """The recorded calls of a root run, by run id, and which of them this attempt has asked for."""

    def __init__(self, calls: Iterable[RecordedCall], *, replay_failures: bool) -> None:
        self._calls = {call.run_id: call for call in calls}
        self.replays_failures = replay_failures
        self._made_again: set[str] = set()

    def take(self, run_id: str) -> RecordedCall | None:
        """What was recorded under this id; each record answers once, so a retry within the process really runs."""
        call = self._calls.pop(run_id, None)
        if call is not None and not self.settles(call):
            self._made_again.add(run_id)
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
