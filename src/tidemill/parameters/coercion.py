"""Pydantic's part in checking parameters; nobody loads this module before a value needs it."""

from __future__ import annotations

import sys
import types
import typing
from typing import Annotated, Any, NotRequired, Required, Union, Unpack, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, TypeAdapter
from typing_extensions import TypedDict

_ANY_CLASS = ConfigDict(arbitrary_types_allowed=True)


def adapter_for(annotation: Any, variadic: str) -> TypeAdapter[Any] | None:
    """What checks ``(value,)``, or all of ``*args`` or ``**kwargs``; None when pydantic has no idea of the type.

    A value travels in a tuple, because a model or dataclass standing alone may not be given the configuration that
    lets classes unknown to pydantic pass by isinstance.
    """
    if hasattr(annotation, "__get_validators__") and not hasattr(annotation, "__get_pydantic_core_schema__"):
        return None  # a model of pydantic 1, which pydantic 2 cannot check
    try:
        return TypeAdapter(_shape(annotation, variadic), config=_ANY_CLASS)
    except Exception:  # noqa: BLE001 - it may run the user's own hooks; what has no schema is not checked
        return None


def _shape(annotation: Any, variadic: str) -> Any:
    if variadic == "**" and get_origin(annotation) is Unpack:
        return types.GenericAlias(tuple, (_portable(get_args(annotation)[0]),))
    inner = _portable(annotation)
    if variadic == "**":
        inner = types.GenericAlias(dict, (str, inner))
    elif variadic == "*":
        inner = types.GenericAlias(tuple, (inner, ...))
    return types.GenericAlias(tuple, (inner,))


def _portable(annotation: Any) -> Any:
    """The annotation with typing's TypedDicts as pydantic can read them: before Python 3.12 it refuses those."""
    if sys.version_info >= (3, 12):
        return annotation
    if isinstance(annotation, type(_Example)) and type(annotation).__module__ == "typing":
        return _rewritten(annotation)
    arguments = get_args(annotation)
    inner = tuple(_portable(argument) for argument in arguments)
    if all(new is old for new, old in zip(inner, arguments, strict=True)):
        return annotation
    origin = get_origin(annotation)
    if origin is types.UnionType or origin is Union:
        return Union[inner]  # noqa: UP007 - made from a tuple
    return Annotated[inner] if origin is Annotated else origin[inner]


_Example = typing.TypedDict("_Example", {})  # noqa: UP013 - only to get at its metaclass


def _rewritten(annotation: Any) -> Any:
    fields: dict[str, Any] = {}
    for name, hint in get_type_hints(annotation, include_extras=True).items():
        bare = get_args(hint)[0] if get_origin(hint) in (Required, NotRequired) else hint
        marked = Required if name in annotation.__required_keys__ else NotRequired
        fields[name] = marked[_portable(bare)]
    return TypedDict(annotation.__name__, fields)  # type: ignore[operator]  # made from a dict
