"""Triggers of automations as rules, and which automations an event is for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tidemill.domain.events import RESOURCE_ID
from tidemill.domain.states import to_us
from tidemill.domain.triggers.matching import covers, is_expected, is_first, key_of
from tidemill.domain.triggers.rules import EventRule, PartsRule, Seen, leaves
from tidemill.wire.automations import CompoundTrigger, EventTrigger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidemill.domain.triggers.rules import Leaf, Rule, Specification
    from tidemill.wire.automations import Automation, Trigger
    from tidemill.wire.events import ReceivedEvent

#: Longer than anybody waits, and a number that every database holds.
_LONGEST_US: Final = 100 * 365 * 86_400 * 1_000_000
#: What automations do is told as events of these names. A trigger hears of it only if it names them.
_CAUSED: Final = ("prefect.automation.triggered", "prefect.automation.resolved", "prefect.automation.action.")
_AUTOMATION: Final = "prefect.automation."
#: Automations that set each other off end there.
_LONGEST_CHAIN: Final = 8
#: More names than anybody uses; beyond it, what is known of them is found anew.
_MOST_NAMES: Final = 10_000


def rule_of(trigger: Trigger) -> Rule:
    """A trigger as it is judged."""
    if isinstance(trigger, EventTrigger):
        related = trigger.match_related if isinstance(trigger.match_related, list) else [trigger.match_related]
        return _event_rule(trigger, tuple(related))
    needed = len(trigger.triggers)
    if isinstance(trigger, CompoundTrigger) and trigger.require != "all":
        needed = 1 if trigger.require == "any" else trigger.require
    return PartsRule(
        id=str(trigger.id),
        parts=tuple(rule_of(one) for one in trigger.triggers),
        needed=needed,
        ordered=not isinstance(trigger, CompoundTrigger),
        within=None if trigger.within is None else _us(trigger.within),
    )


def _event_rule(trigger: EventTrigger, related: tuple[Specification, ...]) -> EventRule:
    return EventRule(
        id=str(trigger.id),
        proactive=trigger.posture == "Proactive",
        expect=tuple(sorted(trigger.expect)),
        after=tuple(sorted(trigger.after)),
        match=trigger.match,
        related=related,
        for_each=tuple(sorted(trigger.for_each)),
        threshold=trigger.threshold,
        within=_us(trigger.within),
    )


def _us(seconds: float | str) -> int:
    return round(min(float(seconds) * 1_000_000, _LONGEST_US))


class Watched(NamedTuple):
    """A rule about events, and the automation that it belongs to, which is judged from a position on."""

    leaf: Leaf
    automation: Automation
    since: int


class Meant(NamedTuple):
    """An event that is for a rule, under a key."""

    watched: Watched
    key: tuple[str, ...]
    seen: Seen


class Interests:
    """What automations wait for."""

    def __init__(self, automations: Sequence[tuple[Automation, int]] = ()) -> None:
        self.versions = {one.id: 0 if one.updated is None else to_us(one.updated) for one, _ in automations}
        self._watched = [
            Watched(leaf, one, since) for one, since in automations for leaf in leaves(rule_of(one.trigger))
        ]
        self._by_rule = {one.leaf.rule.id: one for one in self._watched}
        self._owner = {one.leaf.rule.id: one.automation for one in self._watched}
        self._owner |= {rule.id: one.automation for one in self._watched for rule in one.leaf.above}
        self._by_name: dict[str, list[Watched]] = {}
        patterns = {name for one in self._watched for name in (*one.leaf.rule.expect, *one.leaf.rule.after)}
        #: All that any of them may be about: names, beginnings of names, or whatever comes.
        self.names = {name for name in patterns if not _is_glob(name)}
        self.beginnings = {name[:-1] for name in patterns - self.names if not _is_glob(name[:-1])}
        self.every = len(patterns) > len(self.names) + len(self.beginnings) or any(
            not one.leaf.rule.expect for one in self._watched
        )

    @property
    def standing(self) -> list[Watched]:
        """Those that wait before any event has come."""
        return [one for one in self._watched if one.leaf.rule.standing]

    def watched(self, rule: str) -> Watched | None:
        """The rule about events that has an id."""
        return self._by_rule.get(rule)

    def owner(self, rule: str) -> Automation:
        """To which automation a rule belongs."""
        return self._owner[rule]

    def meant(self, seq: int, event: ReceivedEvent, now: int) -> list[Meant]:
        """For which rules an event at a position is, that is known by ``now``."""
        interested = [one for one in self._interested(event.event) if seq > one.since and not _of_itself(one, event)]
        if not interested:
            return []
        seen = _seen(event, now)
        return [Meant(one, key_of(one.leaf.rule, seen), seen) for one in interested if covers(one.leaf.rule, seen)]

    def _interested(self, name: str) -> list[Watched]:
        known = self._by_name.get(name)
        if known is None:
            if len(self._by_name) >= _MOST_NAMES:
                self._by_name.clear()
            known = self._by_name[name] = [one for one in self._watched if _listens_to(one.leaf.rule, name)]
        return known


def _listens_to(rule: EventRule, name: str) -> bool:
    if name.startswith(_CAUSED) and not any(one.startswith(_AUTOMATION) for one in (*rule.expect, *rule.after)):
        return False
    return is_expected(rule, name) or is_first(rule, name)


def _of_itself(watched: Watched, event: ReceivedEvent) -> bool:
    """Whether an event is what came of the automation, or of too many that set each other off."""
    if not event.event.startswith(_CAUSED):
        return False
    if event.resource.get(RESOURCE_ID) == f"{_AUTOMATION}{watched.automation.id}":
        return True
    length, payload = 1, event.payload
    while isinstance(payload, dict) and isinstance(before := payload.get("triggering_event"), dict):
        length, payload = length + 1, before.get("payload", {})
    return length > _LONGEST_CHAIN


def _seen(event: ReceivedEvent, now: int) -> Seen:
    """An event's time is when it occurred; no clock of anybody else's leads into the future."""
    known = now if event.received is None else min(to_us(event.received), now)
    return Seen(event.id, event.event, min(to_us(event.occurred), known), event.resource, event.related, event)


def _is_glob(name: str) -> bool:
    return any(letter in name for letter in "*?[")
