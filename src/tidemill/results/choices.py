"""From what configuration says (a path, a name, an object) to the storage and serializer it means."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

from tidemill.exceptions import ConfigurationError
from tidemill.filesystems import LocalFileSystem, NullFileSystem, WritableFileSystem
from tidemill.results.defaults import default_serializer_name, default_storage_path
from tidemill.serializers import Serializer, serializer_named

ResultStorage: TypeAlias = WritableFileSystem | LocalFileSystem | str
ResultSerializer: TypeAlias = Serializer[Any] | str


def resolve_result_storage(result_storage: Any) -> Any:
    """The storage that is meant: a file system as it is, a path as the local directory."""
    if isinstance(result_storage, Path):
        return LocalFileSystem(basepath=result_storage)
    if isinstance(result_storage, str):
        if _names_a_block(result_storage):
            raise ConfigurationError(
                f"The result storage {result_storage!r} names a block, and blocks are not available here."
                f" For the directory of that name pass Path({result_storage!r})."
            )
        return LocalFileSystem(basepath=result_storage)
    if isinstance(result_storage, (WritableFileSystem, NullFileSystem)) or _reads_and_writes(result_storage):
        return result_storage
    kind = "a block's id" if isinstance(result_storage, UUID) else type(result_storage).__qualname__
    raise TypeError(f"expected result storage to be a path or a file system with read_path and write_path, got {kind}")


async def aresolve_result_storage(result_storage: Any) -> Any:
    """`resolve_result_storage` for async callers."""
    return resolve_result_storage(result_storage)


def _names_a_block(text: str) -> bool:
    return text.count("/") == 1 and not text.startswith(("/", ".", "~"))


def _reads_and_writes(storage: Any) -> bool:
    return callable(getattr(storage, "read_path", None)) and callable(getattr(storage, "write_path", None))


def resolve_serializer(serializer: ResultSerializer) -> Serializer[Any]:
    """The serializer that is meant: an instance as it is, a name as the one registered under it."""
    if isinstance(serializer, Serializer):
        return serializer
    if isinstance(serializer, str):
        return serializer_named(serializer)
    raise TypeError(f"expected a serializer or the name of one, got {type(serializer).__qualname__}")


def result_storage_discriminator(x: Any) -> str:
    """Which kind of storage a value is: ``WritableFileSystem``, ``NullFileSystem`` or ``None``."""
    if isinstance(x, NullFileSystem):
        return "NullFileSystem"
    return "None" if x is None else "WritableFileSystem"


def get_default_result_storage() -> LocalFileSystem:
    """Where results go when nobody said so."""
    return LocalFileSystem(basepath=default_storage_path())


async def aget_default_result_storage() -> LocalFileSystem:
    """`get_default_result_storage` for async callers."""
    return get_default_result_storage()


def get_default_result_serializer() -> Serializer[Any]:
    """How results are written when nobody said so."""
    return resolve_serializer(default_serializer_name())
