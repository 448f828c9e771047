"""Secrets of blocks, on their way to the store and back: nothing that a schema calls secret is stored as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tidemill.domain.block_data import joined, parted
from tidemill.domain.block_schemas import secret_fields
from tidemill.domain.permissions import DEFAULT_WORKSPACE
from tidemill.encryption.envelope import Place
from tidemill.store.access.block_documents import SealedSecret, steps

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidemill.domain.block_data import Path
    from tidemill.encryption import KeyRing
    from tidemill.wire.blocks import BlockSchema


def sealed(
    ring: KeyRing, document_id: str, data: dict[str, Any], schema: BlockSchema, version: int
) -> tuple[dict[str, Any], list[SealedSecret]]:
    """The data as it may be stored, and the secrets that were taken out of it."""
    plain, secrets = parted(data, secret_fields(schema.fields))
    return plain, [_sealed(ring, document_id, path, value, version) for path, value in secrets.items()]


def _sealed(ring: KeyRing, document_id: str, path: Path, value: Any, version: int) -> SealedSecret:
    place = Place(DEFAULT_WORKSPACE, document_id, msgspec.json.encode(path).decode(), version)
    return SealedSecret(place, ring.seal(msgspec.json.encode(value), place))


def unsealed(ring: KeyRing, secrets: Iterable[SealedSecret]) -> dict[Path, Any]:
    """The secrets of one document, by where they stand in its data."""
    return {steps(one.place): msgspec.json.decode(ring.unseal(one.sealed, one.place)) for one in secrets}


def revealed(ring: KeyRing, data: dict[str, Any], secrets: Iterable[SealedSecret]) -> dict[str, Any]:
    """What is stored of a document's data, with its secrets."""
    return joined(data, unsealed(ring, secrets))
