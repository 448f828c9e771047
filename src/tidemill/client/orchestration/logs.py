"""Log lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.api.operations import logs as operations
from tidemill.client.methods import method
from tidemill.client.orchestration.asker import Asker, given
from tidemill.client.schemas.objects import Log

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidemill.client.schemas.actions import LogCreate
    from tidemill.client.schemas.filters import LogFilter
    from tidemill.client.schemas.sorting import LogSort
    from tidemill.system.asking import Asking


class LogMethods(Asker):
    """What can be asked about log lines."""

    @method
    def create_logs(self, logs: Iterable[LogCreate | dict[str, Any]]) -> Asking[None]:
        """Write lines into the logs of runs."""
        yield from self._do(operations.CREATE_LOGS, list(logs))

    @method
    def read_logs(
        self,
        log_filter: LogFilter | None = None,
        limit: int | None = None,
        offset: int | None = None,
        sort: LogSort | None = None,
    ) -> Asking[list[Log]]:
        """Log lines, the oldest first unless ``sort`` says otherwise."""
        wanted = given(logs=log_filter, limit=limit, offset=offset, sort=sort)
        return (yield from self._ask(operations.READ_LOGS, list[Log], wanted))
