"""What all objects of a client have: the wire's fields, and the methods that users of this API know."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec import UNSET

from tidemill.domain import states
from tidemill.wire import states as wire
from tidemill.wire.base import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")


class Shape(Wire):
    """An object that a client gives or takes.

    It is made from keyword arguments; those that are dicts become the objects that they describe. Raises TypeError for
    a field that it does not have, and ``msgspec.ValidationError`` for a value that does not fit.
    """

    def __post_init__(self) -> None:
        after = getattr(super(), "__post_init__", None)
        if after is not None:
            after()
        for name, made in _made_of(type(self)):
            value = getattr(self, name)
            if isinstance(value, dict | list):
                setattr(self, name, made(value))

    def model_dump(self, *, mode: Literal["python", "json"] = "python", **choice: Any) -> dict[str, Any]:
        """The fields as a dict; with ``mode="json"`` as JSON has them. ``include`` and ``exclude`` are sets of names.

        ``exclude_none`` leaves out what is None. What was never given is left out in any case, since it is not there.
        """
        known = {"include", "exclude", "exclude_none", "exclude_unset", "exclude_defaults", "by_alias"}
        if unknown := choice.keys() - known:
            raise TypeError(
                f"model_dump() does not know {', '.join(sorted(unknown))}; it knows {', '.join(sorted(known))}"
            )
        told = plain(self) if mode == "json" else _as_python(self)
        defaults = _defaults(type(self)) if choice.get("exclude_defaults") or choice.get("exclude_unset") else {}
        return {
            name: value
            for name, value in told.items()
            if (not choice.get("include") or name in choice["include"])
            and name not in (choice.get("exclude") or ())
            and not (value is None and choice.get("exclude_none"))
            and not (name in defaults and defaults[name] == getattr(self, name))
        }

    def model_dump_json(self, **choice: Any) -> str:
        """As ``model_dump``, as JSON text."""
        return msgspec.json.encode(self.model_dump(mode="json", **choice)).decode()

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy, in which the fields of ``update`` are others."""
        copied = decode(encode(self), type(self)) if deep else self
        return msgspec.structs.replace(copied, **(update or {}))

    @classmethod
    def model_validate(cls, obj: Any) -> Self:
        """From a dict, or from an object with these attributes."""
        return obj if isinstance(obj, cls) else convert(obj, cls)

    @classmethod
    def model_validate_json(cls, json_data: str | bytes) -> Self:
        """From JSON text."""
        return decode(json_data.encode() if isinstance(json_data, str) else json_data, cls)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Parameters of flows, and fields of users' models, may be of such a type."""
        from pydantic_core import core_schema  # noqa: PLC0415 - whoever asks has loaded it

        def validated(value: Any) -> Any:
            try:
                return cls.model_validate(value)
            except msgspec.ValidationError as error:
                raise ValueError(str(error)) from error

        as_json = core_schema.plain_serializer_function_ser_schema(plain, when_used="json")
        return core_schema.no_info_plain_validator_function(validated, serialization=as_json)


def encode(value: Any) -> bytes:
    """As JSON. What was not given is left out."""
    return msgspec.json.encode(value, enc_hook=_encoded)


def plain(value: Any) -> Any:
    """As dicts, lists, and what else JSON has; lengths of time as seconds."""
    return _in_seconds(msgspec.to_builtins(value, enc_hook=_encoded, builtin_types=(timedelta,)))


def _in_seconds(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, list):
        return [_in_seconds(one) for one in value]
    if isinstance(value, dict):
        return {key: _in_seconds(one) for key, one in value.items()}
    return value


def decode(raw: bytes, type_: type[T]) -> T:
    """From JSON; unknown fields are passed over."""
    made: T = _decoder(type_)(raw)  # type: ignore[arg-type]  # types are hashable
    return made


def convert(value: Any, type_: type[T]) -> T:
    """From dicts and lists."""
    return msgspec.convert(value, type_, strict=False, from_attributes=True, dec_hook=_decoded)


@cache
def _decoder(type_: Any) -> Callable[[bytes], Any]:
    return msgspec.json.Decoder(type_, strict=False, dec_hook=_decoded).decode


def _decoded(type_: type[Any], value: Any) -> Any:
    type_ = get_origin(type_) or type_
    if type_ is states.State:
        return value if isinstance(value, states.State) else state_of(convert(value, wire.State))
    if isinstance(value, type_):
        return value
    raise TypeError(f"{type_.__name__} is not read from JSON")


def _encoded(value: Any) -> Any:
    if isinstance(value, states.State):
        return wire_of(value)
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    if isinstance(value, msgspec.UnsetType):
        return None
    from pydantic import BaseModel, SecretBytes, SecretStr  # noqa: PLC0415 - only values of users get here

    if isinstance(value, SecretStr | SecretBytes):
        return value.get_secret_value()
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"expected what JSON can hold, got {type(value).__name__}")


def state_of(said: wire.State) -> states.State[Any]:
    """A state as users know it. Its ids are UUIDs, as all of a client's are."""
    details = said.state_details
    return states.State(
        said.type,
        said.name,
        said.message,
        said.data,
        timestamp=said.timestamp,
        state_details=states.StateDetails(**{name: _known(name, details) for name in details.__struct_fields__}),
        id=_uuid(said.id),
    )


def _known(name: str, details: wire.StateDetails) -> Any:
    value = getattr(details, name)
    return _uuid(value) if name.endswith("_id") and isinstance(value, str) else value


def wire_of(state: states.State[Any]) -> wire.State:
    """A state as it crosses HTTP; its value does not, save where it says in which storage it is."""
    data = state.data if isinstance(state.data, dict) and "storage_key" in state.data else None
    details = msgspec.convert(plain(state.state_details), wire.StateDetails, strict=False)
    return wire.State(str(state.id), state.type, data, state.message, state.name, details, state.timestamp)


def proposal_of(state: states.State[Any]) -> wire.StateCreate:
    """A state as it is proposed to a server."""
    said = wire_of(state)
    return wire.StateCreate(said.type, said.data, said.message, said.name, said.state_details)


def _uuid(text: str) -> Any:
    from uuid import UUID  # noqa: PLC0415

    return UUID(text)


def _as_python(struct: msgspec.Struct) -> dict[str, Any]:
    found = ((name, getattr(struct, name)) for name in struct.__struct_fields__)
    return {name: _deep(value) for name, value in found if value is not UNSET}


def _deep(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return _as_python(value)
    if isinstance(value, list):
        return [_deep(one) for one in value]
    if isinstance(value, dict):
        return {key: _deep(one) for key, one in value.items()}
    return value


@cache
def _defaults(shape: type[msgspec.Struct]) -> dict[str, Any]:
    fields = msgspec.structs.fields(shape)
    made = {f.name: f.default_factory() for f in fields if f.default_factory is not msgspec.NODEFAULT}
    return made | {f.name: f.default for f in fields if f.default is not msgspec.NODEFAULT}


@cache
def _made_of(shape: type[msgspec.Struct]) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    """The fields that hold objects of their own, each with what makes one from dicts."""
    hints = get_type_hints(shape, include_extras=True)

    def maker(hint: Any) -> Callable[[Any], Any]:
        return lambda value: convert(value, hint)

    return tuple(
        (name, maker(hint)) for name, hint in hints.items() if name in shape.__struct_fields__ and _holds(hint)
    )


def _holds(hint: Any) -> bool:
    if isinstance(hint, type) and (issubclass(hint, msgspec.Struct) or hint is states.State):
        return True
    return any(_holds(inner) for inner in get_args(hint))
