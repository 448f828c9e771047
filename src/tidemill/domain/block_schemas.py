"""What schemas of blocks say: the checksum that they are known by, which fields are secret, which hold other blocks."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Fields = Mapping[str, Any]

_DEFINITIONS: Final = "#/definitions/"


class Child(NamedTuple):
    """A schema that a field of another refers to; ``fields`` where the other one brings it along."""

    field: str
    slug: str
    checksum: str
    fields: dict[str, Any] | None


def checksum_of(fields: Fields) -> str:
    """How clients know a schema again: by its fields, but for which are secret and how other blocks are defined."""
    counted = _without_secrets(fields)
    definitions = _plain_definitions(counted)
    counted.pop("definitions", None)
    if definitions:
        counted["definitions"] = definitions
    text = json.dumps([[counted], {}], sort_keys=True)
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def _without_secrets(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: _without_secrets(inner) for key, inner in value.items() if key != "secret_fields"}


def _plain_definitions(fields: Fields) -> dict[str, Any]:
    """Those that something refers to and that are no blocks."""
    definitions = _mapping(fields.get("definitions"))
    names = {reference.removeprefix(_DEFINITIONS) for reference in _references(fields)}
    return {
        name: definition
        for name, definition in definitions.items()
        if name in names and definition and _mapping(definition).get("block_type_slug") is None
    }


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str):
            yield reference
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def secret_fields(fields: Fields) -> list[tuple[str, ...]]:
    """The paths of secrets in a block's data, step by step; a last step ``*`` means all below."""
    said = fields.get("secret_fields")
    return [tuple(path.split(".")) for path in said if isinstance(path, str)] if isinstance(said, list) else []


def children_of(fields: Fields) -> list[Child]:
    """The schemas that fields refer to. What does not say of which type and checksum it is, is passed over."""
    found = []
    for field, said in _mapping(fields.get("block_schema_references")).items():
        for one in said if isinstance(said, list) else [said]:
            slug, checksum = _mapping(one).get("block_type_slug"), _mapping(one).get("block_schema_checksum")
            if isinstance(slug, str) and isinstance(checksum, str):
                found.append(Child(field, slug, checksum, _brought_along(fields, field, slug)))
    return found


def _brought_along(fields: Fields, field: str, slug: str) -> dict[str, Any] | None:
    definitions = _mapping(fields.get("definitions"))
    names = [name.removeprefix(_DEFINITIONS) for name in _references(_mapping(fields.get("properties")).get(field))]
    for name in names:
        definition = _mapping(definitions.get(name))
        if definition.get("block_type_slug") == slug:
            return definition | {"definitions": definitions} if definitions else definition
    return None
