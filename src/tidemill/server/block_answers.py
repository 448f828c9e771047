"""Blocks as they are answered: with their types and schemas, and with the data of the blocks that they refer to.

What is referred to is fetched level by level, for all blocks of an answer at once. References form no circle: that is
looked at when they are made.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec

from tidemill.server.block_secrets import revealed
from tidemill.server.refusals import Refusal

if TYPE_CHECKING:
    from tidemill.server.calls import Call
    from tidemill.store.access.block_documents import SealedSecret
    from tidemill.wire.blocks import BlockDocument, BlockSchema

_FORBIDDEN = 403


def shown(call: Call, found: list[BlockDocument], *, include_secrets: bool) -> list[BlockDocument]:
    """Documents of the store, whole. Secrets are masked unless they are asked for, which needs leave to see them."""
    if include_secrets and not call.actor.may("secrets:read"):
        raise Refusal(
            _FORBIDDEN,
            "to see secrets needs the permission 'secrets:read'. Ask without include_secrets to see the rest",
        )
    family = _Family(call, found, include_secrets=include_secrets)
    return [family.whole(document.id) for document in found]


class _Family:
    """Some documents, and all that they refer to."""

    def __init__(self, call: Call, found: list[BlockDocument], *, include_secrets: bool) -> None:
        self._documents = {document.id: document for document in found}
        self._children: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._whole: dict[str, BlockDocument] = {}
        self._fetch(call)
        if include_secrets:
            self._reveal(call)
        schema_ids = {document.block_schema_id for document in self._documents.values()}
        self._schemas: dict[str, BlockSchema] = call.store.block_schemas(schema_ids)

    def _fetch(self, call: Call) -> None:
        level = set(self._documents)
        while level:
            references = call.store.block_references(level)
            for parent, field, child in references:
                self._children[parent].append((field, child))
            level = {child for _, _, child in references} - set(self._documents)
            if level:
                self._documents |= call.store.block_documents(level)

    def _reveal(self, call: Call) -> None:
        secrets: dict[str, list[SealedSecret]] = defaultdict(list)
        for secret in call.store.block_secrets(self._documents):
            secrets[secret.place.block].append(secret)
        for id_, document in self._documents.items():
            if secrets[id_]:
                document.data = revealed(call.ring, document.data, secrets[id_])

    def whole(self, id_: str) -> BlockDocument:
        if id_ not in self._whole:
            self._whole[id_] = self._put_together(self._documents[id_])
        return self._whole[id_]

    def _put_together(self, document: BlockDocument) -> BlockDocument:
        data, references = dict(document.data), {}
        for field, child_id in self._children[document.id]:
            child = self.whole(child_id)
            data[field] = child.data
            references[field] = {"block_document": _referred(child)}
        schema = self._schemas[document.block_schema_id]
        block_type = schema.block_type
        return msgspec.structs.replace(
            document,
            data=data,
            block_document_references=references,
            block_schema=schema,
            block_type=block_type,
            block_type_name=block_type.name if block_type else None,
        )


def _referred(child: BlockDocument) -> dict[str, Any]:
    return {
        "id": child.id,
        "name": child.name,
        "block_type": child.block_type,
        "is_anonymous": child.is_anonymous,
        "block_document_references": child.block_document_references,
    }
