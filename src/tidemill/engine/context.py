"""Where the running code is: which run, in which flow, with which runtime.

One context variable holds the innermost run; each context knows the flow run around it. Threads that user code starts
itself see nothing unless the context is copied into them (``tidemill.context.with_context``); our runners copy it.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tidemill.domain.contexts import ContextModel
from tidemill.domain.states import State, StateType, from_us

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tidemill.engine.cancelling import Watch
    from tidemill.engine.receivers import Receivers
    from tidemill.engine.recollection import Recollection
    from tidemill.engine.run_transaction import RunTransaction
    from tidemill.engine.runtime import Runtime
    from tidemill.engine.under_way import UnderWay
    from tidemill.engine.workload import FlowWork, TaskWork
    from tidemill.results.store import ResultStore
    from tidemill.task_runners import TaskRunner

_current: ContextVar[RunContext | None] = ContextVar("tidemill_run", default=None)
_tags: ContextVar[frozenset[str]] = ContextVar("tidemill_tags", default=frozenset())


class RunContext(ContextModel):
    """A run in progress, as code inside it may ask about it."""

    __slots__ = (
        "calls",
        "flow_context",
        "key",
        "log_prints",
        "parameters",
        "parent",
        "persist_result",
        "result_store",
        "root",
        "run_count",
        "run_id",
        "run_name",
        "runtime",
        "start_us",
        "state",
        "under_way",
    )

    runtime: Runtime
    root: str
    run_id: str
    run_name: str
    key: bytes
    parameters: dict[str, Any]
    parent: RunContext | None
    flow_context: FlowRunContext | None
    run_count: int
    start_us: int
    log_prints: bool
    persist_result: bool
    result_store: ResultStore | None
    state: State[Any]
    calls: dict[str, int]
    under_way: UnderWay

    @property
    def start_time(self) -> datetime:
        """When this attempt began, UTC."""
        return from_us(self.start_us)

    def nth_call(self, key: str) -> int:
        """How many calls with this key this run has made before, counting the call now."""
        calls = self.calls
        # setdefault and the store below are each atomic; two threads that make *equal* calls at once are told apart
        # by the runtime's lock, since a lost count would make two calls one.
        with self.runtime.counting:
            seen = calls.get(key, 0)
            calls[key] = seen + 1
        return seen

    def store(self) -> ResultStore:
        """Where the run's results are written: its options over those of the runs around it."""
        store: ResultStore | None = getattr(self, "result_store", None)  # a run made again elsewhere has none yet
        if store is None:
            from tidemill.engine.persistence import store_for  # noqa: PLC0415 - few runs ask

            store = self.result_store = store_for(self)
        return store

    def serialize(self, include_secrets: bool = True) -> dict[str, Any]:
        """The run as plain values, with the flow or task itself: what ``serialize_context`` says of it.

        Without secrets there are no parameters either, since any of them may be one.
        """
        from tidemill.engine.carrying import described  # noqa: PLC0415 - it makes contexts again, and needs them for that

        said = described(self)
        return said if include_secrets else said | {"parameters": {}}

    def __reduce__(self) -> tuple[Any, ...]:
        """A run stays in its process; records and functions that travel with it find the run they come to, if any."""
        return current, ()

    @classmethod
    def get(cls) -> Any:
        """The innermost run of this kind, or ``None`` outside of one."""
        context = _current.get()
        return context if isinstance(context, cls) else None


class FlowRunContext(RunContext):
    """Inside a flow run."""

    __slots__ = (
        "epoch",
        "flow",
        "made",
        "ordinal",
        "parent_task_run_id",
        "receivers",
        "recollection",
        "runner",
        "tags",
        "watch",
    )

    flow: FlowWork
    runner: Any
    recollection: Recollection | None
    epoch: int
    ordinal: int
    tags: list[str]
    parent_task_run_id: str | None
    made: dict[int, tuple[Any, str]]
    receivers: Receivers
    watch: Watch

    @classmethod
    def get(cls) -> FlowRunContext | None:
        """The flow run that encloses this code, or ``None`` outside of one."""
        context = _current.get()
        return context.flow_context if context is not None else None

    @property
    def flow_run(self) -> FlowRunFacts:
        """The run, as hooks and users see it."""
        return FlowRunFacts(self)

    @property
    def task_runner(self) -> TaskRunner[Any]:
        """Where what is submitted in this run goes; made when it is first asked for."""
        from tidemill.task_runners import runner_here  # noqa: PLC0415 - runs that submit nothing never load threads

        return runner_here(self)

    @property
    def detached(self) -> bool:
        """Always false: the flow runs in this process."""
        return False


