"""Log lines as people read them: ``11:13:34.934 | INFO    | Task run 'add-fbd' - adding 3``."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tidemill.cli.plain_text import harmless
from tidemill.domain.runs import any_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tidemill.api.embedded import Home
    from tidemill.domain.runs import Log


class LogLines:
    """Turns lines into text; remembers the names of the runs that logged."""

    def __init__(self, home: Home) -> None:
        self._store = home.store
        self._names: dict[str, str] = {}

    def of(self, lines: Sequence[Log]) -> Iterator[str]:
        """The text of each; what a line holds beyond its first stays below it."""
        self._learn({line.task_run_id for line in lines if line.task_run_id})
        for line in lines:
            at = line.timestamp.astimezone().strftime("%H:%M:%S.%f")[:-3]
            text = "\n".join(harmless(part) for part in line.message.split("\n"))
            yield f"{at} | {logging.getLevelName(line.level):<7} | {self._who(line)} - {text}"

    def _learn(self, task_run_ids: set[str]) -> None:
        unknown = task_run_ids - self._names.keys()
        if unknown:
            found = self._store.find_task_runs([any_of("id", *unknown)], limit=-1)
            self._names |= {run.id: f"Task run {run.name!r}" for run in found}

    def _who(self, line: Log) -> str:
        if line.task_run_id is not None:
            return self._names.get(line.task_run_id, "Task run")
        if line.flow_run_id is None:
            return line.name
        if line.flow_run_id not in self._names:
            found = self._store.find_flow_runs([any_of("id", line.flow_run_id)])
            self._names[line.flow_run_id] = f"Flow run {found[0].name!r}" if found else "Flow run"
        return self._names[line.flow_run_id]
