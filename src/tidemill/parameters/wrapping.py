"""Making an object that stands for a function look like it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_TAKEN_ON: Final = ("__name__", "__qualname__", "__module__", "__doc__", "__annotations__")


def look_like(wrapper: Any, fn: Callable[..., Any]) -> None:
    """Give the object the function's name, place, docstring and annotations, as far as it has them.

    From Python 3.14 on annotations are evaluated when they are asked for, and a name in them that is there for type
    checkers only is an error then. The wrapper of such a function has none; ``__wrapped__`` leads to those there are.
    """
    for attribute in _TAKEN_ON:
        with suppress(AttributeError, NameError):
            setattr(wrapper, attribute, getattr(fn, attribute))
    wrapper.__wrapped__ = fn
