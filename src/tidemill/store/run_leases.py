"""Who holds a root run, and what belongs to it: what a run token is judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from tidemill.domain.run_tokens import RunLease
from tidemill.store.asking import all_rows, one_row
from tidemill.store.fields import bound

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.store.session import Session

#: What is asked for by id, and belongs to a run.
Thing = Literal["flow_run", "task_run", "artifact", "flow", "deployment"]

_LEASE: Final = """
SELECT flow_run.root_flow_run_id, flow_run.epoch,
    CASE WHEN producer.ended_us IS NULL THEN producer.id END, producer.lease_until_us
FROM flow_run LEFT JOIN producer ON producer.id = flow_run.holder WHERE flow_run.id = :id
"""
_OWN: Final = "CASE WHEN flow_run.root_flow_run_id = :root THEN 1 ELSE 0 END"
_PART: Final = f"""
SELECT {{thing}}.id, {_OWN} FROM {{thing}} LEFT JOIN flow_run ON flow_run.id = {{thing}}.flow_run_id
WHERE {{thing}}.id IN @listed(:ids)
"""
#: A flow or a deployment is many runs'; a run may look at its own.
_USED: Final = """
SELECT id, CASE WHEN EXISTS (
        SELECT 1 FROM flow_run WHERE flow_run.root_flow_run_id = :root AND flow_run.{thing}_id = {thing}.id)
    THEN 1 ELSE 0 END
FROM {thing} WHERE id IN @listed(:ids)
"""
_THERE: Final[dict[Thing, str]] = {
    "flow_run": f"SELECT id, {_OWN} FROM flow_run WHERE id IN @listed(:ids)",
    "task_run": _PART.format(thing="task_run"),
    "artifact": _PART.format(thing="artifact"),
    "flow": _USED.format(thing="flow"),
    "deployment": _USED.format(thing="deployment"),
}


def read(session: Session, flow_run_id: str) -> RunLease | None:
    """Of a flow run; None if there is none of this id."""
    row = one_row(session, _LEASE, {"id": flow_run_id})
    if row is None:
        return None
    root, epoch, holder, until = row
    return RunLease(flow_run_id=flow_run_id, root_flow_run_id=root, epoch=epoch, holder=holder, until_us=until)


def owned(session: Session, root: str, thing: Thing, ids: Collection[str]) -> dict[str, bool]:
    """Of some things those that are there, and whether each belongs to this root run."""
    rows = all_rows(session, _THERE[thing], {"root": root, "ids": bound(sorted(ids))})
    return {id_: bool(is_own) for id_, is_own in rows}
