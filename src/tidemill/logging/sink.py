"""Kept log lines in the API's form, and where they go: into the journal, or to whoever asked for them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tidemill.domain.entries import LogWritten
from tidemill.domain.names import clean_text
from tidemill.domain.states import from_us, to_us
from tidemill.engine.context import current
from tidemill.engine.runtime import runtime

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.engine.runtime import Runtime

__all__ = ["emit_api_log", "set_api_log_sink"]

#: Who takes the lines in place of the journal.
chosen: Callable[[dict[str, Any]], None] | None = None


def set_api_log_sink(sink: Callable[[dict[str, Any]], None] | None) -> None:
    """Hand every line of this process that would be kept to ``sink`` instead; ``None`` keeps them again.

    A line is a dictionary: ``name``, ``level`` (a number), ``message``, ``timestamp`` (ISO 8601, UTC), ``flow_run_id``
    and ``task_run_id``. The sink is called where the line is logged; ``emit_api_log`` keeps a line after all, in any
    process of the home.
    """
    global chosen  # noqa: PLW0603 - one for the process, as the contract has it
    chosen = sink


def emit_api_log(log: dict[str, Any]) -> None:
    """Keep a line that is in the API's form, or hand it to the sink where one was set.

    Raises KeyError without ``name``, ``level``, ``message`` or ``timestamp``, ValueError for a time that is none.
    """
    if chosen is not None:
        chosen(log)
    else:
        keep(log)


def keep(log: dict[str, Any]) -> None:
    """Record a line that is in the API's form, whatever the sink. Raises as ``emit_api_log``."""
    flow_run_id, task_run_id = (_text(log.get(name)) for name in ("flow_run_id", "task_run_id"))
    here, root = place_of(flow_run_id)
    said, moment = clean_text(log["message"]), _moment(log["timestamp"])
    here.record(LogWritten(root, flow_run_id, task_run_id, log["name"], int(log["level"]), to_us(moment), said))


def as_api_log(entry: LogWritten) -> dict[str, Any]:
    """An entry in the API's form."""
    return {
        "name": entry.logger,
        "level": entry.level,
        "message": entry.message,
        "timestamp": from_us(entry.timestamp_us).isoformat(),
        "flow_run_id": entry.flow_run_id,
        "task_run_id": entry.task_run_id,
    }


def place_of(flow_run_id: str | None) -> tuple[Runtime, str]:
    """Where a line about a run is recorded, and under which root.

    A line about a run that goes on elsewhere is not that run's to vouch for, so it stands under no root.
    """
    around = current()
    if around is None:
        return runtime(), ""
    flow = around.flow_context
    return around.runtime, flow.root if flow is not None and flow.run_id == flow_run_id else ""


def _text(given: Any) -> str | None:
    return str(given) if given else None


def _moment(given: Any) -> datetime:
    return given if isinstance(given, datetime) else datetime.fromisoformat(given)
