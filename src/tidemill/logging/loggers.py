"""Loggers that know the run they log in."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from tidemill.engine.context import RunContext, TaskRunContext, current
from tidemill.engine.prints import patch_print, print_as_log
from tidemill.engine.quick_records import level_method
from tidemill.exceptions import MissingContextError
from tidemill.logging.records import UNKNOWN, facts

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping
    from types import TracebackType
    from uuid import UUID

if TYPE_CHECKING:
    LoggingAdapter = logging.LoggerAdapter[logging.Logger]
else:
    LoggingAdapter = logging.LoggerAdapter

__all__ = [
    "LogEavesdropper",
    "LoggingAdapter",
    "TidemillLogAdapter",
    "disable_logger",
    "disable_run_logger",
    "flow_run_logger",
    "get_logger",
    "get_run_logger",
    "get_worker_logger",
    "patch_print",
    "print_as_log",
    "task_run_logger",
]

_flow_runs = logging.getLogger("tidemill.flow_runs")
_task_runs = logging.getLogger("tidemill.task_runs")


class TidemillLogAdapter(LoggingAdapter):
    """A logger with attributes that each of its records gets; those of a single call go before them."""

    extra: dict[str, Any]

    if not TYPE_CHECKING:  # for readers of types they are what the standard library has
        debug = level_method(logging.DEBUG, logging.LoggerAdapter.debug)
        info = level_method(logging.INFO, logging.LoggerAdapter.info)
        warning = level_method(logging.WARNING, logging.LoggerAdapter.warning)
        error = level_method(logging.ERROR, logging.LoggerAdapter.error)
        critical = level_method(logging.CRITICAL, logging.LoggerAdapter.critical)

    def process(self, msg: str, kwargs: MutableMapping[str, Any]) -> tuple[str, MutableMapping[str, Any]]:
        """Join the attributes of the call and the logger's."""
        own = kwargs.get("extra")
        kwargs["extra"] = self.extra if not own else {**self.extra, **own}
        return msg, kwargs

    def getChild(self, suffix: str, extra: dict[str, Any] | None = None) -> TidemillLogAdapter:  # noqa: N802 - the standard library's name
        """A logger below this one, with its attributes and more."""
        return TidemillLogAdapter(self.logger.getChild(suffix), {**self.extra, **(extra or {})})

    def __reduce__(self) -> tuple[Any, ...]:
        """In another process the run is known by its ids; what is live of it stays here."""
        travels = {name: value for name, value in self.extra.items() if name != "run_context"}
        return TidemillLogAdapter, (self.logger, travels)


def get_logger(name: str | None = None) -> logging.Logger:
    """A logger below ``tidemill``: ``get_logger("x")`` is ``tidemill.x``. What it logs is not kept with any run."""
    if not name or name == "tidemill":
        return logging.getLogger("tidemill")
    return logging.getLogger(name if name.startswith("tidemill.") else f"tidemill.{name}")


def get_run_logger(context: RunContext | None = None, **kwargs: Any) -> logging.Logger | LoggingAdapter:
    """The logger of the run that this code is in; its lines are kept with the run.

    ``context`` is another run's, ``kwargs`` become attributes of each record. Raises MissingContextError outside of a
    run; within ``disable_run_logger()`` gives a logger that is silent.
    """
    if context is None:
        context = current()
    elif not isinstance(context, RunContext):
        raise TypeError(f"expected 'context' to be the context of a flow or task run, got {context!r}")
    if context is not None:
        logger = _task_runs if isinstance(context, TaskRunContext) else _flow_runs
        return TidemillLogAdapter(logger, facts(context) | kwargs)
    if _flow_runs.disabled and _task_runs.disabled:
        silent = logging.getLogger("null")
        silent.disabled = True
        return silent
    raise MissingContextError(
        "get_run_logger() was called outside of a run. Call it within a flow or a task; in a thread of your own, start"
        " the thread with tidemill.context.with_context(function); for logs that belong to no run use get_logger()."
    )


