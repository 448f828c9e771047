"""Lengths of time as people write them in a settings file."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

_ISO: Final = (
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_WORDS: Final = (
    r"(?:(?P<weeks>\d+)\s*w)?\s*(?:(?P<days>\d+)\s*d)?\s*(?:(?P<hours>\d+)\s*h)?"
    r"\s*(?:(?P<minutes>\d+)\s*m)?\s*(?:(?P<seconds>\d+(?:\.\d+)?)\s*s)?"
)
_CLOCK: Final = r"(?:(?P<days>\d+)\s+days?,?\s*)?(?P<hours>\d+):(?P<minutes>\d{2}):(?P<seconds>\d{2}(?:\.\d+)?)"


def parse_duration(value: object) -> timedelta:
    """Read seconds, ``"15s"``, ``"1h 30m"``, ``"PT5M"``, ``"0:05:00"`` or a timedelta; ValueError for the rest."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, bool):
        raise ValueError("a truth value is no duration")  # noqa: TRY004 - the caller maps one error
    if isinstance(value, int | float):
        return _seconds(value)
    if isinstance(value, str):
        return _from_text(value.strip())
    raise ValueError("not a duration")


def _seconds(value: float) -> timedelta:
    try:
        return timedelta(seconds=value)
    except OverflowError as error:
        raise ValueError("longer than a duration can be") from error


def _from_text(text: str) -> timedelta:
    try:
        return _seconds(float(text))
    except ValueError:
        pass
    for pattern in (_ISO, _WORDS, _CLOCK):
        match = re.fullmatch(pattern, text, re.IGNORECASE)  # compiled when first needed: loading must be quick
        if match and any(match.groups()):
            return timedelta(**{unit: float(count) for unit, count in match.groupdict().items() if count})
    raise ValueError("not a duration")
