"""Hashes of texts, objects and files as hexadecimal texts."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tidemill.exceptions import HashError
from tidemill.hashing import stable_hash as content_name

if TYPE_CHECKING:
    from collections.abc import Callable

#: Fast, and not for secrets.
_DEFAULT = partial(hashlib.md5, usedforsecurity=False)


def stable_hash(*args: str | bytes, hash_algo: Callable[..., Any] = _DEFAULT) -> str:
    """A hash of texts and bytes, one after the other."""
    digest = hash_algo()
    for part in args:
        digest.update(part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part)
    return str(digest.hexdigest())


def hash_objects(
    *args: Any, hash_algo: Callable[..., Any] = _DEFAULT, raise_on_failure: bool = False, **kwargs: Any
) -> str | None:
    """A hash of the content of objects, the same in every process.

    None where something has no content; with ``raise_on_failure`` a HashError that names it instead.
    """
    try:
        return stable_hash(content_name(args, kwargs), hash_algo=hash_algo)
    except HashError:
        if raise_on_failure:
            raise
        return None


def file_hash(path: str, hash_algo: Callable[..., Any] = _DEFAULT) -> str:
    """A hash of a file's content."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, hash_algo).hexdigest()
