"""What names may look like."""

from __future__ import annotations

import pydantic
import pytest

from tidemill.types import names


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (names.Name, ["etl", "Zürich 1"], ["", "a/b", "50%"]),
        (names.NameOrEmpty, ["", "etl"], ["a/b"]),
        (names.NonEmptyishName, ["etl", "it's"], [" ", "''", "a&b"]),
        (names.VariableName, ["my_variable-1", ""], ["My", "a b", "a" * 256, "a\n"]),
        (names.BlockDocumentName, ["my-block"], ["my_block", ""]),
        (names.BlockTypeSlug, ["s3-bucket"], ["S3"]),
        (names.ArtifactKey, ["rmse-1"], ["rmse 1"]),
        (names.URILike, ["s3://a b"], ["a/b", "S3://a"]),
        (names.ValidAssetKey, ["s3://bucket/a.csv"], ["s3://a b", "s3://" + "a" * 600, "a"]),
    ],
)
def test_names_of_each_kind(kind, good, bad):
    adapter = pydantic.TypeAdapter(kind)

    for name in good:
        assert adapter.validate_python(name) == name
    for name in bad:
        with pytest.raises(pydantic.ValidationError):
            adapter.validate_python(name)


def test_a_refusal_says_whose_name_it_is():
    with pytest.raises(ValueError, match="expected 'Block name' to have lowercase letters, digits and dashes only"):
        names.raise_on_name_alphanumeric_dashes_only("A b", "Block name")
    assert names.raise_on_name_alphanumeric_underscores_only(None) is None