class TaskRunContext(RunContext):
    """Inside a task run."""

    __slots__ = ("tags", "task", "transaction")

    task: TaskWork
    transaction: RunTransaction | None
    tags: list[str]

    @classmethod
    def get(cls) -> TaskRunContext | None:
        """The task run that encloses this code, or ``None`` outside of one."""
        context = _current.get()
        return context if isinstance(context, TaskRunContext) else None

    @property
    def task_run(self) -> TaskRunFacts:
        """The run, as hooks and users see it."""
        return TaskRunFacts(self)


class RunFacts:
    """A run in progress with the field names of the API; made when somebody asks, reading the live context."""

    __slots__ = ("_context",)

    def __init__(self, context: Any) -> None:
        self._context = context

    @property
    def id(self) -> UUID:
        """The run's id."""
        return UUID(self._context.run_id)

    @property
    def name(self) -> str:
        """The run's name."""
        return str(self._context.run_name)

    @property
    def run_count(self) -> int:
        """How many times the run has come to Running, this time included."""
        return int(self._context.run_count)

    @property
    def tags(self) -> list[str]:
        """The run's tags, sorted."""
        return list(self._context.tags)

    @property
    def start_time(self) -> datetime:
        """When this attempt began, UTC."""
        return from_us(self._context.start_us)

    @property
    def state(self) -> State[Any]:
        """The run's present state."""
        state: State[Any] = self._context.state
        return state

    @property
    def state_type(self) -> StateType:
        """The present state's type."""
        return self.state.type

    @property
    def state_name(self) -> str:
        """The present state's name."""
        return self.state.name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} {self.id} {self.state_name}>"


class FlowRunFacts(RunFacts):
    """A flow run in progress."""

    __slots__ = ()

    @property
    def parameters(self) -> dict[str, Any]:
        """What the flow was called with."""
        return dict(self._context.parameters)

    @property
    def flow_id(self) -> UUID:
        """The flow's id."""
        return UUID(self._context.flow.flow_id)

    @property
    def flow_version(self) -> str | None:
        """The flow's version."""
        version: str | None = self._context.flow.version
        return version

    @property
    def parent_task_run_id(self) -> UUID | None:
        """The task run that stands for this run in its parent, if it is a subflow."""
        parent = self._context.parent_task_run_id
        return UUID(parent) if parent else None

    @property
    def deployment_id(self) -> UUID | None:
        """The deployment it was created from."""
        return None


class TaskRunFacts(RunFacts):
    """A task run in progress."""

    __slots__ = ()

    @property
    def task_key(self) -> str:
        """What task it is, across processes."""
        return str(self._context.task.task_key)

    @property
    def flow_run_id(self) -> UUID | None:
        """The flow run around it."""
        flow = self._context.flow_context
        return UUID(flow.run_id) if flow is not None else None

    @property
    def dynamic_key(self) -> str:
        """What tells it from the task's other runs in the flow run."""
        return str(self._context.run_id)


def current() -> RunContext | None:
    """The innermost run, or ``None``."""
    return _current.get()


def enter(context: RunContext | None) -> Token[RunContext | None]:
    """Make ``context`` the innermost run until ``leave``."""
    return _current.set(context)


def leave(token: Token[RunContext | None]) -> None:
    """Undo one ``enter``."""
    try:
        _current.reset(token)
    except ValueError:  # a coroutine that nobody finished is closed by the garbage collector, in a context of its own
        return


def current_tags() -> frozenset[str]:
    """Tags that apply to runs created here."""
    return _tags.get()


def add_tags(tags: Iterable[str]) -> Token[frozenset[str]]:
    """Add tags for runs created from here until ``drop_tags``."""
    return _tags.set(_tags.get() | frozenset(tags))


def drop_tags(token: Token[frozenset[str]]) -> None:
    """Undo one ``add_tags``."""
    _tags.reset(token)
