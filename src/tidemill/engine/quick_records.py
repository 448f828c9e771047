"""Making log records without the detours of the standard library: a third of the cost of a line.

Only where the record would be the same: no record factory, no logger class of the user's. Otherwise the standard way.
"""

from __future__ import annotations

import logging
import os
import sys
from threading import current_thread, get_ident
from typing import TYPE_CHECKING, Any, Final

from tidemill.system.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from tidemill.engine.context import RunContext

_standard_factory: Final = logging.LogRecord
_now_us: Final = SystemClock().now_us
_sample: Final = logging.LogRecord("", 0, "", 0, "", None, None)
#: The standard library does not say when it began counting, but each of its records does.
_START: Final = _sample.created - _sample.relativeCreated / 1000
_file_names: dict[str, tuple[str, str]] = {}


class QuickRecord(logging.LogRecord):
    """A log record like any other, filled in one go."""

    def __init__(
        self, logger: logging.Logger, level: int, frame: FrameType, text: tuple[object, Any], extra: dict[str, Any]
    ) -> None:
        """``frame`` is where the line was logged, ``text`` the message and its arguments."""
        msg, args = text
        code = frame.f_code
        path = code.co_filename
        filename, module = _file_names.get(path) or _named(path)
        now = _now_us()
        created = now / 1_000_000
        if args and len(args) == 1 and isinstance(args[0], dict) and args[0]:
            args = args[0]
        self.__dict__.update(
            extra,
            name=logger.name,
            msg=msg,
            args=args,
            levelname=logging.getLevelName(level),
            levelno=level,
            pathname=path,
            filename=filename,
            module=module,
            exc_info=None,
            exc_text=None,
            stack_info=None,
            lineno=frame.f_lineno,
            funcName=code.co_name,
            created=created,
            msecs=now % 1_000_000 // 1000 + 0.0,
            relativeCreated=(created - _START) * 1000,
            thread=get_ident(),
            threadName=current_thread().name,
            processName=_process_name(),
            process=os.getpid(),
            taskName=_task_name(),
        )


def _named(path: str) -> tuple[str, str]:
    filename = os.path.basename(path)  # noqa: PTH119 - as logging does, for paths of any kind
    names = _file_names[path] = (filename, os.path.splitext(filename)[0])  # noqa: PTH122
    return names


def _process_name() -> str:
    processes: Any = sys.modules.get("multiprocessing")
    return str(processes.current_process().name) if processes is not None else "MainProcess"


def _task_name() -> str | None:
    asyncio: Any = sys.modules.get("asyncio")
    if asyncio is None:
        return None
    try:
        return str(asyncio.current_task().get_name())
    except (RuntimeError, AttributeError):  # no event loop here, or no task
        return None


def is_standard(logger: logging.Logger) -> bool:
    """Whether a record of ours is what the logger would make."""
    return type(logger) is logging.Logger and logging.getLogRecordFactory() is _standard_factory


def say(logger: logging.Logger, level: int, context: RunContext, message: str, *args: object) -> None:
    """Log a line of the engine's own about a run."""
    if not logger.isEnabledFor(level):
        return
    extra = {"run_context": context}
    if is_standard(logger):
        logger.handle(QuickRecord(logger, level, sys._getframe(1), (message, args), extra))  # noqa: SLF001 - as below
    else:
        logger.log(level, message, *args, extra=extra, stacklevel=2)


def level_method(level: int, otherwise: Callable[..., None]) -> Callable[..., None]:
    """A method of an adapter that logs at a level."""

    def log(self: Any, msg: object, *args: object, **kwargs: Any) -> None:
        logger = self.logger
        if not logger.isEnabledFor(level):
            return
        if kwargs or not is_standard(logger):
            kwargs["stacklevel"] = kwargs.get("stacklevel", 1) + 1  # this frame is not the caller's
            otherwise(self, msg, *args, **kwargs)
            return
        logger.handle(QuickRecord(logger, level, sys._getframe(1), (msg, args), self.extra))  # noqa: SLF001 - what logging itself does

    log.__name__ = otherwise.__name__
    log.__doc__ = otherwise.__doc__
    return log
