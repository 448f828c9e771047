"""What needs a verdict, and is one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.store import decisions, inputs, reading
from tidemill.store.access.base import Access

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.domain.runs import Claim, FlowRun, FlowRunInput, RunState
    from tidemill.domain.states import StateType


class Decisions(Access):
    """Deciding what becomes of a run: who holds it, and which state it goes into."""

    def claim_flow_run(self, flow_run_id: str, producer: str, now: int, *, allow: Collection[StateType]) -> Claim:
        """Take a root run over under a new epoch, if its state is one of ``allow``.

        Raises RunHeldError, saying why, where a live process holds it or its state is another.
        """
        with self._connections.writing() as session:
            return decisions.claim(session, flow_run_id, producer, now, allow)

    def set_flow_run_state(
        self,
        flow_run_id: str,
        state: RunState,
        *,
        epoch: int | None = None,
        new_attempt: bool = False,
        only_from: str | None = None,
    ) -> FlowRun:
        """Move a run by decision; returns it as it stands then.

        With an ``epoch``, only while the run is still held under it (else StaleEpochError). Raises
        IllegalTransitionError where the present state does not lead there; ``new_attempt`` is for resume and retry.
        ``only_from`` is the id of a state: a run that is in another by now stays there.
        """
        with self._connections.writing() as session:
            decisions.set_state(session, flow_run_id, state, epoch, new_attempt=new_attempt, only_from=only_from)
            return reading.flow_run(session, flow_run_id)

    def cancel_flow_run(self, flow_run_id: str, now: int) -> FlowRun:
        """Ask a run to end; returns it as it stands then.

        Cancelling while a live process holds it (that process sees it and ends the run), else Cancelled. Raises
        IllegalTransitionError for a run that is over.
        """
        with self._connections.writing() as session:
            decisions.cancel(session, flow_run_id, now)
            return reading.flow_run(session, flow_run_id)

    def cancelling(self, flow_run_ids: Collection[str]) -> list[str]:
        """Which of these runs are asked to end."""
        with self._connections.reading() as session:
            return decisions.cancelling(session, flow_run_ids)

    def resume_flow_run(self, flow_run_id: str, now: int, answer: FlowRunInput | None = None) -> FlowRun:
        """Let a paused run go on, with the answer it waits for; returns it as it stands then.

        It is Running if a live process waits in it, else Resuming; Failed if it is too late. Raises NotPausedError.
        """
        with self._connections.writing() as session:
            decisions.resume(session, flow_run_id, now)
            if answer is not None:
                inputs.put(session, answer, replace=True)
            return reading.flow_run(session, flow_run_id)

    def crash_runs_of(self, producer: str, now: int, message: str) -> list[str]:
        """End what a dead producer left unfinished; returns the ids of the flow runs.

        First apply what is left of its journal: what comes afterwards is refused. Runs that are paused stay so; those
        that were being cancelled are Cancelled.
        """
        with self._connections.writing() as session:
            return decisions.crash_runs_of(session, producer, now, message)
