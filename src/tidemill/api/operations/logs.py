"""What can be asked about logs."""

from __future__ import annotations

from typing import Any, Final

from tidemill.api.operation import Tag
from tidemill.wire.base import Limit, Offset, Wire
from tidemill.wire.filters import LogFilter
from tidemill.wire.logs import Log, LogCreate, LogSort


class ReadLogs(Wire):
    """What is sent to ``/logs/filter``."""

    limit: Limit | None = None
    logs: LogFilter | None = None
    offset: Offset = 0
    sort: LogSort = LogSort("TIMESTAMP_ASC")


_tagged: Final = Tag("Logs")

CREATE_LOGS: Final = _tagged.post(
    "/logs/",
    "create_logs",
    permission="logs:write",
    body=list[LogCreate],
    answer=Any,
    status=201,
    most_bytes=64 * 1024 * 1024,
    forgiving=True,
)
READ_LOGS: Final = _tagged.post(
    "/logs/filter",
    "read_logs",
    permission="logs:read",
    body=ReadLogs,
    body_required=False,
    answer=list[Log],
    writes=False,
)
