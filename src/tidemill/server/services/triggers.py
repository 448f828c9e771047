"""Events are held against the triggers of automations, and so is the passing of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tidemill.domain.triggers.evaluating import Evaluation
from tidemill.server.automation_firings import fire
from tidemill.server.automation_rules import Interests
from tidemill.server.services.service import SECOND_US, Pass, Service
from tidemill.store.access.triggers import Bucket
from tidemill.store.tailing import Tail

if TYPE_CHECKING:
    from tidemill.domain.triggers.evaluating import Place
    from tidemill.server.automation_rules import Meant
    from tidemill.settings import Settings

#: An automation fires so late at most, by itself.
_INTERVAL: Final = 1.0
#: More than that in one transaction would hold up others: events, what is held against triggers, what time is up for.
_EVENTS: Final = 500
_MEANT: Final = 2_000
_DUE: Final = 500


class _Batch(NamedTuple):
    """For which rules events are, up to which position that is, and whether nothing can be seen behind it."""

    meant: list[Meant]
    upto: int
    is_all: bool


class Triggers(Service):
    """Fires automations. Every event is judged once, in the order in which it was taken in.

    How far events were read, what triggers remember of them and what fired are kept in one transaction. Time is judged
    when all events are. Where the database has some that cannot be seen yet, they are given the time to come that late
    ones have anyway (``events.expired_bucket_buffer``).
    """

    name = "triggers"

    def __init__(self, settings: Settings) -> None:
        super().__init__(interval=_INTERVAL, enabled=settings.server.services.triggers.enabled)
        events = settings.server.events
        self._late = round(events.expired_bucket_buffer.total_seconds() * SECOND_US)
        self._granularity = round(events.proactive_granularity.total_seconds() * SECOND_US)
        self._looked: int | None = None
        self._tail = Tail("event")
        self._known: tuple[int, int | None] | None = None
        self._interests = Interests()
        self._to_open = False

    def run_once(self, turn: Pass) -> int | None:
        """Judge what came in since the last pass, and what time is up for; again at once where more is left."""
        watching = turn.store.watching()
        if not watching.enabled:
            return None
        if self._known != (watching.enabled, watching.changed):
            self._interests = Interests(turn.store.enabled_automations())
            self._known, self._to_open = (watching.enabled, watching.changed), bool(self._interests.standing)
        after = max(watching.read_up_to, watching.since)
        batch = self._read(turn, after)
        by = self._time_is_up(turn.now, watching.due) if batch.is_all else None
        if batch.upto == after and by is None and not self._to_open:
            return None
        looked_at = turn.write(lambda: self._judge(turn, batch, watching.read_up_to, by))
        if looked_at is None:
            self._known = None
            return None
        self._to_open = False
        if by is not None and looked_at < _DUE:
            self._looked = turn.now
        return turn.now if looked_at == _DUE or (batch.upto > after and not batch.is_all) else None

    def _read(self, turn: Pass, after: int) -> _Batch:
        asked = self._interests
        meant: list[Meant] = []
        found, upto, is_all = turn.store.follow_named(
            self._tail, after, asked.names, asked.beginnings, every=asked.every, limit=_EVENTS
        )
        for seq, event in found:
            rules = asked.meant(seq, event, turn.now)
            if meant and len(meant) + len(rules) > _MEANT:
                return _Batch(meant, seq - 1, is_all=False)
            meant += rules
        return _Batch(meant, upto, is_all)

    def _time_is_up(self, now: int, due: int | None) -> int | None:
        """Up to when time is judged in this pass; None where it is not."""
        by = now - self._late if self._tail.behind else now
        looked_just_now = self._looked is not None and self._looked <= now < self._looked + self._granularity
        return None if due is None or due > by or looked_just_now else by

    def _judge(self, turn: Pass, batch: _Batch, read_up_to: int, by: int | None) -> int | None:
        """In one transaction: at how many places time was up; None where automations were changed meanwhile."""
        store, asked = turn.store, self._interests
        if not store.is_still_watched(asked.versions, read_up_to):
            return None
        due = [] if by is None else store.due_buckets(by, limit=_DUE)
        evaluation = Evaluation(store.remembered(self._places(batch.meant, due)), self._late)
        for one in asked.standing:
            evaluation.open(one.leaf.rule, turn.now)
        fired = [
            (one.watched.automation, evaluation.happened(one.watched.leaf, one.key, one.seen)) for one in batch.meant
        ]
        for place in due:
            watched = asked.watched(place[0])
            if watched is not None:
                fired.append((watched.automation, evaluation.passed(watched.leaf, place[1], by or 0)))
            elif place not in evaluation.changed:
                evaluation.forget(place)
        self._keep(turn, evaluation)
        fire(store, [(automation, firing) for automation, firing in fired if firing is not None], turn.now)
        if batch.upto > read_up_to:
            store.read_on(batch.upto)
        return len(due)

    def _places(self, meant: list[Meant], due: list[Place]) -> set[Place]:
        leaves = [(one.watched.leaf, one.key) for one in meant]
        leaves += [(one.leaf, ()) for one in self._interests.standing]
        leaves += [(watched.leaf, key) for id_, key in due if (watched := self._interests.watched(id_)) is not None]
        return {(leaf.rule.id, key) for leaf, key in leaves} | {
            (rule.id, ()) for leaf, _ in leaves for rule in leaf.above
        }

    def _keep(self, turn: Pass, evaluation: Evaluation) -> None:
        kept = [
            Bucket(place, self._interests.owner(place[0]).id, state, evaluation.due[place])
            for place, state in evaluation.changed.items()
            if state is not None
        ]
        turn.store.remember(kept, [place for place, state in evaluation.changed.items() if state is None])
