"""Doing what was asked for, many units to a transaction, in spite of what comes between.

A commit costs as much as a few units, whatever is in it. So those that were asked for while a group was at work are
done before its commit, too.

Who fails for a reason of its own is undone and told alone. Most have written nothing by then, so there is nothing to be
undone; only where somebody had, the group is made again with each unit undoable by itself, which costs a statement for
each.

What undoes the whole group (a lock, a deadlock, a connection lost, the database away) is no unit's fault. The group is
made again, without those whose statement met a lock, which come last and alone. Nobody waits longer than
``PATIENCE_SECONDS`` and the wait for one more lock; then all that are left are told to come again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.store.errors import StoreBusyError, StoreFullError, StoreUnavailableError, StoreUncertainError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tidemill.store.store import Store
    from tidemill.system.clock import Clock

#: For how long what was undone is made again, in seconds.
PATIENCE_SECONDS: Final = 10.0
#: What only reads is not begun again after so long: what took its time and was stopped would take it again.
READING_SECONDS: Final = 2.0
#: What is waited before each further try. A database that does not answer by then is away for longer.
WAITS_SECONDS: Final = (0.0, 0.02, 0.1, 0.3, 0.8)


class Unit:
    """Something to do. It is over with a value or an error.

    ``moves``: the flow run that is all it changes of what others ask; empty for a new one, None where it is not known.
    """

    __slots__ = ("error", "moves", "unit", "value")

    def __init__(self, unit: Callable[[], Any], moves: str | None = None) -> None:
        self.unit = unit
        self.moves = moves
        self.value: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        """Do it, and remember what came of it."""
        self.error = None
        self.value = self.unit()


class _HalfDoneError(Exception):
    """A unit failed when it had written something."""


def _nobody() -> Sequence[Unit]:
    return ()


class Groups:
    """Does units in groups over a store. What came of each stands in it when a method returns; none raises."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def read(self, group: Sequence[Unit]) -> None:
        """Do what only reads, one by one; soon again where the connection was lost."""
        for unit in group:
            waits, until = iter(WAITS_SECONDS[:3]), self._clock.monotonic() + READING_SECONDS
            while not self._has_read(unit) and (wait := next(waits, None)) is not None:
                if self._clock.monotonic() >= until:
                    break
                self._clock.sleep(wait)

    def _has_read(self, unit: Unit) -> bool:
        try:
            unit.run()
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            unit.error = error
            return not _is_passing(error)
        return True

    def write(self, group: Sequence[Unit], late: Callable[[], Sequence[Unit]] = _nobody) -> None:
        """Do what writes: committed once for all of the group. ``late``: who else is to be done before the commit."""
        until = self._clock.monotonic() + PATIENCE_SECONDS
        together = _Attempts(self._store, self._clock, group, until, WAITS_SECONDS)
        together.make(late)
        for unit in together.in_the_way:
            if self._clock.monotonic() < until:
                _Attempts(self._store, self._clock, [unit], until, WAITS_SECONDS[-1:]).make()


class _Attempts:
    """At one group, until it is done or its time is over."""

    def __init__(self, store: Store, clock: Clock, group: Sequence[Unit], until: float, waits: Sequence[float]) -> None:
        self._store = store
        self._clock = clock
        self._group = list(group)
        self._until = until
        self._waits = iter(waits)
        self._apart = False
        self._at: Unit | None = None
        self.in_the_way: list[Unit] = []

    def make(self, late: Callable[[], Sequence[Unit]] = _nobody) -> None:
        """Again and again. Nobody else is let into a group that was undone, and each asks for itself."""
        foresees = True
        while self._group and not self._is_over(late, foresees=foresees):
            late, foresees = _nobody, False

    def _is_over(self, late: Callable[[], Sequence[Unit]], *, foresees: bool) -> bool:
        self._at = None
        try:
            with self._store.together():
                self._do_all(self._group, foresees=foresees)
                while more := late():
                    self._group += more
                    self._do_all(more, foresees=foresees)
        except _HalfDoneError:
            self._apart = True
            return False
        except StoreUncertainError as error:
            committed = self._settled(error)
            return committed or self._is_over_after(error, again=committed is False)
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            return self._is_over_after(error, again=_is_passing(error))
        return True

    def _do_all(self, units: Sequence[Unit], *, foresees: bool) -> None:
        if foresees:
            self._store.foresee_moves([unit.moves for unit in units if unit.moves])
        for unit in units:
            if unit.moves is None:
                self._store.foresee_nothing()
            self._at = unit
            self._do(unit)
        self._at = None

    def _do(self, unit: Unit) -> None:
        before = self._store.written()
        try:
            if self._apart:
                with self._store.together():
                    unit.run()
            else:
                unit.run()
        except Exception as error:
            written = self._store.written()
            if _is_passing(error) or (self._apart and written is None):
                raise  # the transaction is gone, and the others' work with it
            if not self._apart and written != before:
                raise _HalfDoneError from error
            unit.error = error

    def _is_over_after(self, error: Exception, *, again: bool) -> bool:
        """Whether nothing is left to try after the group was undone; ``again``: it may succeed as it is."""
        if self._at is None or len(self._group) == 1:
            if again and self._may_wait():
                return False
            if not isinstance(error, StoreUnavailableError) and len(self._group) > 1:
                self.in_the_way = self._group  # the commit was refused for what one of them wrote
        elif isinstance(error, StoreBusyError) or not again or not self._may_wait():
            self._leave_out(self._at, error, later=again)
            if self._clock.monotonic() < self._until:
                return False
        else:
            return False
        for unit in self._group:
            unit.error = error
        return True

    def _leave_out(self, unit: Unit, error: Exception, *, later: bool) -> None:
        unit.error = error
        self._group.remove(unit)
        if later:
            self.in_the_way.append(unit)

    def _may_wait(self) -> bool:
        """Wait for the next attempt, if there is to be one."""
        wait = next(self._waits, None)
        if wait is None or self._clock.monotonic() >= self._until:
            return False
        self._clock.sleep(wait)
        return True

    def _settled(self, error: StoreUncertainError) -> bool | None:
        """Whether it was committed; None where nobody answers that."""
        while True:
            try:
                return error.was_committed()
            except StoreUnavailableError:
                if not self._may_wait():
                    return None


def _is_passing(error: Exception) -> bool:
    """Whether the same may well succeed if it is done again."""
    return isinstance(error, StoreUnavailableError) and not isinstance(error, StoreFullError)
