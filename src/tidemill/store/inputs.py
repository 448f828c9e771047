"""What was sent to flow runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.domain.runs import FlowRunInput
from tidemill.domain.states import from_us, to_us
from tidemill.store.asking import all_rows, scalar
from tidemill.store.errors import InputExistsError, UnknownRunError
from tidemill.store.fields import bound

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.store.session import Session

_PUT: Final = """
INSERT INTO flow_run_input (id, flow_run_id, key, value, sender, created_us) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (flow_run_id, key)"""
_NEW: Final = f"{_PUT} DO NOTHING"
_NEW_OR_OTHER: Final = f"""{_PUT} DO UPDATE SET
    id = excluded.id, value = excluded.value, sender = excluded.sender, created_us = excluded.created_us
"""
_ID_ELSEWHERE: Final = """
SELECT 1 FROM flow_run_input WHERE id = :id AND NOT (flow_run_id = :run AND key = :key)
"""
_FIND: Final = """
SELECT id, flow_run_id, key, value, sender, created_us FROM flow_run_input
WHERE flow_run_id = :run AND substr(key, 1, length(:prefix)) = :prefix
    AND key NOT IN @listed(:excluded)
ORDER BY seq LIMIT :limit
"""


def put(session: Session, given: FlowRunInput, *, replace: bool) -> None:
    """Keep an input for its run."""
    if scalar(session, "SELECT 1 FROM flow_run WHERE id = ?", (given.flow_run_id,)) is None:
        raise UnknownRunError(f"no flow run has the id {given.flow_run_id}")
    row = (given.id, given.flow_run_id, given.key, given.value, given.sender, to_us(given.created))
    elsewhere = {"id": given.id, "run": given.flow_run_id, "key": given.key}
    if scalar(session, _ID_ELSEWHERE, elsewhere) is not None:
        raise InputExistsError(f"another input has the id {given.id} already")
    session.execute(_NEW_OR_OTHER if replace else _NEW, row)
    if not session.changes():
        raise InputExistsError(f"flow run {given.flow_run_id} has an input {given.key!r} already")


def find(session: Session, flow_run_id: str, prefix: str, limit: int, excluded: Collection[str]) -> list[FlowRunInput]:
    """Those whose keys begin so, oldest first."""
    keys = bound(list(excluded))
    given = {"run": flow_run_id, "prefix": prefix, "excluded": keys, "limit": limit}
    return [
        FlowRunInput(id=id_, flow_run_id=run, key=key, value=value, sender=sender, created=from_us(created))
        for id_, run, key, value, sender, created in all_rows(session, _FIND, given)
    ]


def read(session: Session, flow_run_id: str, key: str) -> str | None:
    """Its JSON; ``None`` where there is none."""
    value: str | None = scalar(
        session, "SELECT value FROM flow_run_input WHERE flow_run_id = ? AND key = ?", (flow_run_id, key)
    )
    return value


def delete(session: Session, flow_run_id: str, key: str) -> bool:
    """False if there was none."""
    session.execute("DELETE FROM flow_run_input WHERE flow_run_id = ? AND key = ?", (flow_run_id, key))
    return bool(session.changes())
