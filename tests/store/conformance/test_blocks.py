from __future__ import annotations

import pytest
from msgspec.structs import replace

from tidemill.domain.states import from_us
from tidemill.encryption import KeyRing, Place
from tidemill.store.access.block_documents import SealedSecret, steps
from tidemill.store.errors import MissingError, TakenError
from tidemill.wire.blocks import BlockDocument, BlockDocumentSort, BlockSchema, BlockType
from tidemill.wire.filters import BlockDocumentFilter, BlockSchemaFilter, BlockTypeFilter
from tidemill.wire.operators import AllTexts, Flag, Like, Texts

from .story import NOW, SECOND, an_id

AT = from_us(NOW)
RING = KeyRing([bytes(32)])
TYPE = BlockType(id=an_id("type"), name="Disk", slug="disk", created=AT, updated=AT)
SCHEMA = BlockSchema(
    id=an_id("schema"),
    block_type_id=TYPE.id,
    checksum="sha256:1",
    fields={"properties": {"a": {"type": "string"}}},
    capabilities=["read", "write"],
    created=AT,
    updated=AT,
)


@pytest.fixture
def kinds(store):
    store.create_block_type(TYPE)
    assert store.create_block_schema(SCHEMA)


def sealed(document, text, *, version=1, field='["a"]'):
    place = Place(1, an_id(document), field, version)
    return SealedSecret(place, RING.seal(text.encode(), place))


def a_document(store, name, *, secrets=(), references=(), **fields):
    made = BlockDocument(
        id=an_id(name),
        name=name,
        block_type_id=TYPE.id,
        block_schema_id=SCHEMA.id,
        created=AT,
        updated=AT,
        **{"data": {}} | fields,
    )
    store.create_block_document(made, secrets, dict(references))
    return made


def test_types(store, kinds):
    assert store.read_block_type(TYPE.id) == store.block_type_of_slug("disk") == TYPE
    assert store.block_type_of_slug("none") is None
    with pytest.raises(TakenError, match="the slug 'disk'"):
        store.create_block_type(replace(TYPE, id=an_id("other")))
    store.update_block_type(TYPE.id, {"description": "d"}, NOW + SECOND)
    assert store.read_block_type(TYPE.id) == replace(TYPE, description="d", updated=from_us(NOW + SECOND))
    for act in (store.read_block_type, store.delete_block_type, lambda id_: store.update_block_type(id_, {}, NOW)):
        with pytest.raises(MissingError, match="no block type"):
            act(an_id("other"))


def test_schemas(store, kinds):
    whole = replace(SCHEMA, block_type=TYPE)
    newer = replace(whole, id=an_id("newer"), version="2", created=from_us(NOW + SECOND))
    store.create_block_schema(newer)

    assert not store.create_block_schema(replace(SCHEMA, id=an_id("same")))
    assert store.read_block_schema(SCHEMA.id) == whole
    assert store.block_schema_of_checksum("sha256:1") == newer
    assert store.block_schema_of_checksum("sha256:1", "non-versioned") == whole
    assert store.block_schema_of_checksum("sha256:2") is None
    assert store.find_block_schemas(limit=9) == [newer, whole]
    assert store.find_block_schemas(BlockSchemaFilter(version=Texts(any_=["2"])), limit=9) == [newer]
    assert store.block_schemas([SCHEMA.id, an_id("none")]) == {SCHEMA.id: whole}
    assert store.block_capabilities() == ["read", "write"]
    store.delete_block_schema(newer.id)
    for act in (store.read_block_schema, store.delete_block_schema):
        with pytest.raises(MissingError, match="no block schema"):
            act(newer.id)


def test_documents(store, kinds):
    made = a_document(store, "a", data={"b": [1]})

    assert store.read_block_document(made.id) == store.block_document_named("disk", "a") == made
    with pytest.raises(TakenError, match="a block 'a'"):
        store.create_block_document(replace(made, id=an_id("b")), [], {})
    with pytest.raises(MissingError, match="no block 'disk/b'"):
        store.block_document_named("disk", "b")
    store.delete_block_document(made.id)
    for act in (store.read_block_document, store.delete_block_document, store.block_document_version):
        with pytest.raises(MissingError, match="no block"):
            act(made.id)


