"""One declaration for each method of the client, from which the sync and the async form are made.

A method is a generator that asks for requests and returns the answer::

    class FlowRunMethods(Asker):
        @method
        def read_flow_run(self, flow_run_id: UUID) -> Asking[FlowRun]:
            return (yield from self._ask(operations.READ_FLOW_RUN, FlowRun, id=flow_run_id))

A class that derives from ``Called`` or ``Awaited`` has its methods as plain functions or coroutine functions; type
checkers see them so, too.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from tidemill.system.asking import Asking, adrive, drive

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

P = ParamSpec("P")
T = TypeVar("T")


class method(Generic[P, T]):  # noqa: N801 - a decorator
    """Declares a method by its logic."""

    def __init__(self, logic: Callable[Concatenate[Any, P], Asking[T]]) -> None:
        self.logic = logic
        self.__doc__ = logic.__doc__

    if TYPE_CHECKING:

        @overload
        def __get__(self, client: Called, owner: Any = None) -> Callable[P, T]: ...
        @overload
        def __get__(self, client: Awaited, owner: Any = None) -> Callable[P, Coroutine[Any, Any, T]]: ...
        @overload
        def __get__(self, client: None, owner: Any = None) -> Callable[Concatenate[Any, P], Any]: ...
        def __get__(self, client: Any, owner: Any = None) -> Any: ...

    def called(self) -> Callable[..., T]:
        """The method for callers."""
        logic = self.logic

        def call(self: Any, *args: P.args, **kwargs: P.kwargs) -> T:
            return drive(logic(self, *args, **kwargs))

        _dress(call, logic)
        return call

    def awaited(self) -> Callable[..., Coroutine[Any, Any, T]]:
        """The method for awaiters."""
        logic = self.logic

        async def call(self: Any, *args: P.args, **kwargs: P.kwargs) -> T:
            return await adrive(logic(self, *args, **kwargs))

        _dress(call, logic)
        return call


class Called:
    """Has its methods as functions that answer."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name, declared in _still_declared(cls):
            setattr(cls, name, declared.called())


class Awaited:
    """Has its methods as coroutine functions."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name, declared in _still_declared(cls):
            setattr(cls, name, declared.awaited())


def declarations(client: type) -> dict[str, method[Any, Any]]:
    """Every method that a class declares or inherits, by name."""
    return {
        name: value
        for above in reversed(client.__mro__)
        for name, value in vars(above).items()
        if isinstance(value, method)
    }


def _still_declared(client: type) -> list[tuple[str, method[Any, Any]]]:
    """The methods that have no form yet: a class that derives from a client keeps the client's, and its own."""
    return [one for one in declarations(client).items() if inspect.getattr_static(client, one[0]) is one[1]]


def _dress(call: Any, logic: Any) -> None:
    """Give it the name, the documentation and the signature of the declaration, and the answer's type."""
    call.__name__, call.__qualname__, call.__doc__ = logic.__name__, logic.__qualname__, logic.__doc__
    call.__module__ = logic.__module__
    said = str(logic.__annotations__.get("return", ""))
    answer = said.removeprefix("Asking[").removesuffix("]") if said.startswith("Asking[") else said
    call.__annotations__ = logic.__annotations__ | {"return": answer}
    call.__signature__ = inspect.signature(logic).replace(return_annotation=answer)
