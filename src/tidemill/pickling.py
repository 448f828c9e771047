"""Pickling with a ceiling: it stops as soon as the result would be too large, and says what cannot be pickled.

The C pickler goes first. cloudpickle follows where it fails, and where something comes from the main program: by name
such a thing could not be found by the process that resumes the run.
"""

from __future__ import annotations

import pickle
from itertools import islice
from typing import Any, Final

from tidemill import by_value

_PROTOCOL: Final = 5
_DEPTH: Final = 6
_WIDTH: Final = 1000

_NUMBERS: Final = frozenset({int, float, bool, type(None)})
_FLAT: Final = frozenset({list, tuple, dict})
_FEW: Final = 100


class TooLarge(Exception):  # noqa: N818 - an expected outcome, handled where it is raised
    """The pickle passed its limit; nothing of it is left."""


class _Sink:
    """What a pickler writes to; refuses what passes the limit, before it is copied."""

    def __init__(self, limit: int) -> None:
        self._room = limit
        self._parts: list[bytes] = []

    def write(self, part: Any) -> int:
        """Take the next part."""
        size = part.nbytes if isinstance(part, memoryview) else len(part)
        self._room -= size
        if self._room < 0:
            raise TooLarge
        self._parts.append(bytes(part))
        return size

    def buffer(self, view: pickle.PickleBuffer) -> bool:
        """Look at an array before the pickler copies it; True leaves it in the stream."""
        if view.raw().nbytes > self._room:
            raise TooLarge
        return True

    def value(self) -> bytes:
        """All of it."""
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)


def _few_numbers(value: Any) -> bool:
    """Whether this is a short container of numbers, by texts if a dict: its pickle needs no watching."""
    kind = type(value)
    if kind not in _FLAT or len(value) > _FEW:
        return False
    if kind is dict:
        return all(type(key) is str for key in value) and _NUMBERS.issuperset(map(type, value.values()))
    return _NUMBERS.issuperset(map(type, value))


def bounded_pickle(value: Any, limit: int) -> bytes:
    """The value's pickle. Raises TooLarge past ``limit`` bytes, and whatever the value raises when it cannot pickle."""
    try:
        if _few_numbers(value):
            data = pickle.dumps(value, _PROTOCOL)
            if len(data) > limit:
                raise TooLarge  # noqa: TRY301 - where the picklers raise it too
            return data
        sink = _Sink(limit)
        pickle.Pickler(sink, _PROTOCOL, buffer_callback=sink.buffer).dump(value)
        data = sink.value()
        if b"__main__" not in data:
            return data
    except TooLarge:
        raise
    except Exception:  # noqa: BLE001, S110 - user classes raise anything here; cloudpickle gives the final answer
        pass
    sink = _Sink(limit)
    by_value.pickler()(sink, _PROTOCOL, buffer_callback=sink.buffer).dump(value)
    return sink.value()


class _Nowhere:
    """Takes everything and keeps nothing: for asking only whether something pickles."""

    def write(self, part: Any) -> int:
        return len(part)


def refusal(value: Any) -> Exception | None:
    """Why a value cannot be pickled, as the error says it; None if it can. Nothing of the pickle is kept."""
    try:
        by_value.pickler()(_Nowhere(), _PROTOCOL, buffer_callback=lambda _: False).dump(value)
    except Exception as error:  # noqa: BLE001 - the error is the answer
        return error
    return None


def why_unpicklable(value: Any) -> str | None:
    """Which object, by which attribute, and why: ``Model.lock is a lock: cannot pickle …``; None if it pickles."""
    error = refusal(value)
    if error is None:
        return None
    path, culprit, error = _narrow(value, error)
    reason = str(error) or type(error).__name__
    name = type(value).__qualname__
    if not path:
        return f"{name}: {reason}"
    return f"{name}{path} is a {type(culprit).__qualname__}: {reason}"


def _narrow(value: Any, error: Exception) -> tuple[str, Any, Exception]:
    """Follow the part that fails down to the smallest thing that fails by itself."""
    path = ""
    for _ in range(_DEPTH):
        for step, part in islice(_parts(value), _WIDTH):
            inner = refusal(part)
            if inner is not None:
                path, value, error = path + step, part, inner
                break
        else:
            break
    return path, value, error


def _parts(value: Any) -> Any:
    """What a value holds, with the way to each."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield f"[{key!r:.60}]", part
    elif isinstance(value, (list, tuple, set, frozenset)):
        for index, part in enumerate(value):
            yield f"[{index}]", part
    names = {**getattr(value, "__dict__", {}), **dict.fromkeys(getattr(type(value), "__slots__", ()))}
    if isinstance(value, type):
        return
    for name in names:
        if hasattr(value, name):
            yield f".{name}", getattr(value, name)
    for cell in getattr(value, "__closure__", None) or ():
        yield " (captured)", cell.cell_contents
