"""What types of blocks, schemas and documents can be asked for, also by each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.store.finding import Bindings, Noun, tags

if TYPE_CHECKING:
    from tidemill.wire.filters import BlockDocumentFilter, BlockSchemaFilter, BlockTypeFilter

TYPES: Final = Noun({"name": "block_type.name", "slug": "block_type.slug"})
SCHEMAS: Final = Noun(
    {
        "id": "block_schema.id",
        "block_type_id": "block_schema.block_type_id",
        "block_capabilities": tags("block_schema.capabilities"),
        "version": "block_schema.version",
    }
)
DOCUMENTS: Final = Noun(
    {
        "id": "block_document.id",
        "is_anonymous": "block_document.is_anonymous",
        "block_type_id": "block_document.block_type_id",
        "name": "block_document.name",
    }
)
#: Of types.
IN_ORDER: Final = "block_type.name, block_type.id"


def matching_schemas(wanted: BlockSchemaFilter | None, bindings: Bindings) -> str:
    """That a type has a schema for which the filter holds."""
    if wanted is None:
        return "true"
    condition = SCHEMAS.where(wanted, bindings)
    return f"EXISTS (SELECT 1 FROM block_schema WHERE block_schema.block_type_id = block_type.id AND {condition})"


def matching_documents(
    wanted: BlockDocumentFilter | None,
    types: BlockTypeFilter | None,
    schemas: BlockSchemaFilter | None,
    bindings: Bindings,
) -> str:
    """Documents by all three filters. Without the first, those that are not anonymous."""
    parts = ["block_document.is_anonymous = 0" if wanted is None else DOCUMENTS.where(wanted, bindings)]
    if types is not None:
        condition = TYPES.where(types, bindings)
        parts.append(f"block_document.block_type_id IN (SELECT block_type.id FROM block_type WHERE {condition})")
    if schemas is not None:
        condition = SCHEMAS.where(schemas, bindings)
        parts.append(f"block_document.block_schema_id IN (SELECT block_schema.id FROM block_schema WHERE {condition})")
    return " AND ".join(parts)
