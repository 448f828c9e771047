"""Places to put files: the local disk, nowhere, and what any other place must offer.

Every method has an explicit pair: ``read_path`` for sync callers, ``aread_path`` for async ones.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tidemill.system.durable import replace_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")


class ReadableFileSystem(ABC):
    """A place to read files from."""

    @abstractmethod
    async def read_path(self, path: str) -> bytes:
        """The content of a file."""


class WritableFileSystem(ReadableFileSystem):
    """A place to write files to and read them from."""

    @abstractmethod
    async def write_path(self, path: str, content: bytes) -> Any:
        """Write a file whole, in place of what was there."""


class ReadableDeploymentStorage(ABC):
    """A place to fetch a directory of code from."""

    @abstractmethod
    async def get_directory(self, from_path: str | None = None, local_path: str | None = None) -> None:
        """Copy a directory from there to a local one."""


class WritableDeploymentStorage(ReadableDeploymentStorage):
    """A place to send a directory of code to and fetch it from."""

    @abstractmethod
    async def put_directory(
        self, local_path: str | None = None, to_path: str | None = None, ignore_file: str | None = None
    ) -> Any:
        """Copy a local directory there, without what ``ignore_file`` names."""


class LocalFileSystem:
    """Files below one directory of this machine.

    ``basepath`` defaults to the current directory. Paths are taken from there; one that leads out of it raises
    ValueError. A write is safe from power loss when it returns, and readers see the old file or the new one.
    """

    def __init__(self, basepath: str | Path | None = None) -> None:
        self.basepath = str(basepath) if basepath is not None else None

    def __repr__(self) -> str:
        return f"LocalFileSystem(basepath={self.basepath!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LocalFileSystem) and other.basepath == self.basepath

    def __hash__(self) -> int:
        return hash((LocalFileSystem, self.basepath))

    def read_path(self, path: str) -> bytes:
        """The content of a file. Raises ValueError when there is none."""
        return self._existing(path).read_bytes()

    async def aread_path(self, path: str) -> bytes:
        """`read_path`, away from the event loop."""
        return await _away(self.read_path, path)

    def write_path(self, path: str, content: bytes) -> str:
        """Write a file whole, with the directories it needs; gives its full path."""
        return self.write_parts(path, (content,))

    async def awrite_path(self, path: str, content: bytes) -> str:
        """`write_path`, away from the event loop."""
        return await _away(self.write_path, path, content)

    def write_parts(self, path: str, parts: Iterable[Any]) -> str:
        """`write_path` for a content that comes in pieces, so that nobody has to join them."""
        target = self.resolve(path)
        replace_file(target, parts, point="results")
        return str(target)

    async def awrite_parts(self, path: str, parts: Iterable[Any]) -> str:
        """`write_parts`, away from the event loop."""
        return await _away(self.write_parts, path, parts)

    def read_head(self, path: str, size: int) -> bytes:
        """The first ``size`` bytes of a file, or all of it when it is shorter."""
        with self._existing(path).open("rb", buffering=0) as file:
            return file.read(size)

    async def aread_head(self, path: str, size: int) -> bytes:
        """`read_head`, away from the event loop."""
        return await _away(self.read_head, path, size)

    def path_exists(self, path: str) -> bool:
        """Whether a file of this name can be read."""
        return self.resolve(path).is_file()

    async def apath_exists(self, path: str) -> bool:
        """`path_exists`, away from the event loop."""
        return await _away(self.path_exists, path)

    def get_directory(self, from_path: str | None = None, local_path: str | None = None) -> None:
        """Copy a directory from here (default: all) to a local one (default: the current one)."""
        source = self.resolve(from_path or "")
        if not source.is_dir():
            raise ValueError(f"There is no directory {source} to copy from.")
        target = Path(local_path).expanduser().resolve() if local_path else Path.cwd()
        if source != target:
            _copy(source, target)

    async def aget_directory(self, from_path: str | None = None, local_path: str | None = None) -> None:
        """`get_directory`, away from the event loop."""
        await _away(self.get_directory, from_path, local_path)

    def put_directory(
        self, local_path: str | None = None, to_path: str | None = None, ignore_file: str | None = None
    ) -> None:
        """Copy a local directory (default: the current one) to here, without what ``ignore_file`` names.

        The file has the form of a ``.gitignore``.
        """
        source = Path(local_path or ".").expanduser().resolve()
        target = self.resolve(to_path or "")
        if source == target:
            return
        ignored = None
        if ignore_file:
            from tidemill.system.ignore import IgnoreRules  # noqa: PLC0415 - only deployments of code need it

            ignored = IgnoreRules(Path(ignore_file).expanduser().read_text(encoding="utf-8")).of_directory(source)
        _copy(source, target, ignored)

    async def aput_directory(
        self, local_path: str | None = None, to_path: str | None = None, ignore_file: str | None = None
    ) -> None:
        """`put_directory`, away from the event loop."""
        await _away(self.put_directory, local_path, to_path, ignore_file)

    def resolve(self, path: str) -> Path:
        """The full path that a name means here. Raises ValueError when links and dots lead out of the directory."""
        base = Path(self.basepath or ".").expanduser().resolve()
        full = (base / Path(path).expanduser()).resolve()
        if not full.is_relative_to(base):
            raise ValueError(f"{path!r} leads to {full}, which is outside of {base}.")
        return full

    def _existing(self, path: str) -> Path:
        full = self.resolve(path)
        if not full.exists():
            raise ValueError(f"There is no file {full}.")
        if not full.is_file():
            raise ValueError(f"{full} is not a file.")
        return full


WritableFileSystem.register(LocalFileSystem)
WritableDeploymentStorage.register(LocalFileSystem)


class NullFileSystem:
    """A place that keeps nothing: what is written is gone, what is read is empty."""

    def __repr__(self) -> str:
        return "NullFileSystem()"

    async def read_path(self, path: str) -> bytes:  # noqa: ARG002 - the same for every path
        """Nothing."""
        return b""

    async def write_path(self, path: str, content: bytes) -> None:
        """Drop the content."""

    async def get_directory(self, from_path: str | None = None, local_path: str | None = None) -> None:
        """Copy nothing."""

    async def put_directory(
        self, local_path: str | None = None, to_path: str | None = None, ignore_file: str | None = None
    ) -> None:
        """Copy nothing."""


def _copy(source: Path, target: Path, ignored: Callable[[Any, list[str]], set[str]] | None = None) -> None:
    import shutil  # noqa: PLC0415 - brings compression libraries along; only directories need it

    shutil.copytree(source, target, ignore=ignored, dirs_exist_ok=True)


async def _away(function: Callable[..., T], *arguments: Any) -> T:
    """Call in a thread, so that the event loop goes on."""
    import asyncio  # noqa: PLC0415 - sync programs do without it

    return await asyncio.to_thread(function, *arguments)
