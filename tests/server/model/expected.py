"""What must become of runs and slots, said a second time and as simply as it can be: data and pure functions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

OVER = frozenset({"COMPLETED", "FAILED", "CANCELLED", "CRASHED"})
REOPENS = frozenset({"SCHEDULED", "PENDING", "RUNNING"})
#: What may follow what without force and without a new attempt.
FOLLOWS = {
    "": {"SCHEDULED", "PENDING", "RUNNING", "PAUSED", "CANCELLING"} | OVER,
    "SCHEDULED": {"SCHEDULED", "PENDING", "RUNNING", "PAUSED", "CANCELLING"} | OVER,
    "PENDING": {"SCHEDULED", "PENDING", "RUNNING", "PAUSED", "CANCELLING"} | OVER,
    "RUNNING": {"SCHEDULED", "RUNNING", "PAUSED", "CANCELLING"} | OVER,
    "PAUSED": {"SCHEDULED", "PENDING", "RUNNING", "PAUSED", "CANCELLING"} | OVER - {"COMPLETED"},
    "CANCELLING": {"CANCELLED", "CRASHED"},
    "COMPLETED": {"COMPLETED"},
    "FAILED": set(),
    "CANCELLED": set(),
    "CRASHED": set(),
}


@dataclass
class Run:
    """A flow run. ``past`` holds the ids and types of its states, the present one last."""

    id: str
    past: list[tuple[str, str]] = field(default_factory=list)
    name: str = ""
    deployed: bool = False
    due_us: int | None = None
    pause_until_us: int | None = None
    suspended: bool = False
    transitions: set[str] = field(default_factory=set)
    #: Of one that a process reports: which, and under which epoch.
    holder: str | None = None
    epoch: int = 0
    recorded: bool = False

    @property
    def type(self) -> str:
        return self.past[-1][1] if self.past else ""

    @property
    def over(self) -> bool:
        return self.type in OVER

    def comes_into(self, state_id: str, kind: str, name: str) -> None:
        self.past.append((state_id, kind))
        self.name = name


@dataclass
class Asked:
    """A state that a client proposes."""

    type: str
    transition: str | None = None
    due_us: int | None = None
    pause_until_us: int | None = None


def verdict(run: Run, asked: Asked, now: int, *, force: bool = False) -> tuple[str, str | None]:
    """What is answered to a proposal, and the type of the state that is written; None for none.

    Runs have no retries and their deployments no limits; those are in other models, and in the tables of the rules.
    """
    if not force:
        refused = _refused(run, asked, now)
        if refused is not None:
            return refused
    if asked.type == "CANCELLING" and (run.type == "SCHEDULED" or (run.type == "PAUSED" and run.suspended)):
        return "REJECT", "CANCELLED"  # nothing is there to be stopped
    return ("ACCEPT", asked.type) if force else _accepted(run, asked, now)


def _refused(run: Run, asked: Asked, now: int) -> tuple[str, str | None] | None:
    if asked.transition in run.transitions:
        return "REJECT", None
    if run.over and asked.type in {"CRASHED", "PAUSED", "CANCELLING"}:
        return "ABORT", None
    if run.over and asked.type == "SCHEDULED" and not run.deployed:
        return "ABORT", None
    if run.type == "CANCELLING" and asked.type != "CANCELLED":
        return "REJECT", None
    return None


def _accepted(run: Run, asked: Asked, now: int) -> tuple[str, str | None]:
    if asked.type == "PENDING" and run.type in {"PENDING", "RUNNING", "CANCELLED"}:
        return "ABORT", None
    if asked.type == "PAUSED" and run.type != "RUNNING":
        return "REJECT", None
    if run.type == "PAUSED" and asked.type != "CANCELLING":
        if asked.type not in OVER | {"RUNNING", "SCHEDULED"}:
            return "REJECT", None
        if run.pause_until_us is not None and run.pause_until_us < now:
            return "REJECT", "FAILED"
    if asked.type == "RUNNING" and run.type in {"PENDING", "SCHEDULED"} and run.due_us is not None:
        left = round((run.due_us - now) / 1_000_000)
        if left >= 1:
            return "WAIT", None
    return "ACCEPT", asked.type


class Held(NamedTuple):
    """Slots under a lease, until then; None: until they are given back."""

    slots: int
    until: int | None = None
    holder: str = ""

    def counts(self, now: int) -> bool:
        return self.until is None or self.until > now


@dataclass
class Limit:
    """A limit, and what is held of it, by lease."""

    slots: int
    held: dict[str, Held] = field(default_factory=dict)

    def active(self, now: int) -> int:
        return sum(one.slots for one in self.held.values() if one.counts(now))

    def alive(self, lease: str, now: int) -> bool:
        return lease in self.held and self.held[lease].counts(now)

    def forget_lapsed(self, now: int) -> None:
        self.held = {lease: one for lease, one in self.held.items() if one.counts(now)}


@dataclass
class Process:
    """A process that writes a journal. ``told``: its entries, each a batch of one; ``taken``: how many arrived."""

    id: str
    until_us: int = 0
    ended: bool = False
    told: list = field(default_factory=list)
    taken: int = 0
    #: The runs that it believes are its own, and under which epoch.
    runs: dict[str, int] = field(default_factory=dict)
