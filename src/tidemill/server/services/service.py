"""The one shape of all services."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tidemill.store.judging import Circumstances
    from tidemill.store.store import Store

T = TypeVar("T")
V = TypeVar("V")
SECOND_US = 1_000_000


class Write(Protocol):
    """Runs a unit as one transaction, in which it is sure that the service is still led. Raises LeadLostError."""

    def __call__(self, unit: Callable[[], T], /) -> T:
        """What the unit returns, when it is safe on the disk."""
        ...


@dataclass(frozen=True)
class Pass:
    """One pass of a service. Times are microseconds since 1970 by the server's clock.

    ``led_since``: since when this server could hear what the service judges by; it changes when a lead begins anew.
    ``around``: the circumstances of states that the service proposes.
    """

    store: Store
    now: int
    led_since: int
    write: Write
    around: Circumstances

    def write_each(self, things: Sequence[V], move: Callable[[V], object]) -> None:
        """Move each of them, all in one transaction; nothing is written where there are none."""

        def unit() -> None:
            for thing in things:
                move(thing)

        if things:
            self.write(unit)


class Service(ABC):
    """Something that a server does by itself, again and again."""

    #: As in the contract's settings and at ``/api/tm/services``.
    name: ClassVar[str]

    def __init__(self, *, interval: float, enabled: bool = True) -> None:
        """``interval``: seconds from one pass to the next, where none is asked for sooner."""
        self.interval = interval
        self.enabled = enabled

    @abstractmethod
    def run_once(self, turn: Pass) -> int | None:
        """One pass; a small question where there is nothing to do.

        Returns when to look again if that is before the interval is over, in microseconds: where more is left than one
        pass should do, or something is due by then. None: after the interval.
        """
