"""Runs that nobody moves on by themselves: found, and moved by services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.orchestration.policies import BACKGROUND_TASK_POLICY, MINIMAL_FLOW_POLICY
from tidemill.domain.states import StateType
from tidemill.store import decisions, judged_flow_runs, judged_task_runs, limits, neglected, producers, unheard
from tidemill.store.access.base import Access

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidemill.domain.orchestration.facts import ProposedState
    from tidemill.domain.orchestration.policies import Policy
    from tidemill.store.judging import Circumstances
    from tidemill.store.neglected import Claimed, LeftFlowRun, Overdue, Paused, Signs, Standing


class Neglected(Access):
    """What services look for. Whatever they find is looked at again before it is moved."""

    def overdue_runs(self, before: int, *, limit: int) -> list[Overdue]:
        """Scheduled runs that were to begin before then, the longest due first."""
        with self._connections.reading() as session:
            return neglected.overdue(session, before, limit)

    def pauses_with_an_end(self, now: int) -> list[Paused]:
        """Runs that wait for a person, but not for ever, and that no living process waits with."""
        with self._connections.reading() as session:
            return neglected.paused(session, now)

    def stuck_cancelling(self, before: int, now: int, *, limit: int) -> list[Standing]:
        """Runs that were asked to end before then, and that no living process is at."""
        with self._connections.reading() as session:
            return neglected.cancelling(session, before, now, limit)

    def claims_since_before(self, before: int, now: int, *, after: str = "", limit: int) -> list[Claimed]:
        """Runs that are Pending since before then, and that no journal reports; by id, behind ``after``."""
        with self._connections.reading() as session:
            return neglected.claimed(session, before, now, after, limit)

    def running_since_before(self, before: int, *, after: str = "", limit: int) -> list[Standing]:
        """Runs under way since before then that no journal reports; by id, behind ``after``."""
        with self._connections.reading() as session:
            return neglected.running(session, before, after, limit)

    def signs_of_life(self, flow_run_id: str) -> Signs:
        """What was heard of a run lately."""
        with self._connections.reading() as session:
            return neglected.signs_of(session, flow_run_id)

    def unheard_flow_runs(self, before: int, *, after: str = "", limit: int) -> list[Standing]:
        """Runs under way since before then that no journal reports; by id, behind ``after``."""
        with self._connections.reading() as session:
            return unheard.flow_runs(session, before, after, limit)

    def unheard_task_runs(self, before: int, *, after: str = "", limit: int) -> list[Standing]:
        """Task runs of no flow run, open since before then, that no journal reports; by id, behind ``after``."""
        with self._connections.reading() as session:
            return unheard.task_runs(session, before, after, limit)

    def was_heard_of(self, run_id: str, since: int, now: int) -> bool:
        """Whether anything was heard since then of a flow run or one that belongs to it, or of a task run."""
        with self._connections.reading() as session:
            return unheard.heard_of(session, run_id, since, now)

    def left_task_runs(self, before: int, *, cancelled: bool, limit: int) -> Sequence[str]:
        """Task runs that clients told of, open though their flow run was over before then: Cancelled, or not."""
        with self._connections.reading() as session:
            return neglected.left_task_runs(session, before, limit, cancelled=cancelled)

    def left_flow_runs(self, before: int, *, cancelled: bool, limit: int) -> Sequence[LeftFlowRun]:
        """Subflow runs that clients told of, likewise."""
        with self._connections.reading() as session:
            return neglected.left_flow_runs(session, before, limit, cancelled=cancelled)

    def move_on(
        self,
        flow_run_id: str,
        proposed: ProposedState,
        around: Circumstances,
        *,
        only_from: str | None,
        policy: Policy = MINIMAL_FLOW_POLICY,
    ) -> bool:
        """Propose a state for a run, if it is still in the state ``only_from``. Whether it came into another."""
        with self._connections.writing() as session:
            standing = judged_flow_runs.load(session, flow_run_id)
            if standing is None or (standing.facts.state and standing.facts.state.id) != only_from:
                return False
            return judged_flow_runs.propose(session, standing, proposed, policy, around).written

    def taken_task_runs(self, before: int, *, limit: int) -> Sequence[str]:
        """Task runs that a task worker took before then, and did not begin."""
        with self._connections.reading() as session:
            return neglected.taken_task_runs(session, before, limit)

    def put_task_run_back(self, task_run_id: str, proposed: ProposedState, around: Circumstances) -> bool:
        """Propose a state for a deferred task run, if it is still Pending. Whether it came into another."""
        with self._connections.writing() as session:
            standing = judged_task_runs.load(session, task_run_id)
            if standing is None or standing.facts.state_type is not StateType.PENDING:
                return False
            return judged_task_runs.propose(session, standing, proposed, BACKGROUND_TASK_POLICY, around).written

    def end_left_task_run(self, task_run_id: str, proposed: ProposedState, around: Circumstances) -> bool:
        """End a task run, if it is still open."""
        with self._connections.writing() as session:
            standing = judged_task_runs.load(session, task_run_id)
            if standing is None or standing.facts.end_us is not None:
                return False
            judged_task_runs.force(session, task_run_id, proposed, around)
            return True

    def extend_leases(self, until: int) -> None:
        """Believe all that have not ended to live until then, and for longer where they said so."""
        with self._connections.writing() as session:
            producers.extend_all(session, until)

    def bury_lapsed(self, producer: str, now: int, message: str) -> list[str] | None:
        """End what a producer held whose lease ran out, and the producer; the flow runs that crashed.

        None if it lives after all: it beat in between, or has ended in order.
        """
        with self._connections.writing() as session:
            if not producers.lock_lapsed(session, producer, now):
                return None
            crashed = decisions.crash_runs_of(session, producer, now, message)
            producers.end(session, producer, now)
            limits.release_all_of(session, producer)
            return crashed

    def has_slots_to_give_back(self, now: int) -> bool:
        """Whether there are slots whose lease ran out, or whose holder is a run that is over."""
        with self._connections.reading() as session:
            return limits.has_left(session, now)

    def give_slots_back(self, now: int) -> int:
        """Give those back; how many leases that were."""
        with self._connections.writing() as session:
            return limits.give_back_left(session, now)
