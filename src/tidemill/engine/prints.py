"""``print`` as a way to log, for runs with ``log_prints``.

The built-in is changed for good, once, when the first such run begins. The new one asks on each call where it is, so
threads, subflows and nested choices are right without anything to undo.
"""

from __future__ import annotations

import builtins
import logging
import sys
from io import StringIO
from threading import Lock
from typing import TYPE_CHECKING, Any

from tidemill.engine.context import TaskRunContext, current

if TYPE_CHECKING:
    from types import FrameType

    from tidemill.engine.context import RunContext
    from tidemill.engine.runtime import Runtime

_flow_runs = logging.getLogger("tidemill.flow_runs")
_task_runs = logging.getLogger("tidemill.task_runs")
_changing = Lock()
_original = builtins.print


def prints_are_logged(own: bool | None, parent: RunContext | None, runtime: Runtime) -> bool:
    """Whether a run logs what it prints: as it says itself, else as the run around it, else as the settings say."""
    if own is None:
        own = parent.log_prints if parent is not None else runtime.settings.log_prints
    if own:
        patch_print()
    return own


def patch_print() -> None:
    """From here on, ``print`` in a run with ``log_prints`` goes to the run's log; elsewhere it prints."""
    global _original  # noqa: PLW0603 - whoever changed print before us keeps what is not ours
    if builtins.print is print_as_log:
        return
    with _changing:
        if builtins.print is not print_as_log:
            _original = builtins.print
            builtins.print = print_as_log


def print_as_log(*args: Any, **kwargs: Any) -> None:
    """What ``print`` is once a run with ``log_prints`` has begun.

    In such a run the text is logged at INFO, without what ``end`` says. A file of the caller's own gets it unlogged.
    """
    context = current()
    if context is None or not context.log_prints or not _for_the_screen(kwargs.get("file")) or _tells_of_logging():
        _original(*args, **kwargs)
        return
    logger = _task_runs if isinstance(context, TaskRunContext) else _flow_runs
    if logger.isEnabledFor(logging.INFO):
        logger.info("%s", _text(args, kwargs.get("sep")), extra={"run_context": context}, stacklevel=2)


def _for_the_screen(file: Any) -> bool:
    return file is None or file is sys.stdout or file is sys.stderr


def _tells_of_logging() -> bool:
    """Whether it is ``logging`` that prints, with ``traceback``, what is wrong with a line: not for the log again."""
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - documented, in spite of its name
    if frame is None or frame.f_globals.get("__name__") != "traceback":
        return False
    while frame is not None and frame.f_globals.get("__name__") == "traceback":
        frame = frame.f_back
    return frame is not None and frame.f_globals.get("__name__") == "logging"


def _text(args: tuple[Any, ...], sep: str | None) -> str:
    if len(args) == 1:
        return str(args[0])
    said = StringIO()
    _original(*args, sep=sep, end="", file=said)
    return said.getvalue()
