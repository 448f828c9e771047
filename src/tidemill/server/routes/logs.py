"""Log lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.api.operations import logs as operations
from tidemill.server.serving import Routes

if TYPE_CHECKING:
    from tidemill.server.calls import Call
    from tidemill.wire.logs import Log, LogCreate

routes: Final = Routes()


@routes.serves(operations.CREATE_LOGS)
def create_logs(call: Call, body: list[LogCreate]) -> None:
    """Keep what was logged."""
    call.store.write_logs(body)


@routes.serves(operations.READ_LOGS)
def read_logs(call: Call, body: operations.ReadLogs) -> list[Log]:
    """Lines by filter."""
    return call.store.find_log_lines(body.logs, sort=body.sort, limit=call.limit(body.limit), offset=body.offset)
