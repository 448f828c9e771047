"""Where code runs: in which flow run and task run, and with which tags."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Self

from tidemill.domain.contexts import ContextModel
from tidemill.engine.carrying import ContextWrapped, carried, entered
from tidemill.engine.context import (
    FlowRunContext,
    RunContext,
    TaskRunContext,
    add_tags,
    current,
    current_tags,
    drop_tags,
)
from tidemill.exceptions import MissingContextError
from tidemill.settings.context import (
    SettingsContext,
    get_settings_context,
    process_settings_context,
    refresh_global_settings_context,
    root_settings_context,
    use_profile,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    GLOBAL_SETTINGS_CONTEXT: SettingsContext

__all__ = [
    "GLOBAL_SETTINGS_CONTEXT",
    "ContextModel",
    "EngineContext",
    "FlowRunContext",
    "RunContext",
    "SettingsContext",
    "TagsContext",
    "TaskRunContext",
    "get_run_context",
    "get_settings_context",
    "hydrated_context",
    "refresh_global_settings_context",
    "root_settings_context",
    "serialize_context",
    "tags",
    "use_profile",
    "with_context",
]

EngineContext: Final = FlowRunContext


class TagsContext(ContextModel):
    """The tags that runs created here get."""

    __slots__ = ("current_tags",)

    def __init__(self, current_tags: set[str] | None = None) -> None:
        """A view of these tags."""
        self.current_tags: set[str] = set(current_tags or ())

    @classmethod
    def get(cls) -> Self:
        """The tags in force; never ``None``."""
        return cls(set(current_tags()))


@contextmanager
def tags(*new_tags: str) -> Iterator[set[str]]:
    """Add tags to the flow runs and task runs that are created within the block; gives all that are in force.

    ``with tags("nightly"): my_flow()``. A run's own tasks get the tags that are in force where they are called.
    """
    token = add_tags(new_tags)
    try:
        yield set(current_tags())
    finally:
        drop_tags(token)


def get_run_context() -> FlowRunContext | TaskRunContext:
    """The context of the task run that this code is in, else of the flow run. MissingContextError outside of both."""
    context = current()
    if isinstance(context, FlowRunContext | TaskRunContext):
        return context
    raise MissingContextError(
        "This is not in a run. Call get_run_context() within a flow or a task; to reach a run from a thread of your"
        " own, start the thread with tidemill.context.with_context(function)."
    )


def serialize_context(asset_ctx_kwargs: dict[str, Any] | None = None) -> dict[str, Any]:
    """What another process needs to go on within this run; made to be sent with cloudpickle.

    Holds the flow and the task themselves and their parameters. Use it there with ``hydrated_context``.
    """
    return carried() | ({"asset_context": asset_ctx_kwargs} if asset_ctx_kwargs else {})


@contextmanager
def hydrated_context(serialized_context: dict[str, Any] | None = None, client: Any = None) -> Iterator[None]:  # noqa: ARG001 - the contract's parameter; runs report to their home here
    """Within the block, code is in the run that ``serialize_context`` was called in; logs and runs are that run's."""
    if not serialized_context:
        yield
        return
    with entered(serialized_context):
        yield


def with_context(fn: Callable[..., Any]) -> ContextWrapped:
    """The function, tied to the run that this code is in: for threads and processes that you start yourself.

    ``threading.Thread(target=with_context(work))``, ``pool.map(with_context(work), items)``.
    """
    return ContextWrapped(fn)


def __getattr__(name: str) -> Any:
    if name == "GLOBAL_SETTINGS_CONTEXT":  # looked up anew, since the process's settings can be read again
        return process_settings_context()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
