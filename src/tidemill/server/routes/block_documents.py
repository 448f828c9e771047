"""Blocks as they are saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from msgspec.structs import replace

from tidemill.api.operations import blocks as operations
from tidemill.domain.block_data import NoReferenceError, is_masked, joined, parted, references_of, unmasked
from tidemill.domain.block_schemas import secret_fields
from tidemill.domain.states import from_us
from tidemill.server.block_answers import shown
from tidemill.server.block_secrets import sealed, unsealed
from tidemill.server.plain_names import refuse_unless_plain
from tidemill.server.refusals import Refusal, not_valid
from tidemill.server.serving import Routes
from tidemill.server.told_things import tell_of_block
from tidemill.wire.base import changes_of
from tidemill.wire.blocks import BlockDocument, BlockDocumentCreate, BlockDocumentSort, BlockDocumentUpdate
from tidemill.wire.filters import BlockTypeFilter
from tidemill.wire.operators import Texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tidemill.domain.block_data import Path
    from tidemill.server.calls import Call
    from tidemill.wire.blocks import BlockSchema

routes: Final = Routes()
_BAD: Final = 400


@routes.serves(operations.CREATE_BLOCK_DOCUMENT)
def create_block_document(call: Call, body: BlockDocumentCreate) -> BlockDocument:
    """Save a block."""
    if body.name is None and not body.is_anonymous:
        raise not_valid("body", "a block that is not anonymous needs a name", "name")
    if body.name is not None:
        refuse_unless_plain(body.name, "name")
    id_ = call.new_id()
    schema = call.store.read_block_schema(str(body.block_schema_id))
    call.store.read_block_type(str(body.block_type_id))
    if schema.block_type_id != str(body.block_type_id):
        raise Refusal(_BAD, f"the schema {schema.id} is not one of the block type {body.block_type_id}")
    own, references = _parted(body.data)
    _check_references(call, id_, references)
    data, secrets = sealed(call.ring, id_, own, schema, 1)
    now = from_us(call.now)
    document = BlockDocument(
        id=id_,
        name=body.name or f"anonymous-{id_}",
        block_type_id=str(body.block_type_id),
        block_schema_id=schema.id,
        data=data,
        is_anonymous=body.is_anonymous,
        created=now,
        updated=now,
    )
    call.store.create_block_document(document, secrets, references)
    tell_of_block(call, "created", document, schema)
    return shown(call, [document], include_secrets=False)[0]


def _parted(data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    try:
        own, references = references_of(data)
        return own, {field: str(UUID(id_)) for field, id_ in references.items()}
    except NoReferenceError as error:
        raise Refusal(_BAD, str(error)) from error
    except ValueError as error:
        raise Refusal(_BAD, f"a field refers to a block by something that is no id: {error}") from error


def _check_references(call: Call, id_: str, references: Mapping[str, str]) -> None:
    """That they lead to blocks that there are, and never back here."""
    there = call.store.block_documents(set(references.values()))
    for field, reference in references.items():
        if reference not in there and reference != id_:
            raise Refusal(_BAD, f"the field '{field}' refers to the block {reference}, which does not exist")
    seen: set[str] = set()
    level = set(references.values())
    while level:
        if id_ in level:
            raise Refusal(_BAD, f"the references lead back to this block, {id_}: a block cannot be part of itself")
        seen |= level
        level = {child for _, _, child in call.store.block_references(level)} - seen


@routes.serves(operations.READ_BLOCK_DOCUMENTS)
def read_block_documents(call: Call, body: operations.ReadBlockDocuments) -> list[BlockDocument]:
    """Blocks by filter."""
    found = call.store.find_block_documents(
        body.block_documents,
        body.block_types,
        body.block_schemas,
        sort=body.sort or BlockDocumentSort.NAME_ASC,
        limit=call.limit(body.limit),
        offset=body.offset,
    )
    return shown(call, found, include_secrets=body.include_secrets)


@routes.serves(operations.COUNT_BLOCK_DOCUMENTS)
def count_block_documents(call: Call, body: operations.CountBlockDocuments) -> int:
    """How many there are."""
    return call.store.count_block_documents(body.block_documents, body.block_types, body.block_schemas)


@routes.serves(operations.READ_BLOCK_DOCUMENT_BY_ID)
def read_block_document_by_id(
    call: Call,
    id: str,  # noqa: A002 - the path's name for it
    query: operations.ReadBlockDocumentByIdQuery,
) -> BlockDocument:
    """A block."""
    return shown(call, [call.store.read_block_document(id)], include_secrets=query.include_secrets)[0]


@routes.serves(operations.UPDATE_BLOCK_DOCUMENT_DATA)
def update_block_document_data(call: Call, id: str, body: BlockDocumentUpdate) -> None:  # noqa: A002 - as above
    """Change a block's data: some of it; all of it without ``merge_existing_data``. A mask leaves a secret alone."""
    changes = changes_of(body)
    document = call.store.read_block_document(id)
    schema = call.store.read_block_schema(str(changes.get("block_schema_id") or document.block_schema_id))
    if schema.block_type_id != document.block_type_id:
        raise Refusal(_BAD, f"the schema {schema.id} is not one of the block's type: a block keeps its type")
    sent, references = _parted(changes.get("data", {}))
    _check_references(call, id, references)
    known = unsealed(call.ring, call.store.block_secrets([id]))
    new = unmasked(sent, secret_fields(schema.fields), known)
    if changes.get("merge_existing_data", True):
        old = joined(document.data, known)
        _refuse_to_unveil(call, old, known, schema)
        kept = {field: child for _, field, child in call.store.block_references([id]) if field not in sent}
        new = {field: value for field, value in old.items() if field not in references} | new
        references = kept | references
    version = call.store.block_document_version(id) + 1
    data, secrets = sealed(call.ring, id, new, schema, version)
    call.store.update_block_document(
        id,
        data=data,
        block_schema_id=schema.id,
        secrets=secrets,
        references=references,
        version=version,
        now=call.now,
    )
    tell_of_block(call, "updated", replace(document, data=data), schema)


