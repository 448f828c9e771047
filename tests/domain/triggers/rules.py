"""Rules and events for them, with moments in seconds."""

from __future__ import annotations

from uuid import NAMESPACE_OID, uuid5

from tidemill.domain.triggers.evaluating import Evaluation
from tidemill.domain.triggers.matching import covers, is_expected, is_first, key_of
from tidemill.domain.triggers.rules import EventRule, PartsRule, Seen, leaves

SECOND = 1_000_000
LATE = 60 * SECOND


def rule(name="rule", *, within=0, **fields) -> EventRule:
    return EventRule(str(uuid5(NAMESPACE_OID, name)), within=round(within * SECOND), **fields)


def parts(*of, needed=None, within=None, ordered=False, name="parts") -> PartsRule:
    span = None if within is None else round(within * SECOND)
    return PartsRule(str(uuid5(NAMESPACE_OID, name)), of, needed or len(of), ordered, span)


def seen(at, name="e", resource="r", *, related=(), **labels) -> Seen:
    id_ = f"{name} of {resource} at {at}"
    said = {"prefect.resource.id": resource} | labels
    return Seen(id_, name, round(at * SECOND), said, list(related), {"id": id_})


class Story:
    """A trigger to which things happen, kept between evaluations as the store keeps it."""

    def __init__(self, whole, *, begins=0):
        self._leaves = list(leaves(whole))
        self.states, self.dues = {}, {}
        with_start = self._judge()
        for leaf in self._leaves:
            if leaf.rule.standing:
                with_start.open(leaf.rule, begins * SECOND)
        self._keep(with_start)

    def _judge(self):
        return Evaluation(self.states, LATE)

    def _keep(self, evaluation):
        for place, state in evaluation.changed.items():
            self.dues[place] = evaluation.due.get(place)
            if state is None:
                self.states.pop(place, None)
            else:
                self.states[place] = state

    def tell(self, *events):
        """The firings, of events that come in one batch."""
        evaluation, fired = self._judge(), []
        for event in events:
            for leaf in self._leaves:
                watched = leaf.rule
                interested = is_expected(watched, event.name) or is_first(watched, event.name)
                if interested and covers(watched, event):
                    fired.append(evaluation.happened(leaf, key_of(watched, event), event))
        self._keep(evaluation)
        return [one for one in fired if one is not None]

    def wait_until(self, now):
        """The firings, by the passing of time."""
        evaluation, fired = self._judge(), []
        for place in sorted(self.states):
            if self.dues[place] is not None and self.dues[place] <= now * SECOND:
                found = [leaf for leaf in self._leaves if leaf.rule.id == place[0]]
                if found:
                    fired.append(evaluation.passed(found[0], place[1], round(now * SECOND)))
                else:
                    evaluation.forget(place)
        self._keep(evaluation)
        return [one for one in fired if one is not None]


def moments(firings):
    return [one.at / SECOND for one in firings]
