"""What can be asked about blocks."""

from __future__ import annotations

from typing import Any, Final

from tidemill.api.operation import Tag
from tidemill.wire.base import Limit, Offset, Wire
from tidemill.wire.blocks import (
    BlockDocument,
    BlockDocumentCreate,
    BlockDocumentSort,
    BlockDocumentUpdate,
    BlockSchema,
    BlockSchemaCreate,
    BlockType,
    BlockTypeCreate,
    BlockTypeUpdate,
)
from tidemill.wire.filters import BlockDocumentFilter, BlockSchemaFilter, BlockTypeFilter


class CountBlockDocuments(Wire):
    """What is sent to ``/block_documents/count``."""

    block_documents: BlockDocumentFilter | None = None
    block_schemas: BlockSchemaFilter | None = None
    block_types: BlockTypeFilter | None = None


class ReadBlockDocuments(Wire):
    """What is sent to ``/block_documents/filter``."""

    block_documents: BlockDocumentFilter | None = None
    block_schemas: BlockSchemaFilter | None = None
    block_types: BlockTypeFilter | None = None
    include_secrets: bool = False
    limit: Limit | None = None
    offset: Offset = 0
    sort: BlockDocumentSort | None = BlockDocumentSort("NAME_ASC")


class ReadBlockDocumentByIdQuery(Wire):
    """What is sent to ``/block_documents/{id}``."""

    include_secrets: bool = False


class ReadBlockSchemaByChecksumQuery(Wire):
    """What is sent to ``/block_schemas/checksum/{checksum}``."""

    version: str | None = None


class ReadBlockSchemas(Wire):
    """What is sent to ``/block_schemas/filter``."""

    block_schemas: BlockSchemaFilter | None = None
    limit: Limit | None = None
    offset: Offset = 0


class ReadBlockTypes(Wire):
    """What is sent to ``/block_types/filter``."""

    block_schemas: BlockSchemaFilter | None = None
    block_types: BlockTypeFilter | None = None
    limit: Limit | None = None
    offset: Offset = 0


_tagged: Final = Tag("Block schemas")

READ_AVAILABLE_BLOCK_CAPABILITIES: Final = _tagged.get(
    "/block_capabilities/", "read_available_block_capabilities", permission="blocks:read", answer=list[str]
)
CREATE_BLOCK_DOCUMENT: Final = _tagged.post(
    "/block_documents/",
    "create_block_document",
    permission="blocks:write",
    body=BlockDocumentCreate,
    answer=BlockDocument,
    status=201,
    refuses=(400, 404, 409),
)
COUNT_BLOCK_DOCUMENTS: Final = _tagged.post(
    "/block_documents/count",
    "count_block_documents",
    permission="blocks:read",
    body=CountBlockDocuments,
    body_required=False,
    answer=int,
    writes=False,
)
READ_BLOCK_DOCUMENTS: Final = _tagged.post(
    "/block_documents/filter",
    "read_block_documents",
    permission="blocks:read",
    body=ReadBlockDocuments,
    body_required=False,
    answer=list[BlockDocument],
    writes=False,
)
DELETE_BLOCK_DOCUMENT: Final = _tagged.delete(
    "/block_documents/{id:uuid}", "delete_block_document", permission="blocks:write", status=204, refuses=(404,)
)
READ_BLOCK_DOCUMENT_BY_ID: Final = _tagged.get(
    "/block_documents/{id:uuid}",
    "read_block_document_by_id",
    permission="blocks:read",
    answer=BlockDocument,
    refuses=(404,),
    query=ReadBlockDocumentByIdQuery,
)
UPDATE_BLOCK_DOCUMENT_DATA: Final = _tagged.patch(
    "/block_documents/{id:uuid}",
    "update_block_document_data",
    permission="blocks:write",
    body=BlockDocumentUpdate,
    status=204,
    refuses=(400, 404),
)
CREATE_BLOCK_SCHEMA: Final = _tagged.post(
    "/block_schemas/",
    "create_block_schema",
    permission="blocks:write",
    body=BlockSchemaCreate,
    answer=BlockSchema,
    status=201,
    also=(200,),
    refuses=(404, 409),
)
READ_BLOCK_SCHEMA_BY_CHECKSUM: Final = _tagged.get(
    "/block_schemas/checksum/{checksum}",
    "read_block_schema_by_checksum",
    permission="blocks:read",
    answer=BlockSchema,
    refuses=(404,),
    query=ReadBlockSchemaByChecksumQuery,
)
READ_BLOCK_SCHEMAS: Final = _tagged.post(
    "/block_schemas/filter",
    "read_block_schemas",
    permission="blocks:read",
    body=ReadBlockSchemas,
    body_required=False,
    answer=list[BlockSchema],
    writes=False,
)
DELETE_BLOCK_SCHEMA: Final = _tagged.delete(
    "/block_schemas/{id:uuid}", "delete_block_schema", permission="blocks:write", status=204, refuses=(403, 404)
)
READ_BLOCK_SCHEMA_BY_ID: Final = _tagged.get(
    "/block_schemas/{id:uuid}", "read_block_schema_by_id", permission="blocks:read", answer=BlockSchema, refuses=(404,)
)
CREATE_BLOCK_TYPE: Final = _tagged.post(
    "/block_types/",
    "create_block_type",
    permission="blocks:write",
    body=BlockTypeCreate,
    answer=BlockType,
    status=201,
    refuses=(403, 409),
)
READ_BLOCK_TYPES: Final = _tagged.post(
    "/block_types/filter",
    "read_block_types",
    permission="blocks:read",
    body=ReadBlockTypes,
    body_required=False,
    answer=list[BlockType],
    writes=False,
)
INSTALL_SYSTEM_BLOCK_TYPES: Final = _tagged.post(
    "/block_types/install_system_block_types", "install_system_block_types", permission="blocks:write", answer=Any
)
READ_BLOCK_TYPE_BY_SLUG: Final = _tagged.get(
    "/block_types/slug/{slug}", "read_block_type_by_slug", permission="blocks:read", answer=BlockType, refuses=(404,)
)
READ_BLOCK_DOCUMENTS_FOR_BLOCK_TYPE: Final = _tagged.get(
    "/block_types/slug/{slug}/block_documents",
    "read_block_documents_for_block_type",
    permission="blocks:read",
    answer=list[BlockDocument],
    refuses=(404,),
    query=ReadBlockDocumentByIdQuery,
)
READ_BLOCK_DOCUMENT_BY_NAME_FOR_BLOCK_TYPE: Final = _tagged.get(
    "/block_types/slug/{slug}/block_documents/name/{block_document_name}",
    "read_block_document_by_name_for_block_type",
    permission="blocks:read",
    answer=BlockDocument,
    refuses=(404,),
    query=ReadBlockDocumentByIdQuery,
)
DELETE_BLOCK_TYPE: Final = _tagged.delete(
    "/block_types/{id:uuid}", "delete_block_type", permission="blocks:write", status=204, refuses=(403, 404)
)
READ_BLOCK_TYPE_BY_ID: Final = _tagged.get(
    "/block_types/{id:uuid}", "read_block_type_by_id", permission="blocks:read", answer=BlockType, refuses=(404,)
)
UPDATE_BLOCK_TYPE: Final = _tagged.patch(
    "/block_types/{id:uuid}",
    "update_block_type",
    permission="blocks:write",
    body=BlockTypeUpdate,
    status=204,
    refuses=(404,),
)
