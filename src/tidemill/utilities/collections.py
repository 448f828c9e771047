"""Collections: visiting what is nested, merging, picking, grouping."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Collection, Generator, Hashable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum, auto
from typing import Any, TypeVar, Union, cast

from tidemill.utilities.annotations import BaseAnnotation
from tidemill.utilities.nesting import shape_of
from tidemill.utilities.walk import find, replace, resolve

T = TypeVar("T")
R = TypeVar("R")
KT = TypeVar("KT")
VT = TypeVar("VT")
VT1 = TypeVar("VT1")
VT2 = TypeVar("VT2")
HashableT = TypeVar("HashableT", bound=Hashable)
NestedDict = dict[KT, Union[VT, "NestedDict[KT, VT]"]]

__all__ = [
    "AutoEnum",
    "StopVisiting",
    "batched_iterable",
    "deep_merge",
    "deep_merge_dicts",
    "dict_to_flatdict",
    "distinct",
    "ensure_iterable",
    "extract_instances",
    "find",
    "flatdict_to_dict",
    "get_from_dict",
    "isiterable",
    "listrepr",
    "remove_nested_keys",
    "replace",
    "resolve",
    "set_in_dict",
    "visit_collection",
]


class AutoEnum(str, Enum):  # noqa: UP042 - StrEnum would change what str() gives
    """An enumeration whose members' values are their names: write ``RED = AutoEnum.auto()``."""

    @staticmethod
    def _generate_next_value_(name: str, *_: object) -> str:
        return name

    @staticmethod
    def auto() -> str:
        """The value that makes a member's value its name."""
        return cast("str", auto())

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.value}"


class StopVisiting(BaseException):
    """Raised by a visitor: do not go into this collection."""


def visit_collection(
    expr: Any,
    visit_fn: Callable[[Any, dict[str, VT]], Any] | Callable[[Any], Any],
    *,
    return_data: bool = False,
    max_depth: int = -1,
    context: dict[str, VT] | None = None,
    remove_annotations: bool = False,
    _seen: dict[int, Any] | None = None,
) -> Any | None:
    """Call a function on ``expr`` and on everything nested in it, outside in.

    With ``return_data``, what the function returns takes the place of what it was called with, and the whole comes
    back; types are kept, and so is every collection in which nothing changed. Without it, nothing comes back.
    ``max_depth`` is how many levels are entered (default -1: all). ``context``, if given, is passed to the function as
    a copy for each branch, so what it notes there holds for what is inside. ``remove_annotations`` unwraps marks such
    as ``unmapped``. The function may raise StopVisiting: then the object stays as it is and is not entered.
    """
    visiting = _Visiting(visit_fn, returns=return_data, unwraps=remove_annotations, seen=_seen)
    result = visiting.visit(expr, max_depth, context)
    return result if return_data else None


class _Visiting:
    """One call of ``visit_collection``."""

    def __init__(
        self, visitor: Callable[..., Any], *, returns: bool, unwraps: bool, seen: dict[int, Any] | None
    ) -> None:
        self._visitor = visitor
        self._returns = returns
        self._unwraps = unwraps
        self._seen = {} if seen is None else seen  # the objects being entered: they may contain themselves

    def visit(self, expr: Any, depth: int, context: dict[str, Any] | None) -> Any:
        if context is not None:
            context = context.copy()
        try:
            result = self._visitor(expr) if context is None else self._visitor(expr, context)
        except StopVisiting:
            return expr
        if self._returns:
            expr = result
        shape = shape_of(type(expr))
        if shape is None or depth == 0 or id(expr) in self._seen:
            return expr
        self._seen[id(expr)] = expr
        try:
            parts = shape.parts(expr)
            new = [self.visit(part, depth - 1, context) for part in parts]
        finally:
            del self._seen[id(expr)]
        if not self._returns:
            return expr
        if self._unwraps and isinstance(expr, BaseAnnotation):
            return new[0]
        return expr if all(a is b for a, b in zip(new, parts, strict=True)) else shape.assembled(expr, new)


def isiterable(obj: Any) -> bool:
    """Can it be iterated over, other than text, bytes and open files?"""
    if isinstance(obj, str | bytes | io.IOBase):
        return False
    try:
        iter(obj)
    except TypeError:
        return False
    return True


def ensure_iterable(obj: T | Iterable[T]) -> Collection[T]:
    """The object itself when it is a sequence or a set, else a list with it inside."""
    return cast("Collection[T]", obj) if isinstance(obj, Sequence | AbstractSet) else [cast("T", obj)]


