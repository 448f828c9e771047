"""Types of blocks, and their schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.store.access.base import Access
from tidemill.store.asking import all_rows
from tidemill.store.block_nouns import IN_ORDER, SCHEMAS, TYPES, matching_schemas
from tidemill.store.errors import MissingError, TakenError
from tidemill.store.finding import Bindings
from tidemill.store.tables import Table
from tidemill.wire.blocks import BlockSchema, BlockType

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tidemill.store.session import Session
    from tidemill.wire.filters import BlockSchemaFilter, BlockTypeFilter

_TYPES: Final = Table("block_type", BlockType)
_SCHEMAS: Final = Table("block_schema", BlockSchema, without=("block_type",))


class BlockTypes(Access):
    """Making, reading and changing types of blocks, and their schemas."""

    def create_block_type(self, block_type: BlockType) -> None:
        """Raises TakenError if there is one of this slug."""
        with self._connections.writing() as session:
            if not _TYPES.insert(session, block_type, unless="workspace_id, slug"):
                raise TakenError(f"there is a block type with the slug '{block_type.slug}' already")

    def read_block_type(self, id_: str) -> BlockType:
        """Raises MissingError if there is none."""
        with self._connections.reading() as session:
            return _type(session, "id", id_)

    def block_type_of_slug(self, slug: str) -> BlockType | None:
        """None if there is none."""
        with self._connections.reading() as session:
            return _TYPES.one(session, "block_type.slug = :slug", {"slug": slug})

    def find_block_types(
        self,
        wanted: BlockTypeFilter | None = None,
        schemas: BlockSchemaFilter | None = None,
        *,
        limit: int,
        offset: int = 0,
    ) -> list[BlockType]:
        """Those for which the filters hold, by name; ``schemas``: that have such a schema."""
        bindings = Bindings()
        where = f"{TYPES.where(wanted, bindings)} AND {matching_schemas(schemas, bindings)}"
        tail = f"ORDER BY {IN_ORDER} LIMIT {bindings.bind(limit)} OFFSET {bindings.bind(offset)}"
        with self._connections.reading() as session:
            return _TYPES.read(session, f"{where} {tail}", bindings)

    def update_block_type(self, id_: str, changes: Mapping[str, Any], now: int) -> None:
        """Change the fields that are named. Raises MissingError."""
        with self._connections.writing() as session:
            if not _TYPES.update(session, id_, changes, updated_us=now):
                raise _no_type(id_)

    def delete_block_type(self, id_: str) -> None:
        """With its schemas and documents. Raises MissingError."""
        with self._connections.writing() as session:
            if not _TYPES.delete(session, id_):
                raise _no_type(id_)

    def create_block_schema(self, schema: BlockSchema) -> bool:
        """False, and nothing changed, where there is one of its checksum and version."""
        with self._connections.writing() as session:
            return _SCHEMAS.insert(session, schema, unless="workspace_id, checksum, version")

    def read_block_schema(self, id_: str) -> BlockSchema:
        """With its type. Raises MissingError if there is none."""
        with self._connections.reading() as session:
            found = _schemas(session, "block_schema.id = :id", {"id": id_})
        if not found:
            raise _no_schema(id_)
        return found[0]

    def block_schema_of_checksum(self, checksum: str, version: str | None = None) -> BlockSchema | None:
        """The latest of the checksum, or that of the version."""
        of_version = "" if version is None else " AND block_schema.version = :version"
        where = f"block_schema.checksum = :checksum{of_version} ORDER BY block_schema.created_us DESC LIMIT 1"
        with self._connections.reading() as session:
            found = _schemas(session, where, {"checksum": checksum} | ({} if version is None else {"version": version}))
        return found[0] if found else None

    def find_block_schemas(
        self, wanted: BlockSchemaFilter | None = None, *, limit: int, offset: int = 0
    ) -> list[BlockSchema]:
        """Those for which the filter holds, the newest first."""
        bindings = Bindings()
        where = SCHEMAS.where(wanted, bindings)
        order = "block_schema.created_us DESC, block_schema.id"
        tail = f"ORDER BY {order} LIMIT {bindings.bind(limit)} OFFSET {bindings.bind(offset)}"
        with self._connections.reading() as session:
            return _schemas(session, f"{where} {tail}", bindings)

    def block_schemas(self, ids: Collection[str]) -> dict[str, BlockSchema]:
        """These, by id."""
        bindings = Bindings()
        with self._connections.reading() as session:
            found = _schemas(session, f"block_schema.id IN @listed({bindings.bind(sorted(ids))})", bindings)
        return {schema.id: schema for schema in found}

    def delete_block_schema(self, id_: str) -> None:
        """With its documents. Raises MissingError."""
        with self._connections.writing() as session:
            if not _SCHEMAS.delete(session, id_):
                raise _no_schema(id_)

    def block_capabilities(self) -> list[str]:
        """All that some schema has, in order."""
        with self._connections.reading() as session:
            lists = all_rows(session, "SELECT DISTINCT capabilities FROM block_schema")
        return sorted({one for (text,) in lists for one in msgspec.json.decode(text)})


def _type(session: Session, column: str, value: str) -> BlockType:
    found = _TYPES.one(session, f"block_type.{column} = :value", {"value": value})
    if found is None:
        raise _no_type(value)
    return found


def _schemas(session: Session, where: str, bindings: Mapping[str, Any]) -> list[BlockSchema]:
    found = _SCHEMAS.read(session, where, bindings)
    wanted = Bindings()
    ids = wanted.bind(sorted({schema.block_type_id or "" for schema in found}))
    types = {one.id: one for one in _TYPES.read(session, f"block_type.id IN @listed({ids})", wanted)}
    for schema in found:
        schema.block_type = types[schema.block_type_id or ""]
    return found


def _no_type(handle: str) -> MissingError:
    return MissingError(f"no block type '{handle}'")


def _no_schema(handle: str) -> MissingError:
    return MissingError(f"no block schema '{handle}'")
