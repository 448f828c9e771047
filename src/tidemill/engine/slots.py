"""Slots of concurrency limits, as this process takes them: who holds what here, and who waits, first come first served.

What is taken is what the store says; nothing is counted here. A lease is known by an id that is made before the store
is asked, so a wait that is broken off while the store answers can still give back what it was just granted.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tidemill.domain.identity import uuid7
from tidemill.domain.limits import SlotRequest, SlotsGranted
from tidemill.engine.slot_renewal import Renewal
from tidemill.store.errors import StoreBusyError, StoreUnavailableError
from tidemill.system.processes import call_in_forked_child

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tidemill.domain.limits import LimitMode, SlotsDenied
    from tidemill.store.run_store import RunStore
    from tidemill.store.watching import Hearing
    from tidemill.system.clock import Clock

logger = logging.getLogger("tidemill.concurrency")

#: For how long it is believed which tags have limits, in seconds: a new limit is obeyed after that at the latest.
TAGS_KNOWN_SECONDS: Final = 1.0
#: A store that is away is not asked again before that for what is known of it.
AWAY_SECONDS: Final = 5.0
#: How often a waiter looks whether a process that holds slots is gone, in seconds.
DEATHS_SOUGHT_SECONDS: Final = 1.0
TAG_PREFIX: Final = "tag:"
_FOR_EVER_US: Final = 2**62


class Wish(NamedTuple):
    """Slots of each of the named limits, all or none."""

    names: tuple[str, ...]
    slots: int = 1
    mode: LimitMode = "concurrency"
    strict: bool = False
    lease_seconds: float = 300.0
    holder: str | None = None


class Lease:
    """Slots that were asked for; held from ``granted`` on, until they are given back."""

    __slots__ = ("_desk", "_pid", "granted", "id", "lost", "on_lost", "over", "owner", "renew_at", "told_away", "wish")

    def __init__(self, desk: SlotDesk, wish: Wish) -> None:
        self._desk = desk
        self._pid = os.getpid()
        self.id = desk.new_id()
        self.wish = wish
        self.owner = _here()
        self.granted: SlotsGranted | None = None
        self.over = False
        self.lost = False
        self.on_lost: Callable[[], None] | None = None
        self.renew_at = 0.0
        self.told_away = False

    @property
    def limits(self) -> list[str]:
        """The limits of which slots are held."""
        return self.granted.limits if self.granted is not None else []

    def ask(self) -> SlotsGranted | SlotsDenied:
        """Ask the store once. What is granted after the wait was broken off goes straight back."""
        answer = self._desk.ask(self)
        if isinstance(answer, SlotsGranted):
            self.granted = answer
            if answer.limits and self.wish.mode == "concurrency":
                self._desk.hold(self)
                if self.over:
                    self._desk.release(self)
        return answer

    def give_back(self) -> None:
        """Let others have the slots. Doing it twice is harmless, and so is doing it in a forked child."""
        if self.over or self._pid != os.getpid():
            return
        self.over = True
        if self.limits and self.wish.mode == "concurrency":
            self._desk.release(self)


class Ticket:
    """A place in the line for some limits."""

    __slots__ = ("_event", "_future", "_loop", "calls", "names")

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names
        self.calls = 0
        self._event = threading.Event()
        self._loop: Any = None
        self._future: Any = None

    def call(self) -> None:
        """Say that it may be this one's turn now."""
        self.calls += 1
        self._event.set()
        loop, future = self._loop, self._future
        if future is not None:
            try:
                loop.call_soon_threadsafe(_resolve, future)
            except RuntimeError:  # the loop was closed: nobody waits there any more
                logger.debug("A waiter for %s is gone with its event loop.", sorted(self.names))

    def wait(self, timeout: float | None = None) -> None:
        """Wait with the thread until called, for so many seconds at most."""
        self._event.wait(timeout)
        self._event.clear()

    async def wait_async(self, timeout: float | None = None) -> None:
        """The same, with the event loop."""
        import asyncio  # noqa: PLC0415 - synchronous programs never load it

        self._loop = asyncio.get_running_loop()
        self._future = self._loop.create_future()
        if not self._event.is_set():
            await asyncio.wait([self._future], timeout=timeout)
        self._future = None
        self._event.clear()


