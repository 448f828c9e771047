"""Locks among the processes that share a directory.

A lock is a small file that says who holds it and until when. It is read and changed under the operating system's lock
on one guard file, so no two processes ever act on the same reading. A lock whose process is gone from this machine is
free at once; one held on another machine is free when its time has run out.
"""

from __future__ import annotations

import json
import os
import socket
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tidemill.locking.protocol import WaitingLocks
from tidemill.system.clock import Clock, SystemClock
from tidemill.system.files import open_private, portable

if TYPE_CHECKING:
    from collections.abc import Iterator

try:
    import fcntl
except ImportError:  # not POSIX
    fcntl = None  # type: ignore[assignment]  # looked at before use


class _Held(NamedTuple):
    """What a lock file says. ``until_us`` is microseconds since 1970, UTC."""

    key: str
    holder: str
    until_us: int | None
    host: str
    pid: int


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
            self._write(_Held(key, holder, until, socket.gethostname(), os.getpid()))
            return True

    def _read(self, key: str) -> _Held | None:
        try:
            held = _Held(*json.loads(self._path(key).read_bytes()))
        except FileNotFoundError:
            return None
        if held.until_us is not None and self._clock.now_us() >= held.until_us:
            return None
        return held if _alive(held) else None

    def _write(self, held: _Held) -> None:
        path = self._path(held.key)
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        draft.write_text(json.dumps(held), encoding="ascii")  # escapes lone surrogates, which msgspec refuses
        draft.replace(path)

    def _path(self, key: str) -> Path:
        """A readable name, and a digest because keys may be long or differ only in case."""
        readable = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in key)[-60:]
        digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        return self.lock_files_directory / f"{readable}.{digest}.lock"

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Nobody else reads in order to write meanwhile."""
        self.lock_files_directory.mkdir(parents=True, exist_ok=True)
        guard = self.lock_files_directory / ".guard"
        if fcntl is None or portable():
            with self._portable_guard(guard.with_suffix(".exclusive")):
                yield
            return
        descriptor = open_private(guard, create=True)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def _portable_guard(self, guard: Path) -> Iterator[None]:
        """Without flock: a file that only one can create; one left behind by a process that died is taken over."""
        patience = self._clock.monotonic() + _ABANDONED_AFTER_S
        while True:
            try:
                os.close(open_private(guard, exclusive=True))
                break
            except (FileExistsError, PermissionError) as taken:  # PermissionError: Windows, while it is being removed
                if self._clock.monotonic() >= patience:
                    if isinstance(taken, PermissionError):
                        raise
                    guard.unlink(missing_ok=True)
                self._clock.sleep(0.001)
        try:
            yield
        finally:
            guard.unlink(missing_ok=True)


_ABANDONED_AFTER_S = 10.0


def _alive(held: _Held) -> bool:
    if os.name != "posix" or held.host != socket.gethostname():
        return True
    try:
        os.kill(held.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
