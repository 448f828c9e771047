"""What was computed is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.orchestration.effects import KeepInCache
from tidemill.domain.orchestration.rule import TaskRule
from tidemill.domain.orchestration.verdicts import Accept, Followed, Reject, Verdict
from tidemill.domain.states import StateType, to_us

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, ProposedState, TaskRunFacts


class CacheInsertion(TaskRule):
    """Keep a completed state under its cache key. One under too long a key completes all the same, and is not kept."""

    leads_to = frozenset({StateType.COMPLETED})

    def judge(self, run: TaskRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[TaskRunFacts]:
        """Whether the key can be kept."""
        key = proposed.details.cache_key
        if key is None or len(key) <= facts.longest_cache_key:
            return Accept()
        reason = (
            f"The cache key has {len(key)} characters, the most is {facts.longest_cache_key}, so nothing is cached."
            " Return a shorter key, such as a hash."
        )
        return Reject(reason, proposed)

    def follow(
        self, before: TaskRunFacts, after: TaskRunFacts, written: ProposedState, facts: Facts
    ) -> Followed[TaskRunFacts]:
        """The entry of the cache."""
        key, expires = written.details.cache_key, written.details.cache_expiration
        if key is None or len(key) > facts.longest_cache_key:
            return Followed()
        return Followed(effects=(KeepInCache(key, None if expires is None else to_us(expires)),))
