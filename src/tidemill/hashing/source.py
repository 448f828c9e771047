"""The hash of a function's code as its author wrote it."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from tidemill.hashing import hex_hash

_known: WeakKeyDictionary[Any, str] = WeakKeyDictionary()


def source_hash(function: Any) -> str:
    """A hash of the source text, or of the compiled code where there is no text (a console, a frozen program).

    Taken once per function: a file that is edited meanwhile does not change what this process runs.
    """
    import inspect  # noqa: PLC0415 - not light, and asked for once per function

    bare = inspect.unwrap(getattr(function, "__func__", function))
    try:
        return _known[bare]
    except (KeyError, TypeError):  # TypeError: a callable that cannot be referred to weakly
        pass
    made = _hashed(bare)
    try:
        _known[bare] = made
    except TypeError:
        return made
    return made


def _hashed(function: Any) -> str:
    import inspect  # noqa: PLC0415 - as above
    import textwrap  # noqa: PLC0415 - as above

    try:
        text = inspect.getsource(function)
    except (OSError, TypeError):
        code = getattr(function, "__code__", None)
        if code is None:  # an instance with __call__, a partial, something built in
            inner = getattr(function, "func", None) or type(function)
            return source_hash(inner) if inner is not type else hex_hash(repr(function))
        return hex_hash(code)
    if function.__name__ == "<lambda>":  # the line may hold several
        return hex_hash(function.__code__)
    return hex_hash(textwrap.dedent(text))
