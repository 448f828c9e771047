"""Blocks: types, schemas and what was saved of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from tidemill.api.operations import blocks as operations
from tidemill.client.methods import method
from tidemill.client.orchestration.asker import Asker, given
from tidemill.client.schemas.objects import BlockDocument, BlockSchema, BlockType
from tidemill.exceptions import ProtectedBlockError
from tidemill.exceptions.http import TidemillHTTPStatusError

if TYPE_CHECKING:
    from uuid import UUID

    from tidemill.client.schemas.actions import (
        BlockDocumentCreate,
        BlockDocumentUpdate,
        BlockSchemaCreate,
        BlockTypeCreate,
        BlockTypeUpdate,
    )
    from tidemill.system.asking import Asking


class BlockTypeMethods(Asker):
    """What can be asked about kinds of blocks."""

    @method
    def create_block_type(self, block_type: BlockTypeCreate) -> Asking[BlockType]:
        """Make a kind of block known. Raises ObjectAlreadyExists."""
        return (yield from self._ask(operations.CREATE_BLOCK_TYPE, BlockType, block_type))

    @method
    def read_block_types(self) -> Asking[list[BlockType]]:
        """All kinds of blocks."""
        return (yield from self._ask(operations.READ_BLOCK_TYPES, list[BlockType], {}))

    @method
    def read_block_type_by_slug(self, slug: str) -> Asking[BlockType]:
        """A kind of block. Raises ObjectNotFound."""
        return (yield from self._ask(operations.READ_BLOCK_TYPE_BY_SLUG, BlockType, slug=slug))

    @method
    def update_block_type(self, block_type_id: UUID | str, block_type: BlockTypeUpdate) -> Asking[None]:
        """Change what is said of a kind of block. Raises ObjectNotFound."""
        yield from self._do(operations.UPDATE_BLOCK_TYPE, block_type, id=block_type_id)

    @method
    def delete_block_type(self, block_type_id: UUID | str) -> Asking[None]:
        """Delete a kind of block with all its blocks. Raises ObjectNotFound; ProtectedBlockError for tidemill's own."""
        try:
            yield from self._do(operations.DELETE_BLOCK_TYPE, id=block_type_id)
        except TidemillHTTPStatusError as error:
            if error.response.status_code == httpx.codes.FORBIDDEN:
                raise ProtectedBlockError(str(error)) from error
            raise

    @method
    def read_block_documents_by_type(
        self, block_type_slug: str, offset: int | None = None, limit: int | None = None, include_secrets: bool = True
    ) -> Asking[list[BlockDocument]]:
        """The blocks of a kind. Raises ObjectNotFound."""
        query = given(offset=offset, limit=limit, include_secrets=include_secrets)
        operation = operations.READ_BLOCK_DOCUMENTS_FOR_BLOCK_TYPE
        return (yield from self._ask(operation, list[BlockDocument], query=query, slug=block_type_slug))


class BlockSchemaMethods(Asker):
    """What can be asked about the fields of kinds of blocks."""

    @method
    def create_block_schema(self, block_schema: BlockSchemaCreate) -> Asking[BlockSchema]:
        """Say which fields a kind of block has. Raises ObjectAlreadyExists."""
        return (yield from self._ask(operations.CREATE_BLOCK_SCHEMA, BlockSchema, block_schema))

    @method
    def read_block_schemas(self) -> Asking[list[BlockSchema]]:
        """All schemas, of every version."""
        return (yield from self._ask(operations.READ_BLOCK_SCHEMAS, list[BlockSchema], {}))

    @method
    def read_block_schema_by_checksum(self, checksum: str, version: str | None = None) -> Asking[BlockSchema]:
        """A schema by its fields' checksum. Raises ObjectNotFound."""
        operation, query = operations.READ_BLOCK_SCHEMA_BY_CHECKSUM, given(version=version)
        return (yield from self._ask(operation, BlockSchema, query=query, checksum=checksum))

    @method
    def get_most_recent_block_schema_for_block_type(self, block_type_id: UUID | str) -> Asking[BlockSchema | None]:
        """The latest schema of a kind of block; None where it has none."""
        body = {"block_schemas": {"block_type_id": {"any_": [block_type_id]}}, "limit": 1}
        found = yield from self._ask(operations.READ_BLOCK_SCHEMAS, list[BlockSchema], body)
        return found[0] if found else None


class BlockDocumentMethods(Asker):
    """What can be asked about saved blocks. Secrets come in clear unless ``include_secrets`` is False."""

    @method
    def create_block_document(
        self, block_document: BlockDocument | BlockDocumentCreate, include_secrets: bool = True
    ) -> Asking[BlockDocument]:
        """Save a block. Raises ObjectAlreadyExists where the kind has one of that name."""
        wanted = given(
            name=block_document.name,
            data=block_document.data,
            block_schema_id=block_document.block_schema_id,
            block_type_id=block_document.block_type_id,
            is_anonymous=block_document.is_anonymous,
        )
        made = yield from self._ask(operations.CREATE_BLOCK_DOCUMENT, BlockDocument, wanted)
        if include_secrets:
            made.data = block_document.data
        return made

    @method
    def update_block_document(self, block_document_id: UUID | str, block_document: BlockDocumentUpdate) -> Asking[None]:
        """Change a saved block. Raises ObjectNotFound."""
        yield from self._do(operations.UPDATE_BLOCK_DOCUMENT_DATA, block_document, id=block_document_id)

    @method
    def delete_block_document(self, block_document_id: UUID | str) -> Asking[None]:
        """Delete a saved block. Raises ObjectNotFound."""
        yield from self._do(operations.DELETE_BLOCK_DOCUMENT, id=block_document_id)

    @method
    def read_block_document(self, block_document_id: UUID | str, include_secrets: bool = True) -> Asking[BlockDocument]:
        """A saved block by id. Raises ObjectNotFound."""
        operation, query = operations.READ_BLOCK_DOCUMENT_BY_ID, {"include_secrets": include_secrets}
        return (yield from self._ask(operation, BlockDocument, query=query, id=block_document_id))

    @method
    def read_block_document_by_name(
        self, name: str, block_type_slug: str, include_secrets: bool = True
    ) -> Asking[BlockDocument]:
        """A saved block by kind and name. Raises ObjectNotFound."""
        operation = operations.READ_BLOCK_DOCUMENT_BY_NAME_FOR_BLOCK_TYPE
        path, query = {"slug": block_type_slug, "block_document_name": name}, {"include_secrets": include_secrets}
        return (yield from self._ask(operation, BlockDocument, query=query, **path))

    @method
    def read_block_documents(
        self,
        block_schema_type: str | None = None,  # noqa: ARG002 - the contract has it; servers of this API look at none
        offset: int | None = None,
        limit: int | None = None,
        include_secrets: bool = True,
    ) -> Asking[list[BlockDocument]]:
        """Saved blocks that have names. ``block_schema_type`` has no effect."""
        body = given(offset=offset, limit=limit, include_secrets=include_secrets)
        return (yield from self._ask(operations.READ_BLOCK_DOCUMENTS, list[BlockDocument], body))
