"""The root of the tree, and the branch that is about tidemill itself."""
# ruff: noqa: N818 - these are the contract's names

from __future__ import annotations

from typing import Any


def _rebuilt(cls: type[BaseException], args: tuple[Any, ...]) -> BaseException:
    error = cls.__new__(cls, *args)
    error.args = args
    return error


class TidemillException(Exception):
    """Anything that tidemill raises on its own account. Pickles whatever arguments a subclass's constructor takes."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self.args), self.__dict__ or None


class InternalError(TidemillException):
    """Tidemill broke a promise it makes to itself; please report it."""
