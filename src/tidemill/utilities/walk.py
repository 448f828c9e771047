"""Finding futures and states wherever they are in nested collections, and putting values in their place.

Made for the way of every argument of every task: scalars cost a look at their type, and a list of a million numbers
one pass without Python code in it. Cycles are survived. What ``quote`` or ``opaque`` marks is not entered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.utilities.annotations import BaseAnnotation, allow_failure, opaque, quote
from tidemill.utilities.nesting import SCALARS, shape_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.utilities.nesting import Shape

Kinds = type | tuple[type, ...]


def find(value: Any, kinds: Kinds) -> list[Any]:
    """Every object of these kinds in ``value``, itself included: each once, in order of appearance."""
    kind = type(value)
    if kind in SCALARS or (kind is dict and _is_flat(value)):  # parameters of most calls are flat
        return []
    found: dict[int, Any] = {}
    entered: set[int] = set()
    keep = []  # parts of an iterated collection may be made on the way: ids must not be reused meanwhile
    waiting = [value]
    while waiting:
        item = waiting.pop()
        kind = type(item)
        if kind in SCALARS:
            continue
        if issubclass(kind, kinds):
            found.setdefault(id(item), item)
            continue
        shape = _entered(kind)
        if shape is None or id(item) in entered:
            continue
        entered.add(id(item))
        parts = shape.parts(item)
        if not SCALARS.issuperset(map(type, parts)):
            keep.append(parts)
            waiting.extend(reversed(parts))
    return list(found.values())


def replace(value: Any, kinds: Kinds, by: Callable[[Any], Any]) -> Any:
    """``value`` with ``by(object)`` in place of every object of these kinds; each object is asked for once.

    Collections keep their types, and stay the same objects where nothing inside them changes; the others are copied,
    never changed. A replacement is not searched.
    """
    found = find(value, kinds)
    if not found:
        return value
    return _Replacing({id(item): by(item) for item in found}).visit(value)


def resolve(value: Any, kinds: Kinds, swap: Callable[[Any, bool], Any]) -> Any:
    """What a function gets for an argument: as ``replace``, and with every mark taken off.

    ``swap(object, forgiving)`` is asked once for each object and each way it is marked; ``forgiving`` is true below
    ``allow_failure``. What ``quote`` or ``opaque`` marks is handed over as it is.
    """
    looked_for = (*kinds, BaseAnnotation) if isinstance(kinds, tuple) else (kinds, BaseAnnotation)
    return _Resolving(kinds, swap).visit(value) if find(value, looked_for) else value


def _is_flat(value: dict[Any, Any]) -> bool:
    return SCALARS.issuperset(map(type, value.values())) and SCALARS.issuperset(map(type, value))


def _entered(kind: type) -> Shape | None:
    return None if issubclass(kind, quote | opaque) else shape_of(kind)


class _Replacing:
    """One pass of ``replace``; ``done`` maps the ids of objects to what stands for them."""

    def __init__(self, done: dict[int, Any]) -> None:
        self._done = done
        self._keep: list[Any] = []

    def visit(self, item: Any) -> Any:
        kind = type(item)
        if kind in SCALARS:
            return item
        if id(item) in self._done:
            return self._done[id(item)]
        return self._visited(item, kind)

    def _visited(self, item: Any, kind: type) -> Any:
        shape = _entered(kind)
        if shape is None:
            return item
        parts = shape.parts(item)
        if SCALARS.issuperset(map(type, parts)):
            return item
        self._keep.append(parts)
        # while its inside is looked at, a collection that contains itself stands for itself: as a copy that is filled
        # afterwards where its type allows, else as the original
        shell = shape.shell(item) if shape.shell is not None else item
        self._done[id(item)] = shell
        new = [self.visit(part) for part in parts]
        if all(a is b for a, b in zip(new, parts, strict=True)):
            self._done[id(item)] = item
            return item
        if shape.fill is None:
            shell = shape.assembled(item, new)
        else:
            shape.fill(shell, new)
        self._done[id(item)] = shell
        return shell


class _Resolving(_Replacing):
    """One pass of ``resolve``; what stands below ``allow_failure`` has a pass of its own, with answers of its own."""

    def __init__(self, kinds: Kinds, swap: Callable[[Any, bool], Any], *, forgiving: bool = False) -> None:
        super().__init__({})
        self._kinds = kinds
        self._swap = swap
        self._forgiving = forgiving
        self._below_allow_failure: _Resolving | None = None

    def _visited(self, item: Any, kind: type) -> Any:
        if issubclass(kind, self._kinds):
            swapped = self._done[id(item)] = self._swap(item, self._forgiving)
            return swapped
        if not issubclass(kind, BaseAnnotation):
            return super()._visited(item, kind)
        if issubclass(kind, quote | opaque):
            return item.unwrap()
        if issubclass(kind, allow_failure) and not self._forgiving:
            if self._below_allow_failure is None:
                self._below_allow_failure = _Resolving(self._kinds, self._swap, forgiving=True)
            return self._below_allow_failure.visit(item.unwrap())
        return self.visit(item.unwrap())
