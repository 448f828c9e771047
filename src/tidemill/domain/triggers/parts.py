"""Rules that are made of others: which of their parts have fired, and whether that is enough."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid5

import msgspec

from tidemill.domain.triggers.rules import Firing

if TYPE_CHECKING:
    from tidemill.domain.triggers.rules import PartsRule


class Gathered(msgspec.Struct, frozen=True, tag="gathered"):
    """The last firing of each part, in the order of time; of one moment, in which they were noticed."""

    firings: list[Firing]


def after_firing(rule: PartsRule, gathered: Gathered | None, firing: Firing) -> tuple[Gathered | None, Firing | None]:
    """What has been gathered with this firing of a part; and the rule's own firing, if that is enough."""
    firings = [] if gathered is None else gathered.firings
    if any(one.rule == firing.rule and one.at > firing.at for one in firings):
        return gathered, None
    firings = sorted([*(one for one in firings if one.rule != firing.rule), firing], key=lambda one: one.at)
    if rule.within is not None:
        firings = [one for one in firings if one.at >= firings[-1].at - rule.within]
    if not _is_enough(rule, firings):
        return Gathered(firings), None
    id_ = str(uuid5(UUID(rule.id), " ".join(one.id for one in firings)))
    return None, Firing(id_, rule.id, firings[-1].at, event=firing.event, parts=firings)


def due(rule: PartsRule, gathered: Gathered, late: int) -> int | None:
    """When what was gathered is no use any more; None: never."""
    return None if rule.within is None else gathered.firings[-1].at + rule.within + late


def _is_enough(rule: PartsRule, firings: list[Firing]) -> bool:
    if rule.ordered:
        return [one.rule for one in firings] == [part.id for part in rule.parts]
    return len(firings) >= rule.needed
