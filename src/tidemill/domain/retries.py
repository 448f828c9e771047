"""When a failed run is tried again: a policy as data. Randomness is an argument, so tests know what they get."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, isfinite, log
from operator import index
from typing import Any, Final

from tidemill.exceptions import OptionError

MOST_DELAYS: Final = 50  # a list is stored with every run; longer ones are a mistake, or want backoff in code

#: A hundred years: longer ones are a mistake, and lead beyond the calendar.
LONGEST_DELAY_SECONDS: Final = 100 * 365.25 * 86_400

_UNCUT: Final = 100.0  # beyond, the lower bound is smaller than any clock can tell from nothing
_NEWTON_STEPS: Final = 64  # it halves the error at worst, for tiny factors


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often, and after what delay, a failed run is tried again. Make it with ``retry_policy``.

    ``delays`` are seconds: none for no wait, one for every retry, or one each, the last of which serves any retry
    beyond. ``jitter`` spreads each delay at random up to this many times its length.
    """

    count: int = 0
    delays: tuple[float, ...] = ()
    jitter: float | None = None

    def allows(self, attempt: int) -> bool:
        """May there be another try after attempt number ``attempt``, counted from 1?"""
        return attempt <= self.count

    def delay_for(self, attempt: int, chance: float) -> float:
        """Seconds to wait after attempt number ``attempt`` (from 1) failed. ``chance`` is random in [0, 1)."""
        if not self.delays:
            return 0.0
        base = self.delays[min(attempt, len(self.delays)) - 1]
        return min(spread(base, self.jitter, chance), LONGEST_DELAY_SECONDS) if self.jitter else base


def spread(base: float, factor: float, chance: float) -> float:
    """``base`` seconds moved at random, so that runs which failed together do not come back together.

    The waiting time of a Poisson process (an exponential law), cut off at ``base * (1 + factor)`` above and below
    where it leaves the mean at ``base``: on average nobody waits longer than was asked for.
    """
    low, high = _lower_bound(factor), 1.0 + factor
    below, above = exp(-low), exp(-high)
    drawn = -log(below - chance * (below - above))
    return base * min(max(drawn, low), high)


@lru_cache
def _lower_bound(factor: float) -> float:
    """Where to cut below so that the mean stays 1: the x < 1 with ``x·exp(-x)`` as at ``1 + factor``.

    Newton's method from the left, where the function is convex, so it never overshoots.
    """
    high = 1.0 + factor
    if high > _UNCUT:
        return 0.0
    target = high - log(high)
    x = high * exp(-high)
    for _ in range(_NEWTON_STEPS):
        x = min(x + (x - log(x) - target) * x / (1.0 - x), 1.0 - 1e-9)
    return x


def exponential_backoff(backoff_factor: float) -> Callable[[int], list[float]]:
    """Delays that double, for ``retry_delay_seconds``: ``backoff_factor`` seconds, then 2, 4, 8 … times that.

    None is longer than a hundred years. Raises OptionError when the factor is negative.
    """
    if not _is_number(backoff_factor) or backoff_factor < 0:
        raise OptionError.expected("backoff_factor", "a number of seconds ≥ 0", backoff_factor)

    def delays(retries: int) -> list[float]:
        return [min(backoff_factor * 2.0**n, LONGEST_DELAY_SECONDS) for n in range(min(retries, MOST_DELAYS))]

    return delays


def retry_policy(retries: Any = None, delays: Any = None, jitter: Any = None) -> RetryPolicy:
    """The policy that a decorator's options describe.

    ``retries`` is how many tries follow the first (default 0: an error is seen at once), ``delays`` is seconds between
    them (default 0), ``jitter`` the spread (default none). Raises OptionError naming the option.
    """
    count = _count(retries)
    if callable(delays):
        delays = delays(count)
    seconds: Any = () if delays is None else (delays,) if _is_number(delays) else delays
    if isinstance(seconds, str | bytes) or not isinstance(seconds, Sequence):
        wanted = "a number of seconds, a list of them, or a function that makes one from the number of retries"
        raise OptionError.expected("retry_delay_seconds", wanted, delays)
    if len(seconds) > MOST_DELAYS:
        raise OptionError(f"expected 'retry_delay_seconds' to be at most {MOST_DELAYS} delays, got {len(seconds)}")
    for delay in seconds:
        if not _is_number(delay) or not 0 <= delay <= LONGEST_DELAY_SECONDS:
            raise OptionError.expected("retry_delay_seconds", "seconds ≥ 0, a hundred years at most", delay)
    if jitter is not None and (not _is_number(jitter) or jitter < 0):
        raise OptionError.expected("retry_jitter_factor", "a number ≥ 0", jitter)
    return RetryPolicy(count, tuple(float(delay) for delay in seconds), None if jitter is None else float(jitter))


def _count(retries: Any) -> int:
    if retries is None:
        return 0
    try:
        count = index(retries)
    except TypeError:
        count = -1
    if count < 0 or isinstance(retries, bool):
        raise OptionError.expected("retries", "a whole number ≥ 0", retries)
    return count


def _is_number(value: Any) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return isfinite(value)
    except OverflowError:  # an int beyond every float
        return False
