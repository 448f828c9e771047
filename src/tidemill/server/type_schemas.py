"""JSON schemas of Python types, as far as what crosses HTTP is made of them."""

from __future__ import annotations

from collections import abc
from datetime import datetime, timedelta
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tidemill.domain.states import StateType
from tidemill.wire.base import MOST, OneOf

_PLAIN: Final[dict[Any, dict[str, Any]]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    Any: {},
    msgspec.Raw: {},
    UUID: {"type": "string", "format": "uuid"},
    datetime: {"type": "string", "format": "date-time"},
    timedelta: {"type": "string", "format": "duration"},
}
_BOUNDS: Final = {
    "ge": "minimum",
    "le": "maximum",
    "gt": "exclusiveMinimum",
    "lt": "exclusiveMaximum",
    "pattern": "pattern",
}
_LENGTHS: Final = {"array": ("minItems", "maxItems"), "string": ("minLength", "maxLength")}


class Schemas:
    """Schemas that refer to one another by name; ``components`` collects those that have one."""

    def __init__(self) -> None:
        self.components: dict[str, Any] = {}
        self._types: dict[str, type[Any]] = {}

    def of(self, hint: Any) -> dict[str, Any]:  # noqa: PLR0911 - one for each kind of type
        """The schema of a type."""
        if hint in _PLAIN:
            return dict(_PLAIN[hint])
        if isinstance(hint, type) and issubclass(hint, (msgspec.Struct, Enum)):
            return self._named(hint)
        origin, inner = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self._constrained(inner[0], inner[1:])
        if origin in (Union, UnionType):
            return self._any_of(inner)
        if origin is Literal:
            return {"const": inner[0]} if len(inner) == 1 else {"enum": list(inner), "type": "string"}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.of(inner[1]) or True}
        if origin is tuple:
            size = len(inner)
            return {"type": "array", "prefixItems": [self.of(o) for o in inner], "minItems": size, "maxItems": size}
        if origin in (list, set, abc.Collection, abc.Sequence):
            return {"type": "array", "items": self.of(inner[0])} | ({"uniqueItems": True} if origin is set else {})
        raise TypeError(f"no schema is known for {hint!r}")

    def fields_of(self, struct: type[msgspec.Struct]) -> dict[str, Any]:
        """The schema of a struct itself, rather than a reference to it."""
        self._named(struct)
        shape: dict[str, Any] = self.components[_name_of(struct)]
        return shape

    def _any_of(self, types: tuple[Any, ...]) -> dict[str, Any]:
        parts = [self.of(one) for one in types if one is not UnsetType]
        return parts[0] if len(parts) == 1 else {"anyOf": parts}

    def _constrained(self, hint: Any, constraints: tuple[Any, ...]) -> dict[str, Any]:
        schema = self.of(hint)
        for given in constraints:
            if isinstance(given, OneOf):
                return {"anyOf": [self.of(one) for one in given.types]}
            if isinstance(given, Meta):
                schema |= _bounds(given, schema.get("type", ""))
        if hint == float | str:
            return {"type": ["number", "string"], "format": "duration"}
        return schema

    def _named(self, type_: type[Any]) -> dict[str, Any]:
        name = _name_of(type_)
        if self._types.setdefault(name, type_) is not type_:
            raise TypeError(f"two types are called {name}: {self._types[name]} and {type_}")
        if name not in self.components:
            self.components[name] = {}  # it may refer to itself
            self.components[name] = self._struct(type_) if issubclass(type_, msgspec.Struct) else _words(type_)
        return {"$ref": f"#/components/schemas/{name}"}

    def _struct(self, struct: type[msgspec.Struct]) -> dict[str, Any]:
        if struct.__struct_config__.array_like:
            return {"type": "array"}
        hints = get_type_hints(struct, include_extras=True)
        properties: dict[str, Any] = {}
        required = []
        config = struct.__struct_config__
        if config.tag is not None and config.tag_field is not None:
            properties[config.tag_field] = {"const": config.tag, "type": "string"}
            required.append(config.tag_field)
        for field in msgspec.structs.fields(struct):
            properties[field.encode_name] = self.of(hints[field.name]) | _default(field)
            if field.required:
                required.append(field.encode_name)
        shape: dict[str, Any] = {"type": "object", "properties": properties}
        if struct.__doc__:
            shape["description"] = struct.__doc__.strip()
        if required:
            shape["required"] = required
        if config.forbid_unknown_fields:
            shape["additionalProperties"] = False
        return shape


def _name_of(type_: type[Any]) -> str:
    """What the record keeps has names of its own beside what the API answers."""
    inner = type_.__module__.startswith("tidemill.domain.") and type_ is not StateType
    return f"Recorded{type_.__name__}" if inner else type_.__name__


def _words(enum: type[Enum]) -> dict[str, Any]:
    return {"type": "string", "enum": [one.value for one in enum]}


def _bounds(given: Meta, kind: str) -> dict[str, Any]:
    said: dict[str, Any] = dict(given.extra_json_schema or {})
    for ours, theirs in _BOUNDS.items():
        bound = getattr(given, ours)
        if bound is not None and bound not in (MOST, -MOST - 1):
            said[theirs] = bound
    for ours, theirs in zip(("min_length", "max_length"), _LENGTHS.get(kind, ()), strict=False):
        if getattr(given, ours) is not None:
            said[theirs] = getattr(given, ours)
    return said


def _default(field: Any) -> dict[str, Any]:
    if field.default is UNSET:
        return {}
    if field.default is not msgspec.NODEFAULT:
        return {"default": msgspec.to_builtins(field.default)}
    if field.default_factory in (dict, list, set):
        return {"default": msgspec.to_builtins(field.default_factory())}
    return {}
