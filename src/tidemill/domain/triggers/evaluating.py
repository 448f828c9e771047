"""Rules over their windows: what events and the passing of time make of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from tidemill.domain.triggers import parts, windows
from tidemill.domain.triggers.parts import Gathered
from tidemill.domain.triggers.rules import Firing
from tidemill.domain.triggers.windows import Outcome, Window

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidemill.domain.triggers.rules import EventRule, Leaf, PartsRule, Seen

#: What is remembered of a rule for one key.
State = Window | Gathered
#: Whose state that is: a rule's id, and the key.
Place = tuple[str, tuple[str, ...]]


class Evaluation:
    """Judges events in the order in which they come. ``late``: for how long a window that is over still takes events.

    ``states`` is all that is remembered of the places that are asked about; ``changed`` says what became of them.
    """

    def __init__(self, states: Mapping[Place, State], late: int) -> None:
        self._states = dict(states)
        self._late = late
        self.changed: dict[Place, State | None] = {}
        #: When time must look at a place that changed; None: never.
        self.due: dict[Place, int | None] = {}

    def open(self, rule: EventRule, now: int) -> None:
        """Begin to wait, where nobody does so yet."""
        if (rule.id, ()) not in self._states:
            self._keep_window(rule, (), windows.opened(rule, now))

    def happened(self, leaf: Leaf, key: tuple[str, ...], seen: Seen) -> Firing | None:
        """What an event that the rule covers makes of it; the firing of the whole trigger, if it fires."""
        outcome = windows.after_event(leaf.rule, self._window(leaf.rule, key), key, seen, self._late)
        return self._settle(leaf, key, outcome)

    def passed(self, leaf: Leaf, key: tuple[str, ...], now: int) -> Firing | None:
        """What the passing of time makes of a rule; the firing of the whole trigger, if it fires."""
        window = self._window(leaf.rule, key)
        if window is None:
            return None
        return self._settle(leaf, key, windows.after_time(leaf.rule, window, now, self._late))

    def forget(self, place: Place) -> None:
        """What is remembered there is no use any more."""
        self._states.pop(place, None)
        self.changed[place] = None

    def _window(self, rule: EventRule, key: tuple[str, ...]) -> Window | None:
        state = self._states.get((rule.id, key))
        return state if isinstance(state, Window) else None

    def _settle(self, leaf: Leaf, key: tuple[str, ...], outcome: Outcome) -> Firing | None:
        self._keep_window(leaf.rule, key, outcome.window)
        if outcome.fired is None:
            return None
        at, event, cause = outcome.fired
        id_ = str(uuid5(UUID(leaf.rule.id), f"{key} {cause or at}"))
        firing: Firing | None = Firing(id_, leaf.rule.id, at, dict(zip(leaf.rule.for_each, key, strict=True)), event)
        for rule in leaf.above:
            if firing is None:
                return None
            firing = self._gather(rule, firing)
        return firing

    def _gather(self, rule: PartsRule, firing: Firing) -> Firing | None:
        state = self._states.get((rule.id, ()))
        gathered, fired = parts.after_firing(rule, state if isinstance(state, Gathered) else None, firing)
        self._keep((rule.id, ()), gathered, None if gathered is None else parts.due(rule, gathered, self._late))
        return fired

    def _keep_window(self, rule: EventRule, key: tuple[str, ...], window: Window | None) -> None:
        self._keep((rule.id, key), window, None if window is None else windows.due(rule, window, self._late))

    def _keep(self, place: Place, state: State | None, due: int | None) -> None:
        if self._states.get(place) == state:
            return
        if state is None:
            self.forget(place)
        else:
            self._states[place] = self.changed[place] = state
            self.due[place] = due
