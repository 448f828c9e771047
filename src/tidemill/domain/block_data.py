"""The data of blocks, parted: what is plain, what is secret, and which other blocks it refers to.

A path leads to a value through the keys of objects and the places of lists. The paths of schemas know no places: they
go through every element. In place of a secret stands ``MASK``. That is also what those see who may not see secrets, and
who sends it back leaves the secret as it is.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from tidemill.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Path = tuple[str | int, ...]

MASK: Final = "********"
_ALL: Final = "*"


class NoReferenceError(InputError, ValueError):
    """A reference to another block is not one."""


def secret_paths(data: Any, patterns: Iterable[tuple[str, ...]]) -> list[Path]:
    """Where secrets stand. Nothing is secret about null."""
    return list(dict.fromkeys(path for pattern in patterns for path in _found(data, pattern, ())))


def _found(value: Any, pattern: tuple[str, ...], here: Path) -> Iterator[Path]:
    if isinstance(value, list) and pattern:
        for place, inner in enumerate(value):
            yield from _found(inner, pattern, (*here, place))
    elif not pattern:
        if value is not None:
            yield here
    elif pattern[0] == _ALL:
        yield from _leaves(value, here)
    elif isinstance(value, dict) and pattern[0] in value:
        yield from _found(value[pattern[0]], pattern[1:], (*here, pattern[0]))


def _leaves(value: Any, here: Path) -> Iterator[Path]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, (*here, key))
    elif value is not None and here:
        yield here


def parted(data: dict[str, Any], patterns: Iterable[tuple[str, ...]]) -> tuple[dict[str, Any], dict[Path, Any]]:
    """The data with every secret masked, and the secrets by their paths."""
    plain = deepcopy(data)
    secrets: dict[Path, Any] = {}
    for path in sorted(secret_paths(data, patterns), key=len):
        if not any(path[:length] in secrets for length in range(1, len(path))):
            secrets[path] = at(data, path)
            put(plain, path, MASK)
    return plain, secrets


def is_masked(plain: Any, path: Path) -> bool:
    """Whether what stands at a path that was there is masked, by itself or with what it is a part of."""
    for step in path:
        if plain == MASK:
            return True
        plain = plain[step]
    return bool(plain == MASK)


def joined(plain: dict[str, Any], secrets: Mapping[Path, Any]) -> dict[str, Any]:
    """The data with its secrets."""
    data = deepcopy(plain)
    for path, value in secrets.items():
        put(data, path, value)
    return data


def at(data: Any, path: Path) -> Any:
    """The value at a path that is there."""
    for step in path:
        data = data[step]
    return data


def put(data: Any, path: Path, value: Any) -> None:
    """Set the value at a path that is there."""
    at(data, path[:-1])[path[-1]] = value


def unmasked(data: dict[str, Any], patterns: Iterable[tuple[str, ...]], known: Mapping[Path, Any]) -> dict[str, Any]:
    """What was sent, with the secrets that are known where a mask was sent back."""
    kept = {path: known[path] for path in secret_paths(data, patterns) if at(data, path) == MASK and path in known}
    return joined(data, kept)


def references_of(data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The data without the fields that refer to other blocks, and the ids of those by field.

    Raises NoReferenceError for a reference without an id.
    """
    own, references = {}, {}
    for field, value in data.items():
        if isinstance(value, dict) and "$ref" in value:
            said = value["$ref"]
            id_ = said.get("block_document_id") if isinstance(said, dict) else None
            if not isinstance(id_, str):
                raise NoReferenceError(f"the field '{field}' refers to a block, but has no block_document_id")
            references[field] = id_
        else:
            own[field] = value
    return own, references
