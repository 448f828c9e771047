"""What was computed is not computed again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.orchestration.facts import Fact, ProposedState
from tidemill.domain.orchestration.rule import TaskRule
from tidemill.domain.orchestration.verdicts import Accept, Reject, Verdict
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, TaskRunFacts


class CacheRetrieval(TaskRule):
    """Where a completed state is known under the cache key, and is not to be refreshed, the run is Cached with it."""

    leads_to = frozenset({StateType.RUNNING})
    needs = frozenset({Fact.CACHED_STATE})

    def judge(self, run: TaskRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[TaskRunFacts]:
        """Whether there is anything left to compute."""
        known = facts.cached_state
        if known is None or proposed.details.cache_key is None or proposed.details.refresh_cache:
            return Accept()
        cached = ProposedState(
            type=StateType.COMPLETED,
            name="Cached",
            timestamp_us=facts.now_us,
            message=known.message,
            details=known.details,
            data=known.data,
            has_result=known.has_result,
        )
        return Reject("The result is known under the run's cache key, so the task is not called. Use it.", cached)
