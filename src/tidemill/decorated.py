"""What flows and tasks have in common: the function they are made of, and hooks on its runs."""

from __future__ import annotations

import inspect
from copy import copy
from typing import TYPE_CHECKING, Any, Generic, Literal, ParamSpec, TypeAlias, TypeVar, cast

from tidemill.parameters.binding import check_reserved_names, signature_of
from tidemill.parameters.wrapping import look_like

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Generator

    #: What async functions, generators and async generators return, as the overloads of calls name it.
    Async: TypeAlias = Coroutine[Any, Any, T]
    Items: TypeAlias = Generator[T, Any, Any]
    AsyncItems: TypeAlias = AsyncGenerator[T, Any]


class Decorated(Generic[P, R_co]):
    """A function whose calls are runs. They tell hooks of their states: ``hook(flow or task, run, state)``."""

    fn: Callable[P, R_co]
    isasync: bool
    isgenerator: bool
    on_completion_hooks: list[Callable[..., Any]]
    on_failure_hooks: list[Callable[..., Any]]
    on_running_hooks: list[Callable[..., Any]]

    def _take(self, fn: Callable[P, R_co] | classmethod[Any, P, R_co] | staticmethod[P, R_co], decorator: str) -> None:
        """Be made of this function. Raises ``TypeError`` for what is none."""
        self._binds: Literal["instance", "class", "static"] = "instance"
        if isinstance(fn, classmethod | staticmethod):
            self._binds = "class" if isinstance(fn, classmethod) else "static"
            fn = cast("Callable[P, R_co]", fn.__func__)
        if not callable(fn):
            raise TypeError(f"expected {decorator} to be given a function, got {fn!r}")
        check_reserved_names(fn)
        self.fn = fn
        self.signature = signature_of(fn)
        self.receiver = _receiver_of(fn)
        bodies = (fn, type(fn).__call__)  # of a function, and of an object that can be called
        gives_async = any(map(inspect.isasyncgenfunction, bodies))
        self.isgenerator = gives_async or any(map(inspect.isgeneratorfunction, bodies))
        self.isasync = gives_async or any(map(inspect.iscoroutinefunction, bodies))
        look_like(self, fn)

    @property
    def ismethod(self) -> bool:
        """Whether it is bound to an object or a class."""
        return inspect.ismethod(self.fn)

    @property
    def isclassmethod(self) -> bool:
        """Whether it was made of a class method."""
        return self._binds == "class"

    @property
    def isstaticmethod(self) -> bool:
        """Whether it was made of a static method."""
        return self._binds == "static"

    def _unbound(self) -> Any:
        """The function as the class it stands in has it."""
        if self._binds == "class":
            return classmethod(cast("Any", self.fn))
        return staticmethod(self.fn) if self._binds == "static" else self.fn

    def _bound(self, instance: Any, owner: type | None) -> Any:
        """The same with an object, or a class, in place of the function's first parameter."""
        target = owner if self._binds == "class" else instance
        if target is None or self._binds == "static":
            return self
        bound = copy(self)
        bound.fn = self.fn.__get__(target, owner)
        bound.signature = signature_of(bound.fn)
        bound.receiver = _receiver_of(bound.fn)
        return bound

    def on_completion(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Decorator: call ``fn`` when a run completes."""
        self.on_completion_hooks.append(fn)
        return fn

    def on_failure(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Decorator: call ``fn`` when a run has failed for good."""
        self.on_failure_hooks.append(fn)
        return fn

    def on_running(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Decorator: call ``fn`` when a run begins an attempt."""
        self.on_running_hooks.append(fn)
        return fn


def _receiver_of(fn: Any) -> dict[str, Any]:
    """A method's object or class under its parameter's name: an input of each call, though no caller passes it."""
    if not inspect.ismethod(fn):
        return {}
    return {next(iter(signature_of(fn.__func__).positional), "self"): fn.__self__}