def _refuse_to_unveil(call: Call, data: dict[str, Any], secret: Iterable[Path], schema: BlockSchema) -> None:
    """What was secret stays so under another schema, unless whoever changes the block may see it."""
    plain, _ = parted(data, secret_fields(schema.fields))
    shown_then = [path for path in secret if not is_masked(plain, path)]
    if shown_then and not call.actor.may("secrets:read"):
        fields = ", ".join(".".join(map(str, path)) for path in shown_then)
        raise Refusal(
            403,
            f"under the schema {schema.id} everybody would see what is secret now ({fields}), and that needs"
            " the permission 'secrets:read'. Send all of the data, with merge_existing_data false",
        )


@routes.serves(operations.DELETE_BLOCK_DOCUMENT)
def delete_block_document(call: Call, id: str) -> None:  # noqa: A002 - as above
    """Delete a block."""
    document = call.store.read_block_document(id)
    call.store.delete_block_document(id)
    tell_of_block(call, "deleted", document, call.store.read_block_schema(document.block_schema_id))


@routes.serves(operations.READ_BLOCK_DOCUMENTS_FOR_BLOCK_TYPE)
def read_block_documents_for_block_type(
    call: Call, slug: str, query: operations.ReadBlockDocumentByIdQuery
) -> list[BlockDocument]:
    """The blocks of a type that have names."""
    if call.store.block_type_of_slug(slug) is None:
        raise Refusal(404, f"no block type '{slug}'")
    of_type = BlockTypeFilter(slug=Texts(any_=[slug]))
    found = call.store.find_block_documents(None, of_type, limit=call.limit(None))
    return shown(call, found, include_secrets=query.include_secrets)


@routes.serves(operations.READ_BLOCK_DOCUMENT_BY_NAME_FOR_BLOCK_TYPE)
def read_block_document_by_name_for_block_type(
    call: Call, slug: str, block_document_name: str, query: operations.ReadBlockDocumentByIdQuery
) -> BlockDocument:
    """A block by the slug of its type and its name."""
    document = call.store.block_document_named(slug, block_document_name)
    return shown(call, [document], include_secrets=query.include_secrets)[0]
