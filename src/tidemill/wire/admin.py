"""The server itself: default result storage, CSRF tokens."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tidemill.wire.base import Id, Wire


class CsrfToken(Wire):
    """A token that proves where a request comes from."""

    client: str
    expiration: datetime
    id: Id
    token: str
    created: datetime | None = None
    updated: datetime | None = None


class ServerDefaultResultStorage(Wire):
    """The block that results are kept in unless told otherwise."""

    default_result_storage_block_id: Id | None = None


class ServerDefaultResultStorageUpdate(Wire):
    """What of a server default result storage is changed; what is absent stays as it is."""

    default_result_storage_block_id: UUID
