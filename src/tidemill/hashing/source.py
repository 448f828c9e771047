"""The hash of a function's code as its author wrote it."""

from __future__ import annotations

import inspect
from typing import Any

from tidemill.hashing import hex_hash
from tidemill.parameters.binding import once_per_function


def source_hash(function: Any) -> str:
    """A hash of the source text, or of the compiled code where there is no text (a console, a frozen program).

    Taken once per function: a file that is edited meanwhile does not change what this process runs.
    """
    return _hashed(inspect.unwrap(getattr(function, "__func__", function)))


@once_per_function
def _hashed(function: Any) -> str:
    import textwrap  # noqa: PLC0415 - asked for once per function

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
