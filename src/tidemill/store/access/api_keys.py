"""API keys: keeping them, finding one, taking one back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tidemill.domain.names import clean_text
from tidemill.domain.permissions import DEFAULT_WORKSPACE
from tidemill.store import api_keys
from tidemill.store.access.base import Access

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidemill.domain.api_keys import ApiKey


class ApiKeys(Access):
    """The keys that let clients in."""

    def put_api_key(self, key: ApiKey) -> None:
        """Keep a new key; its name is made fit to be stored. The secret is never given here, its digest is."""
        with self._connections.writing() as session:
            api_keys.put(session, replace(key, name=clean_text(key.name)))

    def api_key(self, key_id: str) -> ApiKey | None:
        """By id, in whatever workspace: revoked and expired ones too. None where there is none."""
        with self._connections.reading() as session:
            return api_keys.read(session, clean_text(key_id))

    def api_keys(self, workspace_id: int = DEFAULT_WORKSPACE) -> list[ApiKey]:
        """All of a workspace, the oldest first, revoked ones too."""
        with self._connections.reading() as session:
            return api_keys.find(session, workspace_id)

    def any_api_key(self) -> bool:
        """Whether somebody was given a key that was not revoked since; one that expired still counts."""
        with self._connections.reading() as session:
            return api_keys.exist(session)

    def revoke_api_key(self, key_id: str, now: int, workspace_id: int = DEFAULT_WORKSPACE) -> bool:
        """Let a key open nothing any more, for good. False where the workspace has no such key that holds."""
        with self._connections.writing() as session:
            return api_keys.revoke(session, clean_text(key_id), workspace_id, now)

    def note_api_key_uses(self, uses: Mapping[str, int]) -> None:
        """Write down when keys, by id, were last used; to the minute, so that busy keys cost few writes."""
        with self._connections.writing() as session:
            api_keys.note_uses(session, uses)
