"""Taking collections apart and putting them together again, each with its own type.

Built-in collections and their subclasses, named tuples, dataclasses, pydantic models and marks are collections here;
arrays, frames, iterators and everything else are single things.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from tidemill.utilities.annotations import BaseAnnotation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Shape(NamedTuple):
    """How collections of one type come apart.

    ``parts`` lists what is inside. ``assembled`` makes one like the original with other parts, as many and in the
    same order; ``shell`` is an empty one to be filled later, for types that may contain themselves.
    """

    parts: Callable[[Any], Sequence[Any]]
    assembled: Callable[[Any, Sequence[Any]], Any]
    shell: Callable[[Any], Any] | None = None
    fill: Callable[[Any, Sequence[Any]], None] | None = None


#: Types of single things, so common that a look at the type must do.
SCALARS: Final[frozenset[type]] = frozenset(
    {int, float, bool, str, bytes, type(None), complex, bytearray, range, slice, type(Ellipsis)}
)


def shape_of(kind: type) -> Shape | None:
    """How collections of this type come apart; None when its instances are single things."""
    try:
        return _BUILT_IN[kind]
    except KeyError:
        pass
    try:
        return _known[kind]
    except KeyError:
        shape = _known[kind] = _find_shape(kind)
        return shape


def _find_shape(kind: type) -> Shape | None:
    for base, shape in _FAMILIES:
        if issubclass(kind, base):
            return _NAMED_TUPLE if base is tuple and hasattr(kind, "_make") else shape
    if hasattr(kind, "__dataclass_fields__"):
        return Shape(_dataclass_parts, _dataclass)
    return Shape(_model_parts, _model) if hasattr(kind, "__pydantic_fields__") else None


def _itself(value: Any) -> Any:
    return value


def _dict_parts(value: dict[Any, Any]) -> list[Any]:
    return [*value, *value.values()]


def _fill_list(value: list[Any], parts: Sequence[Any]) -> None:
    value[:] = parts


def _fill_dict(value: dict[Any, Any], parts: Sequence[Any]) -> None:
    half = len(parts) // 2
    value.update(zip(parts[:half], parts[half:], strict=True))


def _fill_set(value: set[Any], parts: Sequence[Any]) -> None:
    value.update(parts)


_BUILT_IN: Final[dict[type, Shape | None]] = {
    **dict.fromkeys(SCALARS),
    list: Shape(_itself, lambda _, parts: list(parts), lambda _: [], _fill_list),
    dict: Shape(
        _dict_parts,
        lambda _, parts: dict(zip(parts[: len(parts) // 2], parts[len(parts) // 2 :], strict=True)),
        lambda _: {},
        _fill_dict,
    ),
    tuple: Shape(_itself, lambda _, parts: tuple(parts)),
    set: Shape(list, lambda _, parts: set(parts), lambda _: set(), _fill_set),
    frozenset: Shape(list, lambda _, parts: frozenset(parts)),
}
_known: WeakKeyDictionary[type, Shape | None] = WeakKeyDictionary()


def _like(base: Shape | None) -> Shape:
    """The shape of a subclass: its instances are copied and emptied, so that what else they carry is kept."""
    assert base is not None
    assert base.fill is not None
    fill = base.fill

    def shell(old: Any) -> Any:
        empty = copy.copy(old)
        empty.clear()
        return empty

    def assembled(old: Any, parts: Sequence[Any]) -> Any:
        new = shell(old)
        fill(new, parts)
        return new

    return Shape(base.parts, assembled, shell, fill)


def _tuple(old: Any, parts: Sequence[Any]) -> Any:
    new = tuple.__new__(type(old), parts)
    if hasattr(old, "__dict__"):
        new.__dict__.update(old.__dict__)
    return new


_NAMED_TUPLE: Final = Shape(list, lambda old, parts: type(old)._make(parts))
_FAMILIES: Final[tuple[tuple[type, Shape], ...]] = (
    (BaseAnnotation, Shape(list, lambda old, parts: old.rewrap(parts[0]))),
    (tuple, Shape(list, _tuple)),
    (list, _like(_BUILT_IN[list])),
    (dict, _like(_BUILT_IN[dict])),
    (set, _like(_BUILT_IN[set])),
    (frozenset, Shape(list, lambda old, parts: type(old)(parts))),
)


def _dataclass_parts(value: Any) -> list[Any]:
    return [getattr(value, name, None) for name in type(value).__dataclass_fields__]


def _dataclass(old: Any, parts: Sequence[Any]) -> Any:
    # not through __init__, which may compute or refuse: the object is the same but for what was replaced
    new = copy.copy(old)
    for name, part in zip(type(old).__dataclass_fields__, parts, strict=True):
        if getattr(old, name, None) is not part:
            object.__setattr__(new, name, part)
    return new


def _model_names(model: Any) -> list[str]:
    return [*model.__dict__, *(model.__pydantic_extra__ or ())]


def _model_parts(model: Any) -> list[Any]:
    return [getattr(model, name) for name in _model_names(model)]


def _model(old: Any, parts: Sequence[Any]) -> Any:
    return old.model_copy(update=dict(zip(_model_names(old), parts, strict=True)))
