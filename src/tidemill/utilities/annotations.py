"""Marks around an argument that tell tidemill how to treat it. The function itself always gets the bare value.

A mark is a one-tuple, so it costs little and unpacks; two marks are equal when they are of one kind and hold equal
values.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")


class BaseAnnotation(tuple[T], Generic[T]):
    """A mark around ``value``. Subclasses say what it means."""

    __slots__ = ()

    def __new__(cls, value: T) -> Self:
        return super().__new__(cls, (value,))

    def __getnewargs__(self) -> tuple[T]:
        # pickle and copy would otherwise wrap the tuple, not the value
        return (self.value,)

    @property
    def value(self) -> T:
        """What was marked."""
        return tuple.__getitem__(self, 0)

    def unwrap(self) -> T:
        """What was marked."""
        return tuple.__getitem__(self, 0)

    def rewrap(self, value: T) -> Self:
        """The same mark around another value."""
        return type(self)(value)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and tuple.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((type(self), self.value))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value!r})"


class unmapped(BaseAnnotation[T]):  # noqa: N801 - reads as a word at the call
    """``map`` hands this value to every call as it is, even when it is a list."""

    __slots__ = ()

    def __getitem__(self, _: object) -> T:  # type: ignore[override]  # the same value at every index: that is the mark
        return self.value

    def __iter__(self) -> Iterator[T]:
        yield self.value


class allow_failure(BaseAnnotation[T]):  # noqa: N801 - reads as a word at the call
    """The task starts even when this upstream run failed, and gets its exception as the value."""

    __slots__ = ()


class quote(BaseAnnotation[T]):  # noqa: N801 - reads as a word at the call
    """Nothing inside is looked at: no futures are waited for, no states resolved.

    Use it for a large collection that holds neither, to save the walk through it.
    """

    __slots__ = ()

    def unquote(self) -> T:
        """What was marked."""
        return self.unwrap()


class Quote(quote[T]):
    """The old spelling of ``quote``."""

    __slots__ = ()

    def __new__(cls, value: T) -> Self:
        warnings.warn("`Quote` is now spelled `quote`", DeprecationWarning, stacklevel=2)
        return super().__new__(cls, value)


class opaque(BaseAnnotation[T]):  # noqa: N801 - reads as a word at the call
    """As ``quote``: the value is one whole that is not walked through."""

    __slots__ = ()


class freeze(BaseAnnotation[T]):  # noqa: N801 - reads as a word at the call
    """Keep this parameter of a deployment's schedule as it is: later changes to the deployment leave it alone.

    Raises ValueError when the value cannot be written as JSON.
    """

    __slots__ = ()

    def __new__(cls, value: T) -> Self:
        _check_json(value)
        return super().__new__(cls, value)

    def unfreeze(self) -> T:
        """What was marked."""
        return self.unwrap()


def _check_json(value: Any) -> None:
    import json  # noqa: PLC0415 - only this mark needs it

    try:
        json.dumps(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"freeze() takes a value that can be written as JSON: {error}") from error


class NotSet:
    """Stands for "nothing was given" where None is a value of its own."""
