"""Types of blocks, and their schemas."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tidemill.api.operations import blocks as operations
from tidemill.domain.block_schemas import checksum_of, children_of
from tidemill.domain.states import from_us
from tidemill.server.calls import Answer
from tidemill.server.plain_names import refuse_unless_plain
from tidemill.server.refusals import Refusal, not_valid
from tidemill.server.serving import Routes
from tidemill.server.system_blocks import install
from tidemill.server.told_things import tell_of
from tidemill.wire.base import changes_of
from tidemill.wire.blocks import BlockSchema, BlockSchemaCreate, BlockType, BlockTypeCreate, BlockTypeUpdate

if TYPE_CHECKING:
    from typing import Any

    from tidemill.domain.block_schemas import Child
    from tidemill.server.calls import Call

routes: Final = Routes()
_RESERVED: Final = ("prefect", "tidemill")
_DEEPEST: Final = 50
_ADDRESS: Final = re.compile(r"https?://[\w.-]+(:\d{1,5})?([/?#]\S*)?\Z", re.ASCII)


@routes.serves(operations.CREATE_BLOCK_TYPE)
def create_block_type(call: Call, body: BlockTypeCreate) -> BlockType:
    """Register a type of blocks."""
    for word in _RESERVED:
        if body.name.lower().startswith(word):
            raise Refusal(403, f"block types whose names begin with '{word}' are the server's own")
    refuse_unless_plain(body.slug, "slug")
    _refuse_strange_addresses(body)
    now = from_us(call.now)
    made = BlockType(
        id=call.new_id(),
        name=body.name,
        slug=body.slug,
        code_example=body.code_example,
        description=body.description,
        documentation_url=body.documentation_url,
        logo_url=body.logo_url,
        created=now,
        updated=now,
    )
    call.store.create_block_type(made)
    tell_of(call, "created", made)
    return made


def _refuse_strange_addresses(body: BlockTypeCreate | BlockTypeUpdate) -> None:
    """Clients of this API read a type's addresses as such, and fail at others."""
    for field in ("logo_url", "documentation_url"):
        address = getattr(body, field)
        if isinstance(address, str) and not _ADDRESS.match(address):
            raise not_valid("body", f"expected an address of http or https, got {address[:64]!r}", field)


@routes.serves(operations.READ_BLOCK_TYPES)
def read_block_types(call: Call, body: operations.ReadBlockTypes) -> list[BlockType]:
    """Types by filter."""
    limit = call.limit(body.limit)
    return call.store.find_block_types(body.block_types, body.block_schemas, limit=limit, offset=body.offset)


@routes.serves(operations.READ_BLOCK_TYPE_BY_ID)
def read_block_type_by_id(call: Call, id: str) -> BlockType:  # noqa: A002 - the path's name for it
    """A type."""
    return call.store.read_block_type(id)


@routes.serves(operations.READ_BLOCK_TYPE_BY_SLUG)
def read_block_type_by_slug(call: Call, slug: str) -> BlockType:
    """A type by slug."""
    found = call.store.block_type_of_slug(slug)
    if found is None:
        raise Refusal(404, f"no block type '{slug}'")
    return found


@routes.serves(operations.UPDATE_BLOCK_TYPE)
def update_block_type(call: Call, id: str, body: BlockTypeUpdate) -> None:  # noqa: A002 - as above
    """Change what is said about a type."""
    _refuse_strange_addresses(body)
    call.store.update_block_type(id, changes_of(body), call.now)
    tell_of(call, "updated", call.store.read_block_type(id))


@routes.serves(operations.DELETE_BLOCK_TYPE)
def delete_block_type(call: Call, id: str) -> None:  # noqa: A002 - as above
    """Delete a type, with its schemas and blocks."""
    known = call.store.read_block_type(id)
    if known.is_protected:
        raise Refusal(403, f"the block type {id} came with the server and cannot be deleted")
    call.store.delete_block_type(id)
    tell_of(call, "deleted", known)


