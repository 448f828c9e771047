"""Pickles of things that the other process could not find by name: functions of the main program, above all."""

from __future__ import annotations

import sys
from functools import cache
from io import BytesIO
from types import FunctionType
from typing import Any, Final

PROTOCOL: Final = 5


@cache
def pickler() -> Any:
    """The class that makes them, for whoever brings a sink and options of their own."""
    import cloudpickle  # noqa: PLC0415 - not light, and rarely needed

    if sys.version_info < (3, 14):
        return cloudpickle.Pickler

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc,unused-ignore]
        """Takes functions whose annotations name what only type checkers know."""

        def reducer_override(self, obj: Any) -> Any:
            if type(obj) is FunctionType:
                _settle_annotations(obj)
            return super().reducer_override(obj)

    return Pickler


def dumps(value: Any) -> bytes:
    """The pickle. Raises what pickling raises."""
    with BytesIO() as sink:
        pickler()(sink, PROTOCOL).dump(value)
        return sink.getvalue()


def _settle_annotations(function: FunctionType) -> None:
    """Where an annotation cannot be evaluated, have them all as texts, as older Pythons keep them on request."""
    if sys.version_info >= (3, 14):
        from annotationlib import Format, get_annotations  # noqa: PLC0415 - not there before

        try:
            function.__annotations__  # noqa: B018 - evaluates them
        except NameError:
            function.__annotations__ = get_annotations(function, format=Format.STRING)
