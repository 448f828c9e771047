"""From what a person types to the run that is meant: an id, the beginning of one, a name, ``@last``, or ``-``."""

from __future__ import annotations

import sys
from shlex import quote
from typing import TYPE_CHECKING, Final, NoReturn

from tidemill.cli.errors import NotFound, UsageProblem
from tidemill.domain.runs import Condition, Operator, Order
from tidemill.domain.states import from_us
from tidemill.store.errors import UnknownRunError
from tidemill.suggestions import did_you_mean

if TYPE_CHECKING:
    from tidemill.api.embedded import Home
    from tidemill.domain.runs import FlowRun, TaskRun

LAST: Final = "@last"
_FROM_STDIN: Final = "-"
_RECENT: Final = 500


def flow_run_of(home: Home, handle: str) -> FlowRun:
    """The flow run that is meant. Raises NotFound, with the name that was probably meant."""
    handle = typed(handle)
    if handle == LAST:
        return _last(home)
    try:
        return home.store.read_flow_run(handle)
    except UnknownRunError as error:
        if any(flow.name == handle for flow in home.store.flows(limit=-1)):
            raise NotFound(
                f"{handle!r} is the name of a flow, not of one of its runs",
                hint=f"tidemill flow-run ls --flow-name {quote(handle)}",
            ) from error
        names = [LAST, *(run.name for run in home.store.find_flow_runs(limit=_RECENT))]
        raise _not_found("flow run", handle, names, error) from error


def _last(home: Home) -> FlowRun:
    """The newest that is due, however many a schedule has made ahead; else the newest of all."""
    due = Condition("expected_start_time", Operator.BEFORE, from_us(home.clock.now_us()))
    found = home.store.find_flow_runs([due], limit=1) or home.store.find_flow_runs(limit=1)
    return found[0] if found else _none_yet("flow run")


def task_run_of(home: Home, handle: str) -> TaskRun:
    """The task run that is meant; names are looked for among all task runs, and the newest counts."""
    handle = typed(handle)
    newest = Order("position", descending=True)
    if handle == LAST:
        found = home.store.find_task_runs(order=newest, limit=1)
        return found[0] if found else _none_yet("task run")
    try:
        return home.store.read_task_run(handle)
    except UnknownRunError as error:
        from tidemill.domain.runs import any_of  # noqa: PLC0415 - ids are what most people paste

        named = home.store.find_task_runs([any_of("name", handle)], order=newest, limit=1)
        if named:
            return named[0]
        names = [LAST, *(run.name for run in home.store.find_task_runs(order=newest, limit=_RECENT))]
        raise _not_found("task run", handle, names, error) from error


def typed(handle: str) -> str:
    """The handle; ``-`` is the first line of stdin."""
    if handle != _FROM_STDIN:
        return handle
    line = sys.stdin.readline().split("\t")[0].strip()
    if not line:
        raise UsageProblem("'-' reads an id or a name from stdin, and nothing came")
    return line


def _not_found(noun: str, handle: str, names: list[str], error: UnknownRunError) -> NotFound:
    likely = did_you_mean(handle, names)
    what = f"no {noun} has the id or name {handle!r}{likely}" if likely else str(error).partition(". List them with")[0]
    return NotFound(what, hint=f"tidemill {noun.replace(' ', '-')} ls")


def _none_yet(noun: str) -> NoReturn:
    raise NotFound(f"there is no {noun} yet", hint="tidemill run FILE:FLOW")
