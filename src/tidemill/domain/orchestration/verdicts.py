"""What a rule answers, and what is to be done beside writing a state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

import msgspec

from tidemill.domain.orchestration.facts import ProposedState, RunFacts

if TYPE_CHECKING:
    from tidemill.domain.orchestration.effects import Effect

Run = TypeVar("Run", bound=RunFacts)


class Accept(msgspec.Struct, Generic[Run], frozen=True):
    """Go on: the proposed state as it is, or as ``state`` has it. ``run`` is given where the run changes with it."""

    state: ProposedState | None = None
    run: Run | None = None
    effects: tuple[Effect, ...] = ()


class Reject(msgspec.Struct, Generic[Run], frozen=True):
    """Not that state: ``state`` instead or, without one, the run stays as it is."""

    reason: str
    state: ProposedState | None = None
    run: Run | None = None
    effects: tuple[Effect, ...] = ()


class Wait(msgspec.Struct, frozen=True):
    """Not yet: nothing is written, and whoever asked does so again after ``delay_seconds``."""

    delay_seconds: int
    reason: str


class Abort(msgspec.Struct, frozen=True):
    """Never: nothing is written, and whoever asked is to give up."""

    reason: str


Verdict: TypeAlias = Accept[Run] | Reject[Run] | Wait | Abort


class Followed(msgspec.Struct, Generic[Run], frozen=True):
    """What follows from a state that will be written. ``run`` is given where the run changes with it."""

    run: Run | None = None
    effects: tuple[Effect, ...] = ()