def flow_run_logger(
    flow_run: Any = None, flow: Any = None, flow_run_id: UUID | str | None = None, **kwargs: Any
) -> TidemillLogAdapter:
    """A logger of a flow run, from anywhere; give the run, or its id. Raises ValueError without either."""
    if flow_run is None and flow_run_id is None:
        raise ValueError("expected 'flow_run' or 'flow_run_id' to be given, got neither")
    return TidemillLogAdapter(
        _flow_runs,
        {
            "flow_run_name": flow_run.name if flow_run is not None else UNKNOWN,
            "flow_run_id": str(flow_run.id if flow_run is not None else flow_run_id),
            "flow_name": flow.name if flow is not None else UNKNOWN,
            "deployment_name": None,
        }
        | kwargs,
    )


def task_run_logger(
    task_run: Any, task: Any = None, flow_run: Any = None, flow: Any = None, **kwargs: Any
) -> LoggingAdapter:
    """A logger of a task run, from anywhere. What is not given about its flow is taken from the run around the code."""
    around = current()
    enclosing = around.flow_context if around is not None else None
    flow_run_id = getattr(task_run, "flow_run_id", None) or (flow_run.id if flow_run is not None else None)
    if enclosing is not None and flow_run_id is not None and str(flow_run_id) == enclosing.run_id:
        flow_run, flow = flow_run or enclosing.flow_run, flow or enclosing.flow
    return TidemillLogAdapter(
        _task_runs,
        {
            "task_run_id": str(task_run.id),
            "task_run_name": task_run.name,
            "task_name": task.name if task is not None else UNKNOWN,
            "flow_run_id": str(flow_run_id) if flow_run_id is not None else None,
            "flow_run_name": flow_run.name if flow_run is not None else UNKNOWN,
            "flow_name": flow.name if flow is not None else UNKNOWN,
        }
        | kwargs,
    )


def get_worker_logger(worker: Any, name: str | None = None) -> logging.Logger | LoggingAdapter:
    """A logger of a worker, which its records name together with its work pool."""
    logger = get_logger(name or f"workers.{worker.__class__.type}.{worker.name.lower()}")
    pool = getattr(worker, "work_pool", None)
    identity = getattr(worker, "backend_id", None)
    return TidemillLogAdapter(
        logger,
        {
            "worker_name": worker.name,
            "work_pool_name": getattr(worker, "work_pool_name", None) or UNKNOWN,
            "work_pool_id": str(pool.id) if pool is not None else UNKNOWN,
        }
        | ({"worker_id": str(identity)} if identity is not None else {}),
    )


@contextmanager
def disable_logger(name: str) -> Iterator[None]:
    """Within it, the logger of that name is silent."""
    logger = logging.getLogger(name)
    before = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = before


@contextmanager
def disable_run_logger() -> Iterator[None]:
    """Within it, loggers of runs are silent and ``get_run_logger`` works outside of a run: for testing ``task.fn``."""
    with disable_logger(_flow_runs.name), disable_logger(_task_runs.name):
        yield


class LogEavesdropper(logging.Handler):
    """Listens to a logger while the ``with`` block lasts; ``text()`` is what was said.

    ``with LogEavesdropper("paramiko", level=logging.INFO) as heard: …``
    """

    def __init__(self, eavesdrop_on: str, level: int = logging.NOTSET) -> None:
        super().__init__(level)
        self.eavesdrop_on = eavesdrop_on
        self._lines: list[str] = []
        self.setFormatter(logging.Formatter("[%(levelname)s]: %(message)s"))

    def __enter__(self) -> Self:
        logging.getLogger(self.eavesdrop_on).addHandler(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        logging.getLogger(self.eavesdrop_on).removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Remember the line."""
        self._lines.append(self.format(record))

    def text(self) -> str:
        """Everything heard so far, a line each."""
        return "\n".join(self._lines)
