"""Run tokens: what the process that executes one flow run asks with, in place of somebody's key.

A token speaks for a root run under one epoch. It may do what that run needs, as far as whoever had it made may, and it
dies with the run's lease: when somebody else claims the run, when the lease is given up, when it has run out.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final, Literal
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    from tidemill.domain.permissions import Permission

#: The most that a token may, whoever had it made. What it may do it to is said for each operation
#: (``server/auth/run_reach.py``).
RUN_PERMISSIONS: Final[frozenset[Permission]] = frozenset(
    {
        "api:read",
        "artifacts:read",
        "artifacts:write",
        "blocks:read",
        "concurrency_limits:read",
        "concurrency_limits:use",
        "deployments:read",
        "deployments:run",
        "events:read",
        "events:write",
        "flows:read",
        "logs:read",
        "logs:write",
        "runs:read",
        "runs:write",
        "secrets:read",
        "variables:read",
    }
)

_PREFIX_DIGITS: Final = 19
_PARTS_SAID: Final = 3

#: ``lapsed``: nobody has taken the run over yet, and a beat or a batch of its journal brings the lease back.
Standing = Literal["live", "lapsed", "dead"]


class RunBound(msgspec.Struct, frozen=True):
    """What a token speaks for."""

    flow_run_id: str
    epoch: int
    standing: Standing = "live"

    @property
    def producer_prefix(self) -> str:
        """How the ids of processes begin that report by this token; no others are theirs to speak for."""
        return producer_prefix(self.flow_run_id, self.epoch)


class RunLease(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a flow run, and until when. ``holder`` is None where nobody does, or who did gave it up."""

    flow_run_id: str
    root_flow_run_id: str
    epoch: int
    holder: str | None
    until_us: int | None

    def standing(self, epoch: int, now: int) -> Standing:
        """What a token of that epoch is worth."""
        if epoch != self.epoch or self.holder is None or self.root_flow_run_id != self.flow_run_id:
            return "dead"
        return "live" if self.until_us is not None and now < self.until_us else "lapsed"


def producer_prefix(flow_run_id: str, epoch: int) -> str:
    """How the ids of processes begin that report for a run under an epoch, and for nothing else.

    Short enough for the header of a journal, and long enough that nobody finds a run with the prefix of another.
    """
    return f"{sha256(f'{flow_run_id} {epoch}'.encode()).hexdigest()[:_PREFIX_DIGITS]}-"


def bound_of(token: str) -> RunBound | None:
    """What a token says that it speaks for; None for what is no run token. Nothing is proved by that."""
    parts = token.split("_")
    if parts[0] != "tmr" or len(parts) < _PARTS_SAID:
        return None
    try:
        return RunBound(str(UUID(parts[1])), int(parts[2], 16))
    except ValueError:
        return None
