"""When silence means that nobody is there: claims that never start, runs whose client says nothing any more.

Pure functions of what was heard and when. Times are microseconds by the server's clock.
"""

from __future__ import annotations

from enum import Enum, auto
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

_SECOND_US: Final = 1_000_000

#: A claim without anything started for it. Most infrastructure says its name within seconds, slow kinds in minutes.
CLAIM_US: Final = 600 * _SECOND_US
#: The same where no worker of the pool is there any more, which itself is told only after missed heartbeats.
CLAIM_OF_THE_GONE_US: Final = 60 * _SECOND_US
#: What was started and is watched by nobody any more, or could be started again by nobody.
START_US: Final = 3600 * _SECOND_US
#: What was started while a worker is there, which would say if it failed: machines may be waited for.
WATCHED_START_US: Final = 24 * START_US
#: Clocks that go so far wrong are not believed.
_CLOCKS_APART_US: Final = 3600 * _SECOND_US
#: So many heartbeats may be missing.
MISSED_BEATS: Final = 3


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A flow run that is Pending, and reported by no journal.

    ``since``: when it became so, or when we began to listen if that was later. ``pooled``: it came from a work pool;
    ``attended``: somebody works there, as far as is known.
    """

    since: int
    deployed: bool
    started: bool
    pooled: bool
    attended: bool
    within_a_live_run: bool


class Lapse(Enum):
    """What becomes of a claim."""

    NOT_YET = auto()
    OFFERED_AGAIN = auto()
    CRASHED = auto()


def lapse(claim: Claim, now: int) -> Lapse:
    """Whether a claim is over.

    Only a run for which nothing was started is offered again: what was started may still come, and two must not run.
    """
    waited = now - claim.since
    if claim.within_a_live_run and not claim.deployed:
        return Lapse.NOT_YET  # it waits for what it is called with, and ends with who called it
    if claim.deployed and not claim.started:
        patience = CLAIM_US if claim.attended or not claim.pooled else CLAIM_OF_THE_GONE_US
        return Lapse.OFFERED_AGAIN if waited >= patience else Lapse.NOT_YET
    patience = WATCHED_START_US if claim.started and claim.attended else START_US
    return Lapse.CRASHED if waited >= patience else Lapse.NOT_YET


def patience_with(beats: Sequence[int], usual_us: int) -> int:
    """How long a client may be silent whose latest heartbeats came then.

    A client does not tell how often it means to beat, so that is taken from the beats, and never for less than usual.
    """
    ordered = sorted(beats)
    longest = max((later - earlier for earlier, later in pairwise(ordered)), default=usual_us)
    return MISSED_BEATS * max(longest, usual_us)


def has_gone_silent(
    beats: Sequence[int], other_signs: Sequence[int | None], *, listening_since: int, usual_us: int, now: int
) -> bool:
    """Whether a run whose client used to send heartbeats is there no more.

    ``other_signs``: when something else was heard of it, by the client's clock; one that shows tomorrow proves nothing.
    ``listening_since``: what came before may have gone unheard.
    """
    if not beats:
        return False
    believed = [sign for sign in other_signs if sign is not None and sign <= now + _CLOCKS_APART_US]
    heard = max(*beats, listening_since, *believed)
    return now - heard >= patience_with(beats, usual_us)
