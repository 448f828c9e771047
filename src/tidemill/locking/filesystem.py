"""Locks among the processes that share a directory.

A lock is a small file that says who holds it and until when. It is read and changed under the operating system's lock
on one guard file, so no two processes ever act on the same reading. A lock whose process is gone from this machine is
free at once; one held on another machine is free when its time has run out.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import astuple

from tidemill.locking.protocol import WaitingLocks
from tidemill.system.clock import Clock, SystemClock
from tidemill.system.durable import move_over
from tidemill.system.locks import file_lock
from tidemill.system.processes import ProcessIdentity, current_identity, is_alive

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Held(NamedTuple):
    """What a lock file says. ``until_us`` is microseconds since 1970, UTC; ``process`` is a ``ProcessIdentity``."""

    key: str
    holder: str
    until_us: int | None
    process: list[Any]


class FileSystemLockManager(WaitingLocks):
    """Locks in a directory that every process of the work can reach."""

    def __init__(self, lock_files_directory: Path, *, clock: Clock | None = None) -> None:
        super().__init__(clock or SystemClock())
        self.lock_files_directory = Path(lock_files_directory).expanduser().resolve()

    def __repr__(self) -> str:
        return f"FileSystemLockManager(lock_files_directory={str(self.lock_files_directory)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FileSystemLockManager) and other.lock_files_directory == self.lock_files_directory

    def __hash__(self) -> int:
        return hash(self.lock_files_directory)

    def is_locked(self, key: str, use_cache: bool = False) -> bool:  # noqa: ARG002 - the file is the only truth here
        """Whether anybody holds the lock. ``use_cache`` is accepted and changes nothing: the file is always read."""
        return self._holder(key) is not None

    def release_lock(self, key: str, holder: str) -> None:
        """Give the lock back. Raises ValueError when this holder does not have it."""
        with self._guarded():
            held = self._read(key)
            if held is None or held.holder != holder:
                raise ValueError(f"{holder!r} does not hold the lock on {key!r}: it never took it, or its time ran out")
            self._path(key).unlink()

    def _holder(self, key: str) -> str | None:
        held = self._read(key)
        return held.holder if held is not None else None

    def _take(self, key: str, holder: str, hold_timeout: float | None) -> bool:
        with self._guarded():
            held = self._read(key)
            if held is not None and held.holder != holder:
                return False
            until = None if hold_timeout is None else self._clock.now_us() + int(hold_timeout * 1_000_000)
            self._write(_Held(key, holder, until, list(astuple(current_identity()))))
            return True

    def _read(self, key: str) -> _Held | None:
        try:
            held = _Held(*json.loads(self._path(key).read_bytes()))
            process = ProcessIdentity(*held.process)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):  # the machine went down before its content was on the disk, and the holder too
            return None
        if held.until_us is not None and self._clock.now_us() >= held.until_us:
            return None
        return held if is_alive(process) else None

    def _write(self, held: _Held) -> None:
        path = self._path(held.key)
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        draft.write_text(json.dumps(held), encoding="ascii")  # escapes lone surrogates, which msgspec refuses
        move_over(draft, path)

    def _path(self, key: str) -> Path:
        """A readable name, and a digest because keys may be long or differ only in case."""
        readable = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in key)[-60:]
        digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        return self.lock_files_directory / f"{readable}.{digest}.lock"

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Nobody else reads in order to write meanwhile."""
        self.lock_files_directory.mkdir(parents=True, exist_ok=True)
        guard = file_lock(self.lock_files_directory / ".guard", self._clock)
        guard.acquire(None)
        try:
            yield
        finally:
            guard.release()
