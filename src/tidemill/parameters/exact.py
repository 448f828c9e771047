"""Which values surely fit an annotation as they are, found without pydantic: loading it costs a tenth of a second.

A checker answers True when pydantic would accept the value and leave it as it is. False means "ask pydantic", never
"wrong".
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin

Checker = Callable[[Any], bool]

_SCALARS: Final = frozenset({int, float, bool, str, bytes, complex, type(None)})
_WHOLE: Final = (int, float, str, bytes, list, dict, set, frozenset, tuple, Enum, type, BaseException)


def anything(_value: Any) -> bool:
    """Every value fits: no annotation, or one that says nothing."""
    return True


def exact_types(annotation: Any) -> frozenset[type] | None:
    """The types whose instances, subclasses not counted, fit; None when a look at the type does not tell."""
    if annotation is None:
        return frozenset({type(None)})
    origin = get_origin(annotation)
    if origin is Union or origin is types.UnionType:
        members = [exact_types(member) for member in get_args(annotation)]
        return None if None in members else frozenset().union(*(m for m in members if m is not None))
    if origin is None and isinstance(annotation, type) and _is_plain(annotation):
        return frozenset({annotation})
    return None


def _is_plain(cls: type) -> bool:
    """Does an instance of exactly this class need no look inside? Models and named tuples do."""
    if cls in _SCALARS or cls in (list, dict, set, frozenset, tuple):
        return True
    opinionated = ("__get_pydantic_core_schema__", "__get_validators__", "__pydantic_validator__", "_is_protocol")
    if any(getattr(cls, mark, False) for mark in opinionated):
        return False
    typed = ("_fields", "__total__", "__supertype__")
    return not any(hasattr(cls, mark) for mark in typed)


def is_foreign(cls: Any) -> bool:
    """Is this a class that pydantic knows nothing about, so that being an instance of it is all there is to check?

    Paths count as such: pydantic passes their instances, which are of hidden subclasses, as they are.
    """
    root = getattr(cls, "__module__", "").partition(".")[0]
    return (
        isinstance(cls, type)
        and _is_plain(cls)
        and not issubclass(cls, _WHOLE)
        and not hasattr(cls, "__dataclass_fields__")
        and cls is not object
        and (root == "pathlib" or root not in sys.stdlib_module_names)
    )


def checker(annotation: Any) -> Checker | None:
    """A function that tells whether a value surely fits; None when only pydantic can tell."""
    if annotation is Any or annotation is object or _is_unbound(annotation):
        return anything
    exact = exact_types(annotation)
    if is_foreign(annotation):
        return lambda value: isinstance(value, annotation)
    if exact is not None:
        return lambda value: type(value) in exact
    return _generic(get_origin(annotation), get_args(annotation))


def _is_unbound(annotation: Any) -> bool:
    """Is this a type variable that takes every type?"""
    return isinstance(annotation, TypeVar) and annotation.__bound__ is None and not annotation.__constraints__


def _generic(origin: Any, members: tuple[Any, ...]) -> Checker | None:
    if origin is Literal:
        return _literal(members)
    if origin is Union or origin is types.UnionType:
        return _any_of([checker(member) for member in members])
    if origin in (list, set, frozenset):
        return _items(origin, checker(members[0]))
    if origin is tuple and len(members) == 2 and members[1] is ...:  # noqa: PLR2004 - how tuple[T, ...] is written
        return _items(tuple, checker(members[0]))
    if origin is dict:
        return _mapping(checker(members[0]), checker(members[1]))
    return None


def _literal(members: Iterable[Any]) -> Checker:
    known = {(type(member), member) for member in members}
    kinds = {kind for kind, _ in known}
    return lambda value: type(value) in kinds and (type(value), value) in known


def _any_of(members: list[Checker | None]) -> Checker | None:
    sure = [member for member in members if member is not None]
    return (lambda value: any(member(value) for member in sure)) if sure else None


def _items(kind: type, member: Checker | None) -> Checker | None:
    if member is None:
        return None
    if member is anything:
        return lambda value: type(value) is kind
    every: Callable[[Any], bool] = lambda value: all(map(member, value))  # noqa: E731 - its argument is Any by now
    return lambda value: type(value) is kind and every(value)


def _mapping(key: Checker | None, item: Checker | None) -> Checker | None:
    if key is None or item is None:
        return None
    return lambda value: type(value) is dict and all(map(key, value)) and all(map(item, value.values()))