def test_a_change_replaces_secrets_and_references(store, kinds):
    child = a_document(store, "child")
    made = a_document(store, "a", secrets=[sealed("a", "x")], references=[("c", child.id)])
    assert store.block_references([made.id, child.id]) == [(made.id, "c", child.id)]
    assert store.block_document_version(made.id) == 1

    new = [sealed("a", "y", version=2), sealed("a", "z", version=2, field='["l",0]')]
    store.update_block_document(
        made.id,
        data={"x": 1},
        block_schema_id=SCHEMA.id,
        secrets=new,
        references={"d": child.id},
        version=2,
        now=NOW + SECOND,
    )

    assert store.read_block_document(made.id) == replace(made, data={"x": 1}, updated=from_us(NOW + SECOND))
    assert store.block_document_version(made.id) == 2
    assert store.block_references([made.id]) == [(made.id, "d", child.id)]
    found = store.block_secrets([made.id, child.id])
    assert found == new
    assert [steps(one.place) for one in found] == [("a",), ("l", 0)]
    assert [RING.unseal(one.sealed, one.place) for one in found] == [b"y", b"z"]
    with pytest.raises(MissingError):
        store.update_block_document(
            an_id("none"), data={}, block_schema_id=SCHEMA.id, secrets=[], references={}, version=2, now=NOW
        )


def test_what_goes_takes_along_what_belongs_to_it(store, kinds):
    child = a_document(store, "child", secrets=[sealed("child", "x")])
    parent = a_document(store, "parent", references=[("c", child.id)])
    store.set_result_storage(child.id)

    store.delete_block_document(child.id)
    assert store.block_references([parent.id]) == []
    assert store.block_secrets([child.id]) == []
    assert store.result_storage() is None
    store.delete_block_type(TYPE.id)
    assert store.count_block_documents(BlockDocumentFilter(is_anonymous=None)) == 0
    assert store.find_block_schemas(limit=9) == []


def test_documents_by_filter(store, kinds):
    for name in ("b", "a"):
        a_document(store, name)
    hidden = a_document(store, "hidden", is_anonymous=True)

    def names(*filters, **more):
        found = store.find_block_documents(*filters, **{"limit": 9} | more)
        assert "limit" in more or store.count_block_documents(*filters) == len(found)
        return [one.name for one in found]

    assert names() == ["a", "b"]
    assert names(BlockDocumentFilter(is_anonymous=Flag(eq_=True))) == ["hidden"]
    assert names(BlockDocumentFilter(is_anonymous=None)) == ["a", "b", "hidden"]
    assert names(None, BlockTypeFilter(slug=Texts(any_=["none"]))) == []
    assert names(None, BlockTypeFilter(name=Like(like_="DI"))) == ["a", "b"]
    assert names(None, None, BlockSchemaFilter(block_capabilities=AllTexts(all_=["read"]))) == ["a", "b"]
    assert names(None, None, BlockSchemaFilter(block_capabilities=AllTexts(all_=["fly"]))) == []
    assert names(limit=1, offset=1, sort=BlockDocumentSort.NAME_DESC) == ["a"]
    assert set(store.block_documents([hidden.id, an_id("none")])) == {hidden.id}
    assert [
        one.slug for one in store.find_block_types(None, BlockSchemaFilter(version=Texts(any_=["x"])), limit=9)
    ] == []


def test_secrets_are_put_under_another_key_one_by_one(store, kinds):
    a_document(store, "a", secrets=[sealed("a", "x"), sealed("a", "y", field='["b"]')])
    first, second = store.sealed_rows("", 9)

    assert store.sealed_rows(first.id, 9) == [second]
    assert store.sealed_rows("", 1) == [first]
    assert store.sealing_keys() == [RING.current]
    other = KeyRing([bytes(range(32)), bytes(32)])
    assert store.reseal(first, other.rewrap(first.text, first.place))
    assert not store.reseal(first, "again")
    assert set(store.sealing_keys()) == {RING.current, other.current}


def test_the_place_for_results(store, kinds):
    first, second = a_document(store, "a"), a_document(store, "b")

    assert store.result_storage() is None
    store.set_result_storage(first.id)
    store.set_result_storage(second.id)
    assert store.result_storage() == second.id
    store.set_result_storage(None)
    assert store.result_storage() is None


def test_it_answers(store):
    store.check_answers()
