"""Types that take what people write in configuration, as text too, and make the plain thing of it.

This module loads pydantic.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar
from zoneinfo import available_timezones

import msgspec
from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")


def validate_set_T_from_delim_string(value: str | T | set[T] | None, type_: Any, delim: str | None = None) -> set[T]:  # noqa: N802 - the contract's name
    """A set of ``type_`` from text with ``delim`` (default: a comma) between the items, from one item, or from a set.

    ``None`` and empty text give an empty set. Raises pydantic's ValidationError for an item that is no ``type_``.
    """
    if not value and value != 0:
        return set()
    if isinstance(value, str):
        items: Any = {item.strip() for item in value.split(delim or ",")}
    else:
        items = value if isinstance(value, set | list | tuple | frozenset) else {value}
    checked: set[T] = TypeAdapter(set[type_]).validate_python(items)
    return checked


def parse_retry_delay_input(value: Any) -> Any:
    """Seconds from text: ``"5"`` is one delay, ``"1, 2, 3"`` one for each retry; anything else stays as it is.

    Raises ValueError for an item that is no number.
    """
    if not isinstance(value, str):
        return value
    delays = [_delay(item) for item in value.split(",") if item.strip()]
    return delays if len(delays) > 1 else next(iter(delays), None)


def _delay(item: str) -> float:
    try:
        return float(item)
    except ValueError:
        raise ValueError(f"expected a retry delay in seconds, got {item.strip()!r}") from None


def _mapping(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError as error:
        raise ValueError(f"expected a mapping or its JSON: {error}") from error


def _without_blanks(value: Any) -> Any:
    if isinstance(value, str):
        value = value.split(",")
    if isinstance(value, list | tuple | set):
        return [item for item in (str(item).strip() for item in value) if item]
    return value


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _seconds(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return timedelta(seconds=float(value))
        except ValueError:
            return value  # pydantic reads ISO 8601
    return value


def _not_negative(value: timedelta) -> timedelta:
    if value < timedelta(0):
        raise ValueError(f"expected a duration that is not negative, got {value}")
    return value


def _known_timezone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f"expected the name of a time zone, such as 'Europe/Berlin', got {value!r}")
    return value


def cast_none_to_empty_dict(value: Any) -> dict[str, Any]:
    """``{}`` for ``None``, anything else as it is."""
    return {} if value is None else value


def convert_none_to_empty_dict(v: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """``{}`` for ``None``, anything else as it is."""
    return cast_none_to_empty_dict(v)


StatusCode = Annotated[int, Field(ge=100, le=599)]
PositiveInteger = Annotated[int, Field(gt=0)]
NonNegativeInteger = Annotated[int, Field(ge=0)]
NonNegativeFloat = Annotated[float, Field(ge=0.0)]
SecondsTimeDelta = Annotated[timedelta, BeforeValidator(_seconds)]
NonNegativeTimeDelta = Annotated[timedelta, AfterValidator(_not_negative)]
TimeZone = Annotated[str, AfterValidator(_known_timezone)]
LaxUrl = Annotated[str, BeforeValidator(_stripped)]
LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)]
ListOfNonEmptyStrings = Annotated[list[str], BeforeValidator(_without_blanks)]
JsonStringOrDict = Annotated[dict[str, str], BeforeValidator(_mapping)]
TaskRetryDelaySeconds = Annotated[str | int | float | list[float] | None, BeforeValidator(parse_retry_delay_input)]
ClientRetryExtraCodes = Annotated[
    str | StatusCode | set[StatusCode] | None,
    BeforeValidator(partial(validate_set_T_from_delim_string, type_=StatusCode)),
]
