"""How often, and after what delay, the policy of a run lets it be tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.retries import RetryPolicy

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import RunFacts


def allows_another(run: RunFacts) -> bool:
    """Whether the run, whose present attempt has failed, has retries left."""
    return bool(run.policy.retries) and _policy(run).allows(run.run_count)


def retry_delay(run: RunFacts, *, chance: float) -> float:
    """Seconds until the next try; ``chance`` is random in [0, 1), for policies with a jitter."""
    return _policy(run).delay_for(max(run.run_count, 1), chance)


def _policy(run: RunFacts) -> RetryPolicy:
    delay = run.policy.retry_delay
    delays = () if delay is None else tuple(delay) if isinstance(delay, list) else (delay,)
    return RetryPolicy(run.policy.retries or 0, delays, run.policy.retry_jitter_factor)
