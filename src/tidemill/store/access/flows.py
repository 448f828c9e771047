"""Flows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.store.access.base import Access
from tidemill.store.answering import moment, raw
from tidemill.store.asking import all_rows, one_row, scalar
from tidemill.store.deployment_limits import forget_limits_of_flows
from tidemill.store.errors import MissingError
from tidemill.store.fields import bound
from tidemill.store.finding import Bindings
from tidemill.store.nouns import Wanted, conditions
from tidemill.store.removing import PART, delete_part
from tidemill.wire.flows import Flow, FlowSort

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.store.session import Session

_SELECTED: Final = """
SELECT flow.id, flow.name, flow.created_us, flow.labels, flow.tags, coalesce(flow.updated_us, flow.created_us)
FROM flow WHERE
"""
_ORDERS: Final = {
    FlowSort.CREATED_DESC: "flow.created_us DESC, flow.id",
    FlowSort.UPDATED_DESC: "coalesce(flow.updated_us, flow.created_us) DESC, flow.id",
    FlowSort.NAME_ASC: "flow.name ASC",
    FlowSort.NAME_DESC: "flow.name DESC",
}
_CREATE: Final = """
INSERT INTO flow (id, name, tags, labels, created_us) VALUES (:id, :name, :tags, :labels, :now)
ON CONFLICT (workspace_id, name) DO NOTHING
"""
_RUNS: Final = "SELECT id FROM flow_run WHERE flow_id IN @listed(:ids) LIMIT :most"
#: Each has a handful of rows, most often.
_RUNS_AT_ONCE: Final = 200
ALL_FLOWS: Final = Wanted()


class Flows(Access):
    """Making, reading and changing flows."""

    def create_flow(self, id_: str, name: str, tags: list[str], labels: dict[str, Any], now: int) -> tuple[Flow, bool]:
        """The flow of this name, and whether it was made now. One that was there stays as it is."""
        row = {"id": id_, "name": name, "tags": bound(tags), "labels": bound(labels), "now": now}
        with self._connections.writing() as session:
            session.execute(_CREATE, row)
            made = session.changes() > 0
            return _one(session, "name", name), made

    def get_flow(self, flow_id: str) -> Flow:
        """Raises MissingError if there is none of this id."""
        with self._connections.reading() as session:
            return _one(session, "id", flow_id)

    def get_flow_by_name(self, name: str) -> Flow:
        """Raises MissingError if there is none of this name."""
        with self._connections.reading() as session:
            return _one(session, "name", name)

    def list_flows(
        self, wanted: Wanted = ALL_FLOWS, *, limit: int, offset: int = 0, sort: FlowSort = FlowSort.NAME_ASC
    ) -> list[Flow]:
        """Those for which all filters hold."""
        bindings = Bindings()
        where = conditions("flow", wanted, bindings)
        page = f"LIMIT {bindings.bind(limit)} OFFSET {bindings.bind(offset)}"
        with self._connections.reading() as session:
            found = all_rows(session, f"{_SELECTED} {where} ORDER BY {_ORDERS[sort]} {page}", bindings)
            return [_flow(row) for row in found]

    def count_flows(self, wanted: Wanted = ALL_FLOWS) -> int:
        """How many there are for which all filters hold."""
        bindings = Bindings()
        with self._connections.reading() as session:
            sql = f"SELECT count(*) FROM flow WHERE {conditions('flow', wanted, bindings)}"
            return int(scalar(session, sql, bindings))

    def update_flow(self, flow_id: str, tags: list[str] | None, now: int) -> None:
        """Change what is given. Raises MissingError."""
        with self._connections.writing() as session:
            session.execute(
                "UPDATE flow SET tags = coalesce(:tags, tags), updated_us = :now WHERE id = :id",
                {"tags": None if tags is None else bound(tags), "now": now, "id": flow_id},
            )
            if not session.changes():
                raise _missing(flow_id)

    def delete_part_of_flow(self, flow_id: str, *, limit: int = PART) -> bool:
        """Delete about ``limit`` rows of its runs and of what is below them; at last it, and then True.

        Raises MissingError.
        """
        with self._connections.writing() as session:
            _one(session, "id", flow_id)
            return _delete_part(session, [flow_id], limit)

    def delete_part_of_flows(self, flow_ids: Collection[str], *, limit: int = PART) -> bool:
        """As ``delete_part_of_flow``; at last all of them together. Unknown ones are passed over."""
        with self._connections.writing() as session:
            return _delete_part(session, flow_ids, limit)


def _flow(row: tuple[Any, ...]) -> Flow:
    id_, name, created, labels, tags, updated = row
    return Flow(id=id_, name=name, created=moment(created), labels=raw(labels), tags=raw(tags), updated=moment(updated))


def _one(session: Session, column: str, value: str) -> Flow:
    row = one_row(session, f"{_SELECTED} flow.{column} = :value", {"value": value})
    if row is None:
        raise _missing(value)
    return _flow(row)


def _missing(handle: str) -> MissingError:
    return MissingError(f"no flow '{handle}'. List them with: tidemill flow ls")


def _delete_part(session: Session, flow_ids: Collection[str], limit: int) -> bool:
    given = {"ids": bound(list(flow_ids)), "most": _RUNS_AT_ONCE}
    runs = [run for (run,) in all_rows(session, _RUNS, given)]
    if runs and not (delete_part(session, runs, limit) and len(runs) < _RUNS_AT_ONCE):
        return False
    forget_limits_of_flows(session, flow_ids)
    session.execute("DELETE FROM flow WHERE id IN @listed(:ids)", given)
    return True
