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
from tidemill.store.removing import delete_flow_runs
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

    def delete_flow(self, flow_id: str) -> None:
        """With all its runs. Raises MissingError."""
        with self._connections.writing() as session:
            if not _delete(session, [flow_id]):
                raise _missing(flow_id)

    def delete_flows(self, wanted: Wanted, *, limit: int) -> list[str]:
        """Delete those for which the filters hold, with all their runs; returns their ids."""
        with self._connections.writing() as session:
            ids = [flow.id for flow in self.list_flows(wanted, limit=limit)]
            _delete(session, ids)
            return ids


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


def _delete(session: Session, flow_ids: Collection[str]) -> bool:
    given = {"ids": bound(list(flow_ids))}
    runs = [run for (run,) in all_rows(session, "SELECT id FROM flow_run WHERE flow_id IN @listed(:ids)", given)]
    if runs:
        delete_flow_runs(session, runs)
    forget_limits_of_flows(session, flow_ids)
    session.execute("DELETE FROM flow WHERE id IN @listed(:ids)", given)
    return session.changes() > 0
