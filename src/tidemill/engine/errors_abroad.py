"""Exceptions that come from another process: whole where their class allows, else in words."""

from __future__ import annotations

from typing import Any, NamedTuple

import cloudpickle


class ErrorParts(NamedTuple):
    """An exception that does not survive pickling: made again without its ``__init__``."""

    kind: type[BaseException]
    args: tuple[Any, ...]
    attributes: dict[str, Any]

    @classmethod
    def of(cls, error: BaseException) -> ErrorParts:
        """Take it apart."""
        return cls(type(error), error.args, vars(error))

    def whole(self) -> BaseException:
        """Put it together."""
        error = self.kind.__new__(self.kind, *self.args)
        vars(error).update(self.attributes)
        return error


def survives(error: BaseException) -> bool:
    """Whether its pickle gives an exception of the same class."""
    try:
        return type(cloudpickle.loads(cloudpickle.dumps(error))) is type(error)
    except Exception:  # noqa: BLE001 - the class may refuse in any way
        return False
