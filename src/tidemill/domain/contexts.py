"""What all contexts are: where code is, as one value that can be asked for and sent along."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, ClassVar, Self


class ContextModel:
    """The base of all contexts. Each kind knows the variable that its innermost one stands in."""

    __slots__ = ()

    _innermost: ClassVar[ContextVar[Any]] = ContextVar("tidemill_context", default=None)

    @classmethod
    def get(cls) -> Self | None:
        """The innermost context of this kind, or ``None`` outside of one."""
        context = cls._innermost.get()
        return context if isinstance(context, cls) else None

    def serialize(self, include_secrets: bool = True) -> dict[str, Any]:  # noqa: ARG002 - for those that hold some
        """What the context holds, by name, for another process; what is secret only if asked for."""
        names = (name for kind in type(self).__mro__ for name in vars(kind).get("__slots__", ()))
        return {name: getattr(self, name) for name in names if not name.startswith("_")}
