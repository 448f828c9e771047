from __future__ import annotations

from tests.server.routes.blocks import INNER, OUTER
from tidemill.domain.block_schemas import checksum_of, children_of, secret_fields


def test_the_checksum_is_of_what_can_be_seen():
    assert checksum_of(INNER) == checksum_of(INNER | {"secret_fields": []})
    assert checksum_of(INNER) != checksum_of(INNER | {"title": "Other"})


def test_definitions_of_blocks_do_not_count_others_do_where_they_are_used():
    changed = OUTER["definitions"] | {"Inner": INNER | {"title": "x"}}
    assert checksum_of(OUTER) == checksum_of(OUTER | {"definitions": changed})
    changed = OUTER["definitions"] | {"Model": {"type": "string"}}
    assert checksum_of(OUTER) != checksum_of(OUTER | {"definitions": changed})
    changed = OUTER["definitions"] | {"Unused": {"type": "string"}}
    assert checksum_of(OUTER) == checksum_of(OUTER | {"definitions": changed})


def test_definitions_that_refer_to_themselves():
    node = {"type": "object", "properties": {"next": {"$ref": "#/definitions/Node"}}}
    assert checksum_of({"definitions": {"Node": node}, "properties": {"n": {"$ref": "#/definitions/Node"}}})


def test_children_are_brought_along_or_named_alone():
    (child,) = children_of(OUTER)
    assert (child.field, child.slug, child.fields["title"]) == ("child", "inner", "Inner")
    (child,) = children_of(OUTER | {"definitions": {}})
    assert child.fields is None


def test_what_is_malformed_is_passed_over():
    fields = {"block_schema_references": {"a": 1, "b": [{}], "c": {"block_type_slug": 2}}, "secret_fields": [1, "a.b"]}

    assert children_of(fields) == []
    assert secret_fields(fields) == [("a", "b")]
    assert secret_fields({"secret_fields": "a"}) == []
    assert children_of({"block_schema_references": [1]}) == []
