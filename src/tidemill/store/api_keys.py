"""API keys, by id. Of the secret there is a digest; a row that is revoked stays, so that a list can say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.domain.api_keys import LAST_USED_WITHIN_US, ApiKey
from tidemill.store.asking import all_rows, one_row, scalar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidemill.store.session import Session

_COLUMNS: Final = "id, name, digest, scopes, created_us, workspace_id, expires_us, revoked_us, last_used_us"
_PUT: Final = """
INSERT INTO api_key (id, name, digest, scopes, created_us, workspace_id, expires_us)
VALUES (:id, :name, :digest, :scopes, :created_us, :workspace_id, :expires_us)
"""
_READ: Final = f"SELECT {_COLUMNS} FROM api_key WHERE id = :id"
_ALL: Final = f"SELECT {_COLUMNS} FROM api_key WHERE workspace_id = :workspace ORDER BY created_us, id"
_ANY: Final = "SELECT 1 FROM api_key WHERE revoked_us IS NULL LIMIT 1"
_REVOKE: Final = """
UPDATE api_key SET revoked_us = :now WHERE id = :id AND workspace_id = :workspace AND revoked_us IS NULL
"""
_USED: Final = """
UPDATE api_key SET last_used_us = :used WHERE id = :id AND coalesce(last_used_us, 0) <= :used - :within
"""


def put(session: Session, key: ApiKey) -> None:
    """Keep a new key."""
    given = {name: getattr(key, name) for name in ("id", "name", "digest", "created_us", "workspace_id", "expires_us")}
    session.execute(_PUT, {**given, "scopes": msgspec.json.encode(key.scopes).decode()})


def read(session: Session, key_id: str) -> ApiKey | None:
    """By id, whatever became of it."""
    row = one_row(session, _READ, {"id": key_id})
    return None if row is None else _key(row)


def find(session: Session, workspace_id: int) -> list[ApiKey]:
    """All of a workspace, the oldest first."""
    return [_key(row) for row in all_rows(session, _ALL, {"workspace": workspace_id})]


def exist(session: Session) -> bool:
    """Whether there is one that was not revoked, in any workspace."""
    return scalar(session, _ANY) is not None


def revoke(session: Session, key_id: str, workspace_id: int, now: int) -> bool:
    """False where there is none of this id that holds."""
    session.execute(_REVOKE, {"id": key_id, "workspace": workspace_id, "now": now})
    return session.changes() > 0


def note_uses(session: Session, uses: Mapping[str, int]) -> None:
    """Write down when keys were last used, where that is news."""
    session.executemany(
        _USED, [{"id": id_, "used": used, "within": LAST_USED_WITHIN_US} for id_, used in sorted(uses.items())]
    )


def _key(row: tuple[Any, ...]) -> ApiKey:
    id_, name, digest, scopes, created, workspace, expires, revoked, used = row
    return ApiKey(
        id=id_,
        name=name,
        digest=digest,
        scopes=msgspec.json.decode(scopes, type=tuple[str, ...]),
        created_us=created,
        workspace_id=workspace,
        expires_us=expires,
        revoked_us=revoked,
        last_used_us=used,
    )
