"""The types of blocks that come with the server, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tidemill.domain.block_schemas import checksum_of
from tidemill.domain.states import from_us
from tidemill.wire.blocks import BlockSchema, BlockType

if TYPE_CHECKING:
    from tidemill.server.calls import Call


class SystemBlock(NamedTuple):
    """A type with its one schema."""

    name: str
    slug: str
    description: str
    capabilities: tuple[str, ...]
    fields: dict[str, Any]


SYSTEM_BLOCKS: Final = (
    SystemBlock(
        "Local File System",
        "local-file-system",
        "Keeps files in a folder of the machine that runs.",
        ("get-directory", "put-directory", "read-path", "write-path"),
        {
            "block_schema_references": {},
            "block_type_slug": "local-file-system",
            "description": "Keeps files in a folder of the machine that runs.",
            "properties": {
                "basepath": {
                    "anyOf": [{"type": "string"}, {"type": "null"}],
                    "default": None,
                    "description": "The folder; paths are taken from there.",
                    "title": "Basepath",
                }
            },
            "secret_fields": [],
            "title": "LocalFileSystem",
            "type": "object",
        },
    ),
    SystemBlock(
        "Secret",
        "secret",
        "A value that only those see who may see secrets.",
        (),
        {
            "block_schema_references": {},
            "block_type_slug": "secret",
            "description": "A value that only those see who may see secrets.",
            "properties": {
                "value": {
                    "anyOf": [{"format": "password", "type": "string", "writeOnly": True}, {}],
                    "description": "The value, as JSON has it.",
                    "title": "Value",
                }
            },
            "required": ["value"],
            "secret_fields": ["value"],
            "title": "Secret",
            "type": "object",
        },
    ),
)


def install(call: Call) -> None:
    """Register those that are not there yet. Doing it again changes nothing."""
    for block in SYSTEM_BLOCKS:
        block_type = call.store.block_type_of_slug(block.slug) or _made(call, block)
        checksum = checksum_of(block.fields)
        if call.store.block_schema_of_checksum(checksum) is None:
            now = from_us(call.now)
            call.store.create_block_schema(
                BlockSchema(
                    id=call.new_id(),
                    block_type_id=block_type.id,
                    checksum=checksum,
                    fields=block.fields,
                    capabilities=list(block.capabilities),
                    created=now,
                    updated=now,
                )
            )


def _made(call: Call, block: SystemBlock) -> BlockType:
    now = from_us(call.now)
    made = BlockType(
        id=call.new_id(),
        name=block.name,
        slug=block.slug,
        description=block.description,
        is_protected=True,
        created=now,
        updated=now,
    )
    call.store.create_block_type(made)
    return made
