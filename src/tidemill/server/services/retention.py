"""What is old is deleted, by default and without anybody asking: a database that nobody looks after stays small."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from tidemill.server.services.service import SECOND_US, Pass, Service

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from tidemill.settings import Settings

#: Between two bites, so that others have their turn.
_PAUSE_US: Final = 10_000
#: Clients send a request again for seconds; an answer is kept for those whose machine slept meanwhile.
_ANSWER_KEPT_US: Final = 3600 * SECOND_US
_ANSWERS_INTERVAL: Final = 60.0
_ANSWERS_BATCH: Final = 1000


class Retention(Service):
    """Deletes events, and runs with all that is theirs, when their period is over; ``batch_size`` rows at once."""

    name = "db_vacuum"

    def __init__(self, settings: Settings) -> None:
        said = settings.server.services.db_vacuum
        scope = {"events", "flow_runs"} if said.enabled is True else said.enabled or frozenset()
        super().__init__(interval=said.loop_seconds, enabled=bool(scope))
        self._batch = said.batch_size
        self._events = "events" in scope
        self._runs = "flow_runs" in scope
        self._run_period = _us(said.retention_period)
        self._event_period = _us(settings.server.events.retention_period)
        self._periods_of = {name: _us(period) for name, period in said.event_retention_overrides.items()}
        self._lone_interval = round(said.orphan_cleanup_loop_seconds * SECOND_US)
        self._lone_due = 0
        self._logs_after = ""

    def run_once(self, turn: Pass) -> int | None:
        """One bite of each kind; again soon where more is left."""
        more = False
        if self._events:
            more |= self._bite_events(turn)
        if self._runs:
            more |= turn.write(
                partial(turn.store.delete_part_of_old_run, turn.now - self._run_period, limit=self._batch)
            )
            more |= self._bite_lone(turn)
        return turn.now + _PAUSE_US if more else None

    def _bite_events(self, turn: Pass) -> bool:
        delete, named = turn.store.delete_events_before, turn.store.delete_events_named_before
        bites: list[Callable[[], int]] = [
            partial(named, name, turn.now - period, limit=self._batch) for name, period in self._periods_of.items()
        ]
        before = turn.now - self._event_period
        bites.append(partial(delete, before, limit=self._batch, except_named=self._periods_of.keys()))
        return max(turn.write(lambda: [bite() for bite in bites])) >= self._batch

    def _bite_lone(self, turn: Pass) -> bool:
        if turn.now < self._lone_due:
            return False
        before, lone, logs = (
            turn.now - self._run_period,
            turn.store.delete_lone_rows,
            turn.store.delete_logs_of_gone_runs,
        )
        if not self._logs_after and turn.write(partial(lone, before, turn.now, limit=self._batch)):
            return True
        self._logs_after = turn.write(partial(logs, self._logs_after, before, limit=self._batch))
        if self._logs_after:
            return True
        self._lone_due = turn.now + self._lone_interval
        return False


class KeptAnswers(Service):
    """Forgets what requests were answered that nobody will send again."""

    name = "kept_answers"

    def __init__(self) -> None:
        super().__init__(interval=_ANSWERS_INTERVAL)

    def run_once(self, turn: Pass) -> int | None:
        """One bite; again soon where more is left."""
        before = turn.now - _ANSWER_KEPT_US
        forgotten = turn.write(partial(turn.store.forget_answers_before, before, limit=_ANSWERS_BATCH))
        return turn.now + _PAUSE_US if forgotten == _ANSWERS_BATCH else None


def _us(period: timedelta) -> int:
    return round(period.total_seconds() * SECOND_US)
