"""Which function answers an operation: said where the function is written, collected from there."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, TypeVar

from tidemill.server.routing import Router

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.api.operation import Operation

F = TypeVar("F", bound="Callable[..., Any]")


class Routes:
    """The handlers of one kind of thing.

    A handler is a plain function of a Call; variables of the path, ``body`` and ``query`` come as keywords, as far as
    the operation has them. That of an operation that writes is one transaction, undone whole when it raises. It returns
    what the operation answers, or an Answer.
    """

    def __init__(self) -> None:
        self.handlers: list[tuple[Operation, Callable[..., Any]]] = []

    def serves(self, operation: Operation) -> Callable[[F], F]:
        """Mark the function that answers an operation."""

        def mark(handler: F) -> F:
            self.handlers.append((operation, handler))
            return handler

        return mark


@cache
def every_route() -> tuple[tuple[Operation, Callable[..., Any]], ...]:
    """All operations that are answered, with who answers them."""
    from tidemill.server import routes  # noqa: PLC0415 - its modules import this one

    found: list[tuple[Operation, Callable[..., Any]]] = []
    for module in iter_modules(routes.__path__):
        found += import_module(f"{routes.__name__}.{module.name}").routes.handlers
    return tuple(found)


@cache
def every_path() -> Router:
    """What finds the operation that a path means; it is the same for all who ask."""
    return Router(every_route())
