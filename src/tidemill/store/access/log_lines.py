"""Log lines in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.domain.names import clean_text
from tidemill.domain.states import from_us, to_us
from tidemill.store.access.base import Access
from tidemill.store.asking import all_rows
from tidemill.store.fields import bound
from tidemill.store.finding import Bindings, Noun
from tidemill.store.rows import log_id
from tidemill.store.tailing import PAGE_BYTES, span
from tidemill.wire.logs import Log, LogSort

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidemill.store.session import Session
    from tidemill.store.tailing import Tail
    from tidemill.wire.filters import LogFilter
    from tidemill.wire.logs import LogCreate

_WRITE: Final = """
INSERT INTO log (flow_run_id, task_run_id, name, level, timestamp_us, message)
SELECT @field(line, $[0], text), @field(line, $[1], text), @field(line, $[2], text), @field(line, $[3], int),
    @field(line, $[4], int), @field(line, $[5], text)
FROM @each(:lines, line) WHERE true ORDER BY @place(line)
"""
_COLUMNS: Final = "log.seq, log.name, log.level, log.timestamp_us, log.message, log.flow_run_id, log.task_run_id"
_NOUN: Final = Noun(
    {
        "level": "log.level",
        "timestamp": "log.timestamp_us",
        "flow_run_id": "log.flow_run_id",
        "task_run_id": "log.task_run_id",
        "text": "log.name || ' ' || log.message",
    }
)
_ORDERS: Final = {
    LogSort.TIMESTAMP_ASC: "log.timestamp_us, log.seq",
    LogSort.TIMESTAMP_DESC: "log.timestamp_us DESC, log.seq DESC",
}


class LogLines(Access):
    """Writing and finding what runs logged."""

    def write_logs(self, lines: Sequence[LogCreate]) -> None:
        """Keep lines, in this order. What no database keeps in a text is replaced by its picture."""
        rows = [
            (
                line.flow_run_id,
                line.task_run_id,
                clean_text(line.name),
                line.level,
                to_us(line.timestamp),
                clean_text(line.message),
            )
            for line in lines
        ]
        if rows:
            with self._connections.writing() as session:
                session.execute(_WRITE, {"lines": bound(rows)})

    def find_log_lines(
        self, wanted: LogFilter | None = None, *, sort: LogSort, limit: int, offset: int = 0
    ) -> list[Log]:
        """Those for which the filter holds."""
        bindings = Bindings()
        where = _NOUN.where(wanted, bindings)
        tail = f"ORDER BY {_ORDERS[sort]} LIMIT {bindings.bind(limit)} OFFSET {bindings.bind(offset)}"
        with self._connections.reading() as session:
            return [line for _, line in _read(session, f"{where} {tail}", bindings)]

    def follow_logs(
        self, tail: Tail, after: int, wanted: LogFilter | None, *, limit: int, most_bytes: int = PAGE_BYTES
    ) -> tuple[list[tuple[int, Log]], int]:
        """What was written behind a position, each line with its own, and the position to go on from."""
        bindings = Bindings()
        where = _NOUN.where(wanted, bindings)
        behind = f"{where} AND log.seq > :after AND log.seq <= :sure ORDER BY log.seq LIMIT :limit"
        sizes = f"SELECT log.seq, length(log.message) FROM log WHERE {behind}"
        with self._connections.reading() as session:
            sure = tail.sure(session)
            bindings.update(after=after, sure=sure, limit=limit)
            found = span(session, sizes, bindings, after=after, sure=sure, limit=limit, most_bytes=most_bytes)
            if found.upto == after:
                return [], found.then
            bindings["sure"] = found.upto
            return _read(session, behind, bindings), found.then


def _read(session: Session, where: str, bindings: Bindings) -> list[tuple[int, Log]]:
    return [(row[0], _line(row)) for row in all_rows(session, f"SELECT {_COLUMNS} FROM log WHERE {where}", bindings)]


def _line(row: tuple[Any, ...]) -> Log:
    seq, name, level, timestamp, message, flow_run_id, task_run_id = row
    moment = from_us(timestamp)
    return Log(
        id=log_id(seq),
        level=level,
        message=message,
        name=name,
        timestamp=moment,
        created=moment,
        flow_run_id=flow_run_id,
        task_run_id=task_run_id,
        updated=moment,
    )
