"""Taking artifacts away: of what is left of a key, the version before becomes the latest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.store.asking import all_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from tidemill.store.session import Session

_BEFORE: Final = """
UPDATE artifact_collection SET latest_id = (
    SELECT artifact.id FROM artifact WHERE artifact.workspace_id = artifact_collection.workspace_id
    AND artifact.key = artifact_collection.key AND artifact.id <> :id ORDER BY artifact.seq DESC LIMIT 1
) WHERE latest_id = :id AND EXISTS (
    SELECT 1 FROM artifact WHERE artifact.workspace_id = artifact_collection.workspace_id
    AND artifact.key = artifact_collection.key AND artifact.id <> :id
)
"""


def remove(session: Session, id_: str) -> bool:
    """False if there is none of this id."""
    session.execute(_BEFORE, {"id": id_})
    session.execute("DELETE FROM artifact_collection WHERE latest_id = :id", {"id": id_})
    session.execute("DELETE FROM artifact WHERE id = :id", {"id": id_})
    return session.changes() > 0


def remove_all(session: Session, where: str, bindings: Mapping[str, Any], most: int) -> int:
    """Of those for which a condition holds, up to ``most``; how many those were."""
    sql = f"SELECT artifact.id FROM artifact WHERE {where} LIMIT :most"
    found = [id_ for (id_,) in all_rows(session, sql, {**bindings, "most": most})]
    for id_ in found:
        remove(session, id_)
    return len(found)