def _resolve(future: Any) -> None:
    if not future.done():
        future.set_result(None)


def _here() -> tuple[int, int]:
    """Who is asking: this thread, and the task of its event loop if there is one."""
    thread = threading.get_ident()
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or asyncio._get_running_loop() is None:  # noqa: SLF001 - what asyncio offers for this; it cannot fail
        return thread, 0
    return thread, id(asyncio.current_task())


class SlotDesk:
    """Where the runs of this process ask for slots.

    ``outlives_us`` says whether the store outlives the process: if so leases end and are renewed, other processes may
    hold slots, and ``bury_dead`` is called now and then by those who wait.
    """

    def __init__(
        self,
        store: RunStore,
        clock: Clock,
        producer: Callable[[], str],
        *,
        bury_dead: Callable[[], None] | None = None,
        outlives_us: bool = True,
    ) -> None:
        self.clock = clock
        self._store = store
        self._producer = producer
        self._bury_dead = bury_dead
        self._outlives_us = outlives_us
        self._begin()
        call_in_forked_child(self._begin)

    def _begin(self) -> None:
        """Nothing is held and nobody waits; also in a forked child, whose parent's slots stay the parent's."""
        self._lock = threading.Lock()
        self._lines: dict[frozenset[str], deque[Ticket]] = {}
        self._held: dict[str, Lease] = {}
        self._renewal = Renewal(self._held, self.clock, self._renew)
        self._tags: tuple[float, frozenset[str]] = (float("-inf"), frozenset())
        self._buried_at = float("-inf")

    def new_id(self) -> str:
        """An id for a lease."""
        return uuid7(self.clock.now_us(), os.urandom(10))

    # ── asking the store ─────────────────────────────────────────────────────────────────────────────────────────

    def ask(self, lease: Lease) -> SlotsGranted | SlotsDenied:
        """One question."""
        wish = lease.wish
        now = self.clock.now_us()
        producer = self._producer()
        until = now + int(wish.lease_seconds * 1_000_000) if self._outlives_us else _FOR_EVER_US
        return self._store.acquire_slots(
            SlotRequest(
                lease_id=lease.id,
                names=wish.names,
                slots=wish.slots,
                holder=f"{producer} {wish.holder}" if wish.holder else producer,
                now=now,
                lease_until=until,
                mode=wish.mode,
                strict=wish.strict,
            )
        )

    def hold(self, lease: Lease) -> None:
        """Keep what was granted, for as long as it takes."""
        self._held[lease.id] = lease
        if self._outlives_us:
            self._renewal.watch(lease, lease.wish.lease_seconds / 3)

    def release(self, lease: Lease) -> None:
        """Give back, and call those who wait. If the store is not there now, it is tried again in the background."""
        try:
            self._store.release_slots(lease.id)
        except StoreUnavailableError as error:
            logger.warning("Slots of %s will be given back as soon as the store is there: %s", lease.limits, error)
            self._renewal.watch(lease, 1.0)
            return
        self._held.pop(lease.id, None)
        self._call_first(lease.limits)

    def _renew(self, lease: Lease) -> float:
        """Keep a lease from running out; gives the seconds until it must be done again."""
        if lease.over:
            self.release(lease)
            return 1.0
        now = self.clock.now_us()
        until = now + int(lease.wish.lease_seconds * 1_000_000)
        kept = self._store.renew_slots(lease.id, now, until) or isinstance(lease.ask(), SlotsGranted)
        if not kept:
            self._held.pop(lease.id, None)
            lease.lost = True
            logger.warning(
                "The lease on slots of %s ran out before it could be renewed, and others have taken them since; the "
                "code that held them goes on. A longer lease_duration than %g s gives more time.",
                lease.limits,
                lease.wish.lease_seconds,
            )
            if lease.on_lost is not None:
                lease.on_lost()
        return lease.wish.lease_seconds / 3

    # ── waiting ──────────────────────────────────────────────────────────────────────────────────────────────────

    def has_line(self, names: Iterable[str]) -> bool:
        """Whether somebody waits for just these limits already."""
        return bool(self._lines) and frozenset(names) in self._lines

    def line_up(self, names: Iterable[str]) -> Ticket:
        """Take the last place in the line."""
        ticket = Ticket(frozenset(names))
        with self._lock:
            self._lines.setdefault(ticket.names, deque()).append(ticket)
        return ticket

    def waiting(self, limit: str) -> int:
        """How many wait here for slots of a limit."""
        with self._lock:
            return sum(len(line) for names, line in self._lines.items() if limit in names)

    def is_first(self, ticket: Ticket) -> bool:
        """Whether it is this one's turn."""
        with self._lock:
            return self._lines[ticket.names][0] is ticket

    def leave(self, ticket: Ticket) -> None:
        """Give up the place; who comes first now is called."""
        with self._lock:
            line = self._lines[ticket.names]
            line.remove(ticket)
            if not line:
                del self._lines[ticket.names]
        self._call_first(ticket.names)

    def _call_first(self, names: Iterable[str]) -> None:
        if not self._lines:
            return
        with self._lock:
            called = [line[0] for waited_for, line in self._lines.items() if not waited_for.isdisjoint(names)]
        for ticket in called:
            ticket.call()

    def only_time_helps(self, limit: str, owner: tuple[int, int]) -> bool:
        """Whether nobody but the asker could give back slots of a limit: then a clock that jumps may jump."""
        if self._outlives_us:
            return False
        return all(lease.owner == owner for lease in list(self._held.values()) if limit in lease.limits)

    def bury_dead(self) -> None:
        """End processes that are gone, whose slots come free by that; at most once a second."""
        now = self.clock.monotonic()
        if self._bury_dead is not None and now - self._buried_at >= DEATHS_SOUGHT_SECONDS:
            self._buried_at = now
            self._bury_dead()

    def hearing(self, limit: str) -> Hearing | None:
        """What tells when a limit, or how many of its slots are taken, is another; None where nobody does."""
        return self._store.listener("read_limit", lambda: {"handle": limit, "now": self.clock.now_us()})

    # ── knowing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def limited_tags(self, tags: Iterable[str]) -> tuple[str, ...]:
        """The limits that tags have, as they were when last looked up."""
        limits = self._tags[1]
        return tuple(f"{TAG_PREFIX}{tag}" for tag in tags if f"{TAG_PREFIX}{tag}" in limits) if limits else ()

    def knows_limited_tags(self) -> bool:
        """Whether they were looked up within the last second."""
        return self.clock.monotonic() - self._tags[0] < TAGS_KNOWN_SECONDS

    def look_up_limited_tags(self) -> None:
        """Look up which tags have limits. While the store is away, what was known last is as good as it gets.

        Raises StoreBusyError where nothing is known yet.
        """
        known_at, limits = self._tags
        try:
            all_limits = self._store.limits(self.clock.now_us())
            limits = frozenset(each.name for each in all_limits if each.active and each.name.startswith(TAG_PREFIX))
            self._tags = (self.clock.monotonic(), limits)
        except StoreBusyError:
            if known_at == float("-inf"):
                raise
            self._tags = (self.clock.monotonic() + AWAY_SECONDS, limits)

    def forget_limits(self) -> None:
        """Look again which tags have limits."""
        self._tags = (float("-inf"), frozenset())

    def holders(self, limit: str) -> str:
        """Who has slots of a limit, in words."""
        now = self.clock.now_us()
        told = []
        for holding in self._store.slot_holdings(limit, now):
            _, _, run = holding.holder.partition(" ")
            process = f"process {holding.pid} on {holding.host}" if holding.pid else f"'{holding.holder}'"
            since = (now - holding.acquired_us) / 1_000_000
            told.append(f"{run + ' in ' if run else ''}{process} ({holding.slots} for {since:.3g} s)")
        return ", ".join(told[:5]) + (f" and {len(told) - 5} more" if len(told) > 5 else "")  # noqa: PLR2004 - enough to look at