def listrepr(objs: Iterable[Any], sep: str = " ") -> str:
    """The objects' representations, joined."""
    return sep.join(repr(obj) for obj in objs)


def extract_instances(
    objects: Iterable[Any],
    types: type[T] | tuple[type[T], ...] = object,  # type: ignore[assignment]  # then T is anything
) -> list[T] | dict[type[T], list[T]]:
    """Those objects that are of a type, or a dict of lists when several types are given."""
    if not isinstance(types, tuple):
        return [obj for obj in objects if isinstance(obj, types)]
    found: dict[type[T], list[T]] = {}
    for obj in objects:
        for kind in types:
            if isinstance(obj, kind):
                found.setdefault(kind, []).append(obj)
    return found


def batched_iterable(iterable: Iterable[T], size: int) -> Generator[tuple[T, ...], None, None]:
    """Tuples of ``size`` items, the last maybe shorter."""
    remaining = iter(iterable)
    while batch := tuple(itertools.islice(remaining, size)):
        yield batch


def distinct(iterable: Iterable[T | HashableT], key: Callable[[T], Hashable] | None = None) -> Iterator[T | HashableT]:
    """The items whose key, or which themselves, did not come before."""
    seen: set[Any] = set()
    for item in iterable:
        mark = key(cast("T", item)) if key is not None else item
        if mark not in seen:
            seen.add(mark)
            yield item


def dict_to_flatdict(dct: NestedDict[KT, VT]) -> dict[tuple[KT, ...], VT]:
    """A dict keyed by paths; ``{1: {2: 3}}`` becomes ``{(1, 2): 3}``. An empty dict inside counts as a value."""
    flat: dict[tuple[KT, ...], Any] = {}
    waiting: list[tuple[tuple[KT, ...], Any]] = [((), dct)] if dct else []
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict) and value:
            waiting.extend(((*path, key), inner) for key, inner in reversed(value.items()))
        else:
            flat[path] = value
    return flat


def flatdict_to_dict(dct: dict[tuple[KT, ...], VT]) -> NestedDict[KT, VT]:
    """The inverse of ``dict_to_flatdict``."""
    nested: dict[Any, Any] = {}
    for path, value in dct.items():
        inner = nested
        for key in path[:-1]:
            inner = inner.setdefault(key, {})
        inner[path[-1]] = value
    return nested


def remove_nested_keys(keys_to_remove: list[HashableT], obj: Any) -> Any:
    """The dict without these keys, in dicts inside it too; anything but a dict comes back as it is."""
    if not isinstance(obj, dict):
        return obj
    return {key: remove_nested_keys(keys_to_remove, value) for key, value in obj.items() if key not in keys_to_remove}


def _path(keys: str | list[str]) -> list[str]:
    return keys.replace("[", ".").replace("]", "").split(".") if isinstance(keys, str) else keys


def get_from_dict(dct: dict[str, Any], keys: str | list[str], default: R | None = None) -> Any:
    """What stands at a path, written ``"a.b[1]"`` or ``["a", "b", "1"]``; the default when nothing does."""
    value: Any = dct
    for key in _path(keys):
        try:
            value = value[int(key)] if isinstance(value, list | tuple) else value[key]
        except (KeyError, IndexError, TypeError, ValueError):
            return default
    return value


def set_in_dict(dct: dict[str, Any], keys: str | list[str], value: Any) -> None:
    """Put a value at a path, making the dicts on the way. Raises TypeError where the path goes through a value."""
    *way, last = _path(keys)
    inner: Any = dct
    for key in way:
        inner = inner.setdefault(key, {})
        if not isinstance(inner, dict):
            raise TypeError(f"cannot set {keys!r}: there is a value at {key!r}, not a dict")
    inner[last] = value


def deep_merge(dct: dict[str, Any], merge: dict[str, Any]) -> dict[str, Any]:
    """Both dicts in one, dicts inside merged likewise; where they differ, ``merge`` wins. Neither is changed."""
    merged = dct.copy()
    for key, value in merge.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = deep_merge(merged[key], value) if both else value
    return merged


def deep_merge_dicts(*dicts: dict[str, Any]) -> dict[str, Any]:
    """All dicts in one; the later win."""
    merged: dict[str, Any] = {}
    for dct in dicts:
        merged = deep_merge(merged, dct)
    return merged
