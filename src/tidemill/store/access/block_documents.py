"""Blocks as they were saved, with sealed secrets and references to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from tidemill.encryption.envelope import Place
from tidemill.encryption.rotation import SealedRow
from tidemill.store.access.base import Access
from tidemill.store.asking import all_rows, scalar
from tidemill.store.block_nouns import matching_documents
from tidemill.store.errors import MissingError, TakenError
from tidemill.store.finding import Bindings
from tidemill.store.tables import Table
from tidemill.wire.blocks import BlockDocument, BlockDocumentSort

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tidemill.store.session import Session
    from tidemill.wire.filters import BlockDocumentFilter, BlockSchemaFilter, BlockTypeFilter

_ELSEWHERE: Final = ("block_document_references", "block_schema", "block_type", "block_type_name")
_DOCUMENTS: Final = Table("block_document", BlockDocument, without=_ELSEWHERE)
_OF_TYPE: Final = "(SELECT block_type.name FROM block_type WHERE block_type.id = block_document.block_type_id)"
_ORDERS: Final = {
    BlockDocumentSort.NAME_ASC: "block_document.name, block_document.id",
    BlockDocumentSort.NAME_DESC: "block_document.name DESC, block_document.id DESC",
    BlockDocumentSort.BLOCK_TYPE_AND_NAME_ASC: f"{_OF_TYPE}, block_document.name, block_document.id",
}
_REFER: Final = """
INSERT INTO block_document_reference (parent_id, field, reference_id) VALUES (:parent, :field, :reference)
"""
_SEAL: Final = """
INSERT INTO block_secret (id, block_document_id, field, document_version, sealed)
VALUES (:id, :document, :field, :version, :sealed)
"""
_SECRETS: Final = """
SELECT id, workspace_id, block_document_id, field, document_version, sealed FROM block_secret
"""
_ROLE: Final = """
INSERT INTO default_block (role, block_document_id) VALUES (:role, :document)
ON CONFLICT (workspace_id, role) DO UPDATE SET block_document_id = excluded.block_document_id
"""
_USED_AS_RESULT_STORAGE: Final = "result storage"


class SealedSecret(NamedTuple):
    """A secret of a document: where it stands in its data (a JSON list of steps), and sealed for that place."""

    place: Place
    sealed: str


class BlockDocuments(Access):
    """Keeping blocks. What comes here of secrets is sealed already."""

    def create_block_document(
        self, document: BlockDocument, secrets: Sequence[SealedSecret], references: Mapping[str, str]
    ) -> None:
        """``references``: ids by field. Raises TakenError if there is one of this type and name."""
        with self._connections.writing() as session:
            if not _DOCUMENTS.insert(session, document, unless="workspace_id, block_type_id, name", version=1):
                raise TakenError(f"there is a block '{document.name}' of this type already")
            _put_parts(session, document.id, secrets, references)

    def update_block_document(
        self,
        id_: str,
        *,
        data: dict[str, Any],
        block_schema_id: str,
        secrets: Sequence[SealedSecret],
        references: Mapping[str, str],
        version: int,
        now: int,
    ) -> None:
        """Put these in place of what there was. Raises MissingError."""
        changes = {"data": data, "block_schema_id": block_schema_id}
        with self._connections.writing() as session:
            if not _DOCUMENTS.update(session, id_, changes, updated_us=now, version=version):
                raise _missing(id_)
            for table, column in (("block_secret", "block_document_id"), ("block_document_reference", "parent_id")):
                session.execute(f"DELETE FROM {table} WHERE {column} = :id", {"id": id_})
            _put_parts(session, id_, secrets, references)

    def read_block_document(self, id_: str) -> BlockDocument:
        """Without secrets and references. Raises MissingError if there is none."""
        with self._connections.reading() as session:
            found = _DOCUMENTS.one(session, "block_document.id = :id", {"id": id_})
        if found is None:
            raise _missing(id_)
        return found

    def block_document_version(self, id_: str) -> int:
        """How often it was saved. Raises MissingError if there is none."""
        with self._connections.reading() as session:
            found = scalar(session, "SELECT version FROM block_document WHERE id = :id", {"id": id_})
        if found is None:
            raise _missing(id_)
        return int(found)

    def block_document_named(self, slug: str, name: str) -> BlockDocument:
        """Raises MissingError if there is none of this type and name."""
        where = "block_document.name = :name AND block_document.block_type_id IN"
        of_type = "(SELECT block_type.id FROM block_type WHERE block_type.slug = :slug)"
        with self._connections.reading() as session:
            found = _DOCUMENTS.one(session, f"{where} {of_type}", {"name": name, "slug": slug})
        if found is None:
            raise MissingError(f"no block '{slug}/{name}'")
        return found

    def find_block_documents(
        self,
        wanted: BlockDocumentFilter | None = None,
        types: BlockTypeFilter | None = None,
        schemas: BlockSchemaFilter | None = None,
        *,
        sort: BlockDocumentSort = BlockDocumentSort.NAME_ASC,
        limit: int,
        offset: int = 0,
    ) -> list[BlockDocument]:
        """Those for which the filters hold, without secrets and references; none that is anonymous without a filter."""
        bindings = Bindings()
        where = matching_documents(wanted, types, schemas, bindings)
        tail = f"ORDER BY {_ORDERS[sort]} LIMIT {bindings.bind(limit)} OFFSET {bindings.bind(offset)}"
        with self._connections.reading() as session:
            return _DOCUMENTS.read(session, f"{where} {tail}", bindings)

    def count_block_documents(
        self,
        wanted: BlockDocumentFilter | None = None,
        types: BlockTypeFilter | None = None,
        schemas: BlockSchemaFilter | None = None,
    ) -> int:
        """How many there are for which the filters hold."""
        bindings = Bindings()
        sql = f"SELECT count(*) FROM block_document WHERE {matching_documents(wanted, types, schemas, bindings)}"
        with self._connections.reading() as session:
            return int(scalar(session, sql, bindings))

    def block_documents(self, ids: Collection[str]) -> dict[str, BlockDocument]:
        """Those of these ids that there are, without secrets and references."""
        bindings = Bindings()
        where = f"block_document.id IN @listed({bindings.bind(sorted(ids))})"
        with self._connections.reading() as session:
            return {one.id: one for one in _DOCUMENTS.read(session, where, bindings)}

    def block_references(self, parents: Collection[str]) -> list[tuple[str, str, str]]:
        """Which documents these refer to: parent, field, document."""
        bindings = Bindings()
        sql = "SELECT parent_id, field, reference_id FROM block_document_reference WHERE parent_id IN"
        with self._connections.reading() as session:
            rows = all_rows(session, f"{sql} @listed({bindings.bind(sorted(parents))}) ORDER BY field", bindings)
        return [(parent, field, reference) for parent, field, reference in rows]

    def block_secrets(self, documents: Collection[str]) -> list[SealedSecret]:
        """The secrets of these documents, sealed."""
        bindings = Bindings()
        where = f"WHERE block_document_id IN @listed({bindings.bind(sorted(documents))}) ORDER BY id"
        with self._connections.reading() as session:
            return [
                SealedSecret(row.place, row.text)
                for row in map(_row, all_rows(session, f"{_SECRETS} {where}", bindings))
            ]

    def delete_block_document(self, id_: str) -> None:
        """Whoever refers to it does so no longer. Raises MissingError."""
        with self._connections.writing() as session:
            if not _DOCUMENTS.delete(session, id_):
                raise _missing(id_)

    def set_result_storage(self, document_id: str | None) -> None:
        """The block that results are kept in unless told otherwise; None for none."""
        bindings = {"role": _USED_AS_RESULT_STORAGE}
        with self._connections.writing() as session:
            if document_id is None:
                session.execute("DELETE FROM default_block WHERE role = :role", bindings)
            else:
                session.execute(_ROLE, bindings | {"document": document_id})

    def result_storage(self) -> str | None:
        """The id of the block that results are kept in unless told otherwise."""
        sql = "SELECT block_document_id FROM default_block WHERE role = :role"
        with self._connections.reading() as session:
            found: str | None = scalar(session, sql, {"role": _USED_AS_RESULT_STORAGE})
        return found

    def sealed_rows(self, after: str, limit: int) -> list[SealedRow]:
        """For putting secrets under another key: those behind an id, in the order of ids."""
        sql = f"{_SECRETS} WHERE id > :after ORDER BY id LIMIT :limit"
        with self._connections.reading() as session:
            return [_row(row) for row in all_rows(session, sql, {"after": after, "limit": limit})]

    def reseal(self, row: SealedRow, text: str) -> bool:
        """Put ``text`` in place of ``row.text``. False, and nothing changed, where something else stands there."""
        with self._connections.writing() as session:
            session.execute(
                "UPDATE block_secret SET sealed = :new WHERE id = :id AND sealed = :old",
                {"new": text, "id": row.id, "old": row.text},
            )
            return session.changes() > 0

    def sealing_keys(self) -> list[str]:
        """The ids of the keys that something is sealed with."""
        with self._connections.reading() as session:
            rows = all_rows(session, "SELECT DISTINCT substr(sealed, 5, 16) FROM block_secret")
        return [key_id for (key_id,) in rows]


def _put_parts(
    session: Session, document_id: str, secrets: Sequence[SealedSecret], references: Mapping[str, str]
) -> None:
    for secret in secrets:
        place = secret.place
        session.execute(
            _SEAL,
            {
                "id": f"{document_id} {place.field}",
                "document": document_id,
                "field": place.field,
                "version": place.version,
                "sealed": secret.sealed,
            },
        )
    for field, reference in references.items():
        session.execute(_REFER, {"parent": document_id, "field": field, "reference": reference})


def _row(row: tuple[Any, ...]) -> SealedRow:
    id_, workspace, document, field, version, sealed = row
    return SealedRow(id_, Place(workspace, document, field, version), sealed)


def steps(place: Place) -> tuple[str | int, ...]:
    """The way to a secret in its document's data."""
    return tuple(msgspec.json.decode(place.field, type=list[str | int]))


def _missing(id_: str) -> MissingError:
    return MissingError(f"no block '{id_}'")
