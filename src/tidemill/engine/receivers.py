"""Objects whose methods are tasks or flows, as the calls in a run know them: by what they were at first sight.

A method's object is an input of its calls: else two objects' calls with equal arguments could get each other's values
on a retry or resume. But methods change their objects, and a call must be recognised though a later attempt finds the
object as an earlier one left it. So its content counts when a call in the flow run first uses it, and the object by
itself after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import ref

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.engine.context import RunContext


class Receivers:
    """The objects that calls in a flow run have used so far, but for those that take no weak references."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[int, tuple[ref[Any], bytes]] = {}

    def content(self, thing: Any, hashed: Callable[[], bytes]) -> bytes:
        """What ``hashed`` gave for this object when it was first asked for here."""
        number = id(thing)
        known = self._known.get(number)
        if known is not None and known[0]() is thing:
            return known[1]
        content = hashed()
        try:
            watching = ref(thing, lambda gone: self._forget(number, gone))
        except TypeError:
            return content
        self._known[number] = watching, content
        return content

    def _forget(self, number: int, gone: ref[Any]) -> None:
        known = self._known.get(number)
        if known is not None and known[0] is gone:
            del self._known[number]


def receivers_in(scope: RunContext) -> Receivers:
    """Those of the flow run around; outside of one, none are known from before."""
    flow = scope.flow_context
    if flow is None:
        return Receivers()
    found: Receivers | None = getattr(flow, "receivers", None)  # few flows call methods
    if found is None:
        with flow.runtime.counting:
            found = getattr(flow, "receivers", None)
            if found is None:
                found = flow.receivers = Receivers()
    return found
