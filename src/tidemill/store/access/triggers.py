"""What is needed to judge automations: which are watched, what happened since, what their triggers remember."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from tidemill.domain.triggers.evaluating import Place, State
from tidemill.domain.triggers.windows import Window
from tidemill.store.access.automations import AUTOMATIONS
from tidemill.store.access.base import Access
from tidemill.store.asking import all_rows, one_row, scalar
from tidemill.store.event_rows import EVENT_COLUMNS, EVENT_FROM, event
from tidemill.store.fields import bound
from tidemill.store.tailing import PAGE_BYTES, span

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from tidemill.store.tailing import Tail
    from tidemill.wire.automations import Automation
    from tidemill.wire.events import ReceivedEvent

_READER: Final = "triggers"
_OVERVIEW: Final = """
SELECT count(*), max(updated_us), min(watched_from),
    (SELECT read_up_to FROM event_reader WHERE name = :reader),
    (SELECT min(due_us) FROM automation_bucket WHERE due_us IS NOT NULL)
FROM automation WHERE enabled = 1
"""
_SINCE: Final = "SELECT id, watched_from FROM automation WHERE enabled = 1"
_STILL: Final = "SELECT id, updated_us FROM automation WHERE enabled = 1 ORDER BY id @locked(automation)"
_READ: Final = "SELECT read_up_to FROM event_reader WHERE name = :reader"
_MOVE: Final = """
INSERT INTO event_reader (name, read_up_to) VALUES (:reader, :upto)
ON CONFLICT (name) DO UPDATE SET read_up_to = excluded.read_up_to
"""
_NAMED: Final = """
event.seq > :after AND event.seq <= :sure AND (:every OR event.name IN @listed(:names) OR EXISTS (
    SELECT 1 FROM @values(:beginnings, beginning)
    WHERE substr(event.name, 1, length(beginning.value)) = beginning.value))
ORDER BY event.seq LIMIT :limit
"""
_SIZES: Final = f"""
SELECT event.seq, length(coalesce(event.payload, '')) + length(coalesce(event.related, '')) FROM event WHERE {_NAMED}
"""
_FOLLOW: Final = f"SELECT {EVENT_COLUMNS} FROM {EVENT_FROM} WHERE {_NAMED}"
#: So many events are looked through at once, however few of them are named so.
_STRETCH: Final = 50_000
_BUCKETS: Final = "SELECT trigger_id, key, state FROM automation_bucket WHERE (trigger_id, key) IN @pairs(:places)"
_DUE: Final = """
SELECT trigger_id, state FROM automation_bucket WHERE due_us IS NOT NULL AND due_us <= :now
ORDER BY due_us, trigger_id, key LIMIT :most
"""
_KEEP: Final = """
INSERT INTO automation_bucket (trigger_id, key, automation_id, due_us, state)
VALUES (:trigger, :key, :automation, :due, :state)
ON CONFLICT (trigger_id, key) DO UPDATE SET due_us = excluded.due_us, state = excluded.state
"""
_FORGET: Final = "DELETE FROM automation_bucket WHERE trigger_id = :trigger AND key = :key"
_LONGEST_KEY: Final = 200

_state: Final = msgspec.json.Decoder(State).decode


class Watching(NamedTuple):
    """The automations that are enabled, at a glance.

    ``since``: the least position from which on one of them is judged. ``due``: when time must look at what is
    remembered; None: never.
    """

    enabled: int
    changed: int | None
    since: int
    read_up_to: int
    due: int | None


class Bucket(NamedTuple):
    """What is remembered at a place, of an automation. ``due``: when time must look at it."""

    place: Place
    automation_id: str
    state: State
    due: int | None


class Triggers(Access):
    """Judging automations; each event once, by moving the position in the transaction that keeps what came of it."""

    def watching(self) -> Watching:
        """One small question."""
        with self._connections.reading() as session:
            enabled, changed, since, read, due = one_row(session, _OVERVIEW, {"reader": _READER}) or (
                0,
                None,
                0,
                0,
                None,
            )
            return Watching(enabled, changed, since or 0, read or 0, due)

    def enabled_automations(self) -> list[tuple[Automation, int]]:
        """Each with the position from which on it is judged, by id."""
        with self._connections.reading() as session:
            since: dict[str, int] = dict(all_rows(session, _SINCE))
            found = AUTOMATIONS.read(session, "automation.enabled = 1 ORDER BY automation.id", {})
            return [(one, since[one.id]) for one in found if one.id in since]

    def follow_named(
        self, tail: Tail, after: int, names: Collection[str], beginnings: Collection[str], *, every: bool, limit: int
    ) -> tuple[list[tuple[int, ReceivedEvent]], int, bool]:
        """What came in behind a position under these names, and where to go on; and whether that is all to be seen."""
        with self._connections.reading() as session:
            end = tail.sure(session)
            if end <= after:
                return [], after, True
            sure = min(end, after + _STRETCH)
            given = {
                "after": after, "sure": sure, "limit": limit,
                "every": every, "names": bound(sorted(names)), "beginnings": bound(sorted(beginnings)),
            }  # fmt: skip
            found = span(session, _SIZES, given, after=after, sure=sure, limit=limit, most_bytes=PAGE_BYTES)
            rows = [] if found.upto == after else all_rows(session, _FOLLOW, given | {"sure": found.upto})
            return [(row[0], event(row)) for row in rows], found.then, found.then >= end

    def is_still_watched(self, versions: Mapping[str, int], read_up_to: int) -> bool:
        """Whether these are the automations that are enabled, by when each was changed, and all was read up to there.

        They stay as they are until this transaction is over.
        """
        with self._connections.writing() as session:
            if dict(all_rows(session, _STILL)) != versions:
                return False
            return (scalar(session, _READ, {"reader": _READER}) or 0) == read_up_to

    def read_on(self, upto: int) -> None:
        """All events up to there have been judged."""
        with self._connections.writing() as session:
            session.execute(_MOVE, {"reader": _READER, "upto": upto})

    def remembered(self, places: Iterable[Place]) -> dict[Place, State]:
        """What is remembered at these places."""
        by_key = {(trigger, _key_text(key)): (trigger, key) for trigger, key in places}
        with self._connections.writing() as session:
            rows = all_rows(session, _BUCKETS, {"places": bound(sorted(by_key))}) if by_key else []
            return {by_key[trigger, key]: _state(state) for trigger, key, state in rows}

    def due_buckets(self, now: int, *, limit: int) -> list[Place]:
        """Where time must look by now, the first first."""
        with self._connections.writing() as session:
            rows = all_rows(session, _DUE, {"now": now, "most": limit})
            states = [(trigger, _state(state)) for trigger, state in rows]
            return [(trigger, one.key if isinstance(one, Window) else ()) for trigger, one in states]

    def remember(self, kept: Collection[Bucket], forgotten: Collection[Place]) -> None:
        """Keep what is remembered from now on, and forget the rest of what changed."""
        rows = [
            {
                "trigger": place[0],
                "key": _key_text(place[1]),
                "automation": automation,
                "due": due,
                "state": bound(state),
            }
            for place, automation, state, due in kept
        ]
        with self._connections.writing() as session:
            session.executemany(_KEEP, rows)
            session.executemany(_FORGET, [{"trigger": id_, "key": _key_text(key)} for id_, key in forgotten])


def _key_text(key: tuple[str, ...]) -> str:
    """What fits into an index."""
    text = bound(key)
    return text if len(text) <= _LONGEST_KEY else blake2b(text.encode(), digest_size=16).hexdigest()
