"""The types of what ``@task`` takes and gives, for those who annotate their own functions with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, Protocol, TypeAlias, TypeGuard, TypeVar, Union

from tidemill.domain.runs import TaskRun
from tidemill.domain.states import State
from tidemill.futures import TidemillFuture
from tidemill.parameters.binding import signature_of
from tidemill.task_class import Task

T = TypeVar("T")

#: So many characters of a task run's dynamic key stand in its name.
NUM_CHARS_DYNAMIC_KEY: Final = 8

FutureOrResult: TypeAlias = Union[TidemillFuture[T], T]  # noqa: UP007 - ``|`` does not take a bare type variable
OneOrManyFutureOrResult: TypeAlias = Union[TidemillFuture[T], T, Iterable[TidemillFuture[T] | T]]  # noqa: UP007
RetryConditionCallable: TypeAlias = Callable[[Task[..., Any], TaskRun, State[Any]], Awaitable[bool] | bool]
StateHookCallable: TypeAlias = Callable[[Task[..., Any], TaskRun, State[Any]], Awaitable[None] | None]


class TaskRunNameCallbackWithParameters(Protocol):
    """Gives a task run its name, from the parameters of the call."""

    def __call__(self, parameters: dict[str, Any]) -> str:
        """The name for a run with these parameters."""

    @classmethod
    def is_callback_with_parameters(cls, callable: Callable[..., str]) -> TypeGuard[TaskRunNameCallbackWithParameters]:  # noqa: A002 - the contract's name
        """Whether the function takes the parameters; others are called with nothing."""
        return "parameters" in signature_of(callable).names


TaskRunNameValueOrCallable: TypeAlias = Callable[[], str] | TaskRunNameCallbackWithParameters | str