@routes.serves(operations.INSTALL_SYSTEM_BLOCK_TYPES)
def install_system_block_types(call: Call) -> None:
    """Register the types that come with the server, where they are not there yet."""
    install(call.store, call.now)


@routes.serves(operations.READ_AVAILABLE_BLOCK_CAPABILITIES)
def read_available_block_capabilities(call: Call) -> list[str]:
    """What blocks can do, by the words of their schemas."""
    return call.store.block_capabilities()


@routes.serves(operations.CREATE_BLOCK_SCHEMA)
def create_block_schema(call: Call, body: BlockSchemaCreate) -> Answer:
    """Register a schema; one that is there already is answered as it is."""
    call.store.read_block_type(str(body.block_type_id))
    known = call.store.block_schema_of_checksum(checksum_of(body.fields), body.version)
    if known is not None:
        return Answer(known, status=200)
    made = _register(call, str(body.block_type_id), body.fields, body.capabilities, body.version)
    return Answer(call.store.read_block_schema(made), status=201)


def _register(
    call: Call, block_type_id: str, fields: dict[str, Any], capabilities: list[str], version: str, depth: int = 0
) -> str:
    if depth > _DEEPEST:
        raise Refusal(422, f"schemas refer to each other more than {_DEEPEST} deep")
    for child in children_of(fields):
        _register_child(call, child, depth)
    now = from_us(call.now)
    schema = BlockSchema(
        id=call.new_id(),
        block_type_id=block_type_id,
        checksum=checksum_of(fields),
        fields=fields,
        capabilities=capabilities,
        version=version,
        created=now,
        updated=now,
    )
    call.store.create_block_schema(schema)
    return schema.id


def _register_child(call: Call, child: Child, depth: int) -> None:
    block_type = call.store.block_type_of_slug(child.slug)
    if block_type is None:
        raise Refusal(409, f"the field '{child.field}' is of the block type '{child.slug}': register that type first")
    if call.store.block_schema_of_checksum(child.checksum) is None:
        if child.fields is None:
            raise Refusal(409, f"the field '{child.field}' is of a schema that is neither registered nor defined here")
        if call.store.block_schema_of_checksum(checksum_of(child.fields), "non-versioned") is None:
            _register(call, block_type.id, child.fields, [], "non-versioned", depth + 1)


@routes.serves(operations.READ_BLOCK_SCHEMAS)
def read_block_schemas(call: Call, body: operations.ReadBlockSchemas) -> list[BlockSchema]:
    """Schemas by filter, the newest first."""
    return call.store.find_block_schemas(body.block_schemas, limit=call.limit(body.limit), offset=body.offset)


@routes.serves(operations.READ_BLOCK_SCHEMA_BY_ID)
def read_block_schema_by_id(call: Call, id: str) -> BlockSchema:  # noqa: A002 - as above
    """A schema."""
    return call.store.read_block_schema(id)


@routes.serves(operations.READ_BLOCK_SCHEMA_BY_CHECKSUM)
def read_block_schema_by_checksum(
    call: Call, checksum: str, query: operations.ReadBlockSchemaByChecksumQuery
) -> BlockSchema:
    """The latest schema of a checksum, or that of a version."""
    found = call.store.block_schema_of_checksum(checksum, query.version)
    if found is None:
        raise Refusal(404, f"no block schema has the checksum '{checksum}'")
    return found


@routes.serves(operations.DELETE_BLOCK_SCHEMA)
def delete_block_schema(call: Call, id: str) -> None:  # noqa: A002 - as above
    """Delete a schema, with its blocks."""
    schema = call.store.read_block_schema(id)
    if schema.block_type is not None and schema.block_type.is_protected:
        raise Refusal(403, f"the block schema {id} came with the server and cannot be deleted")
    call.store.delete_block_schema(id)
