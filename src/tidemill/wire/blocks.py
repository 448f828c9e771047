"""Blocks: types, schemas, documents."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from tidemill.wire.base import Body, Id, Wire


class BlockDocumentCreate(Body):
    """What a block document is made from."""

    block_schema_id: UUID
    block_type_id: UUID
    data: dict[str, Any] = {}
    is_anonymous: bool = False
    name: Annotated[str, Meta(pattern="^[^/%&><]+$")] | None = None


class BlockDocumentSort(StrEnum):
    """In which order block documents are answered."""

    NAME_DESC = "NAME_DESC"
    NAME_ASC = "NAME_ASC"
    BLOCK_TYPE_AND_NAME_ASC = "BLOCK_TYPE_AND_NAME_ASC"


class BlockDocumentUpdate(Body):
    """What of a block document is changed; what is absent stays as it is."""

    block_schema_id: UUID | UnsetType | None = UNSET
    data: dict[str, Any] | UnsetType = UNSET
    merge_existing_data: bool = True


class BlockSchemaCreate(Body):
    """What a block schema is made from."""

    block_type_id: UUID
    capabilities: list[str] = []
    fields: dict[str, Any] = {}
    version: str = "non-versioned"


class BlockType(Wire):
    """A block type, as it is answered."""

    id: Id
    name: Annotated[str, Meta(pattern="^[^/%&><]+$")]
    slug: str
    code_example: str | None = None
    created: datetime | None = None
    description: str | None = None
    documentation_url: str | None = None
    is_protected: bool = False
    logo_url: str | None = None
    updated: datetime | None = None


class BlockSchema(Wire):
    """A block schema, as it is answered."""

    block_type_id: Id | None
    checksum: str
    id: Id
    block_type: BlockType | None = None
    capabilities: list[str] = []
    created: datetime | None = None
    fields: dict[str, Any] = {}
    updated: datetime | None = None
    version: str = "non-versioned"


class BlockDocument(Wire):
    """A block document, as it is answered."""

    block_schema_id: Id
    block_type_id: Id
    id: Id
    block_document_references: dict[str, dict[str, Any]] = {}
    block_schema: BlockSchema | None = None
    block_type: BlockType | None = None
    block_type_name: str | None = None
    created: datetime | None = None
    data: dict[str, Any] = {}
    is_anonymous: bool = False
    name: Annotated[str, Meta(pattern="^[^/%&><]+$")] | None = None
    updated: datetime | None = None


class BlockTypeCreate(Body):
    """What a block type is made from."""

    name: Annotated[str, Meta(pattern="^[^/%&><]+$")]
    slug: str
    code_example: str | None = None
    description: str | None = None
    documentation_url: str | None = None
    logo_url: str | None = None


class BlockTypeUpdate(Body):
    """What of a block type is changed; what is absent stays as it is."""

    code_example: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    documentation_url: str | UnsetType | None = UNSET
    logo_url: str | UnsetType | None = UNSET
