"""The kinds of value a setting can have: how each is read from text or TOML, and written as text again.

A setting's kind is its annotation. A plain table instead of a validation library: loading must cost microseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, TypeAlias, get_args

from tidemill.settings.durations import parse_duration
from tidemill.settings.secret import Secret

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
MissingFlow = Literal["warn", "error", "ignore"]
DatabaseDriver = Literal["postgresql+asyncpg", "sqlite+aiosqlite"]
Durability = Literal["process", "disk", "server", "off"]
StorageFailure = Literal["fail", "continue"]
Strings: TypeAlias = tuple[str, ...]
StringSet: TypeAlias = frozenset[str]
StatusCodes: TypeAlias = frozenset[int]
Delays: TypeAlias = float | tuple[float, ...]
Headers: TypeAlias = Mapping[str, str]
Durations: TypeAlias = Mapping[str, timedelta]
VacuumScope: TypeAlias = frozenset[str] | bool


class Kind(NamedTuple):
    """How one kind of value is read and written; ``read`` raises ValueError for what does not fit."""

    expected: str
    read: Callable[[Any], Any]
    write: Callable[[Any], str] = str


_TRUE: Final = frozenset({"true", "1", "yes", "on", "t", "y"})
_FALSE: Final = frozenset({"false", "0", "no", "off", "f", "n"})


def _read_bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError(text)


def _read_int(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise ValueError(value)
    return int(value)


def _read_float(value: Any) -> float:
    if isinstance(value, bool):
        raise ValueError(value)  # noqa: TRY004 - the caller maps one error
    number = float(value)
    if number != number or number in {float("inf"), float("-inf")}:  # noqa: PLR0124 - not a number
        raise ValueError(value)
    return number


def _read_text(value: Any) -> str:
    if not isinstance(value, str | int | float | Path):
        raise ValueError(value)  # noqa: TRY004 - the caller maps one error
    return str(value)


def _read_path(value: Any) -> Path:
    text = _read_text(value)
    if not text:
        raise ValueError(text)
    try:
        return Path(text).expanduser()
    except RuntimeError as error:  # ~ of a user that is not known
        raise ValueError(text) from error


def _read_secret(value: Any) -> Secret:
    return value if isinstance(value, Secret) else Secret(_read_text(value))


def _items(value: Any) -> Iterable[Any]:
    if isinstance(value, str):
        text = value.strip()
        if text.startswith("["):
            return _items(_json(text))
        return [part.strip() for part in text.split(",") if part.strip()]
    if isinstance(value, list | tuple | set | frozenset):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return [value]
    raise ValueError(value)


def _json(text: str) -> Any:
    import json  # noqa: PLC0415 - few settings need it

    return json.loads(text)


def _read_codes(value: Any) -> frozenset[int]:
    codes = frozenset(_read_int(item) for item in _items(value))
    if any(not 100 <= code <= 599 for code in codes):  # noqa: PLR2004 - what HTTP has
        raise ValueError(value)
    return codes


def _read_delays(value: Any) -> Delays:
    if isinstance(value, str) and ("," in value or value.strip().startswith("[")):
        return tuple(_read_float(item) for item in _items(value))
    if isinstance(value, list | tuple):
        return tuple(_read_float(item) for item in value)
    return _read_float(value)


def _read_mapping(value: Any) -> Mapping[str, Any]:
    found = _json(value) if isinstance(value, str) else value
    if not isinstance(found, Mapping):
        raise ValueError(value)  # noqa: TRY004 - the caller maps one error
    return found


def _read_headers(value: Any) -> Headers:
    return MappingProxyType({str(name): _read_text(text) for name, text in _read_mapping(value).items()})


def _read_durations(value: Any) -> Durations:
    return MappingProxyType({str(name): parse_duration(each) for name, each in _read_mapping(value).items()})


def _read_vacuum_scope(value: Any) -> VacuumScope:
    try:
        return _read_bool(value)
    except ValueError:
        return frozenset(_read_text(item) for item in _items(value))


def _write_items(value: Iterable[Any]) -> str:
    return ",".join(str(item) for item in (sorted(value) if isinstance(value, frozenset) else value))


def _write_either(value: Any) -> str:
    return _write_items(value) if isinstance(value, tuple | frozenset) else str(value)


def _write_seconds(value: timedelta) -> str:
    return repr(value.total_seconds()).removesuffix(".0")


def _write_mapping(value: Mapping[str, Any]) -> str:
    import json  # noqa: PLC0415 - few settings need it

    return json.dumps(dict(value), default=timedelta.total_seconds)


def _one_of(literal: Any) -> Kind:
    choices: tuple[str, ...] = get_args(literal)
    by_lower = {choice.lower(): choice for choice in choices}

    def read(value: Any) -> str:
        try:
            return by_lower[str(value).strip().lower()]
        except KeyError:
            raise ValueError(value) from None

    return Kind("one of " + ", ".join(choices), read)


KINDS: Final[dict[str, Kind]] = {
    "bool": Kind("true or false", _read_bool),
    "int": Kind("a whole number", _read_int),
    "float": Kind("a number", _read_float),
    "str": Kind("a text", _read_text),
    "Path": Kind("a path", _read_path),
    "Secret": Kind("a text", _read_secret, Secret.get_secret_value),
    "timedelta": Kind("a duration: seconds, '15s', '1h 30m' or 'PT5M'", parse_duration, _write_seconds),
    "object": Kind("anything", lambda value: value),
    "LogLevel": _one_of(LogLevel),
    "MissingFlow": _one_of(MissingFlow),
    "DatabaseDriver": _one_of(DatabaseDriver),
    "Durability": _one_of(Durability),
    "StorageFailure": _one_of(StorageFailure),
    "Strings": Kind("texts separated by commas", lambda value: tuple(map(_read_text, _items(value))), _write_items),
    "StringSet": Kind(
        "texts separated by commas", lambda value: frozenset(map(_read_text, _items(value))), _write_items
    ),
    "StatusCodes": Kind("HTTP status codes (100-599) separated by commas", _read_codes, _write_items),
    "Delays": Kind("a number of seconds, or several separated by commas", _read_delays, _write_either),
    "Headers": Kind('a table of texts, as in {"Name": "text"}', _read_headers, _write_mapping),
    "Durations": Kind('a table of durations, as in {"name": 60}', _read_durations, _write_mapping),
    "VacuumScope": Kind("true, false, or kinds of record separated by commas", _read_vacuum_scope, _write_either),
}
