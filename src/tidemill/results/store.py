"""Where results are written and read: a storage, a serializer, and locks for those who share keys."""

from __future__ import annotations

import dataclasses
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tidemill.domain.states import from_us
from tidemill.exceptions import MissingResult, UntrustedResult
from tidemill.results import record as records
from tidemill.results.choices import resolve_result_storage, resolve_serializer
from tidemill.results.defaults import default_home, default_serializer_name, default_storage_path, key_of
from tidemill.results.isolation import IsolationLevel
from tidemill.results.key_locks import KeyLocks
from tidemill.results.keys import DEFAULT_STORAGE_KEY_FN, storage_key_fn_for
from tidemill.results.recents import Recents
from tidemill.results.record import Header, ResultRecord, ResultRecordMetadata, Sealed
from tidemill.results.secret import Seal
from tidemill.serializers import Serializer, serializer_named
from tidemill.system.asking import Ask, Asking, adrive, drive
from tidemill.system.clock import Clock, SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tidemill.locking.protocol import LockManager

_log = logging.getLogger("tidemill.results")

#: Larger records are not held in memory after they were written or read.
_RECENT_BYTES = 1024 * 1024


@dataclass(kw_only=True)
class ResultStore(KeyLocks):
    """Writes results to storage and reads them back.

    ``result_storage`` defaults to the local directory of the settings; ``metadata_storage``, where given, holds the
    records' headers apart from the results' bytes. ``cache_result_in_memory`` keeps the last records at hand, those of
    up to 1 MiB. Every record is marked with this home's key; one that is not is refused before it is unpickled.
    """

    result_storage: Any = None
    metadata_storage: Any = None
    cache_result_in_memory: bool = True
    serializer: Serializer[Any] = field(default_factory=lambda: serializer_named(default_serializer_name()))
    storage_key_fn: Callable[[], str] = DEFAULT_STORAGE_KEY_FN
    cache: Recents = field(default_factory=Recents, repr=False)
    clock: Clock = field(default_factory=SystemClock, repr=False)
    key: bytes | None = field(default=None, repr=False)

    # -- reading -------------------------------------------------------------------------------------------------

    def exists(self, key: str) -> bool:
        """Whether a record of this key can be read: it is there, it is ours, and it has not expired."""
        return drive(self._exists(key))

    async def aexists(self, key: str) -> bool:
        """`exists` for async callers."""
        return await adrive(self._exists(key))

    def read(self, key: str, holder: str | None = None) -> ResultRecord[Any]:
        """The record of a key, after waiting while somebody else holds its lock.

        Raises MissingResult when there is none or it has expired, UntrustedResult when it is not what was written.
        """
        return drive(self._read(key, holder))

    async def aread(self, key: str, holder: str | None = None) -> ResultRecord[Any]:
        """`read` for async callers."""
        return await adrive(self._read(key, holder))

    def read_recorded(self, key: str) -> Any:
        """The value a finished run wrote under a key, however long ago: its record does not expire for the run itself.

        Read from the storage, whatever is in memory. Raises as `read`.
        """
        return drive(self._read_stored(self._relative(key), ageless=True)).result

    def _exists(self, key: str) -> Asking[bool]:
        key = self._relative(key)
        recent = self.cache.get(key)
        if recent is not None and not self._expired(recent.expiration):
            return True
        storage = self._header_storage()
        whole = not hasattr(storage, "read_head")
        ask = Ask(storage, "read_path", (key,)) if whole else Ask(storage, "read_head", (key, records.HEAD_BYTES))
        blob = yield from _found(ask)
        if not blob:
            return False
        try:
            header, _ = records.open_header(blob, self._seal(), key)
        except UntrustedResult as refused:
            _log.warning("%s The record counts as missing.", refused)
            return False
        return not header.expired(self._now())

    def _read(self, key: str, holder: str | None) -> Asking[ResultRecord[Any]]:
        if self.lock_manager is not None and not self.is_lock_holder(key, holder):
            yield Ask(self.lock_manager, "wait_for_lock", (key,), async_verb="await_for_lock")
        key = self._relative(key)
        recent = self.cache.get(key)
        if recent is not None and not self._expired(recent.expiration):
            return recent
        return (yield from self._read_stored(key))

    def _read_stored(self, key: str, *, ageless: bool = False) -> Asking[ResultRecord[Any]]:
        blob = yield from _found(Ask(self._header_storage(), "read_path", (key,)))
        if not blob:
            raise MissingResult(f"There is no result {key!r}. It was not persisted, or its file was removed.")
        header, body = records.open_header(blob, self._seal(), key)
        if not ageless and header.expired(self._now()):
            raise MissingResult(f"The result {key!r} expired at {header.expiration}.")
        if header.body is not None:
            body = memoryview((yield from _found(Ask(self._body_storage(), "read_path", (header.body,)))) or b"")
        found = records.read_body(header, body, self.serializer)
        self._remember(found, header.size)
        return found

    # -- writing -------------------------------------------------------------------------------------------------

    def create_result_record(
        self, obj: Any, key: str | None = None, expiration: datetime | None = None
    ) -> ResultRecord[Any]:
        """A record for a value, not yet stored. Without a ``key`` it gets a fresh one."""
        metadata = ResultRecordMetadata(
            storage_key=self._relative(key or self.storage_key_fn()), expiration=expiration, serializer=self.serializer
        )
        return ResultRecord(metadata=metadata, result=obj)

    def write(
        self, obj: Any, key: str | None = None, expiration: datetime | None = None, holder: str | None = None
    ) -> None:
        """Store a value; when this returns it is safe from power loss.

        Raises SerializationError naming what cannot be written, RuntimeError when somebody else holds the key's lock.
        """
        self.persist_result_record(self.create_result_record(obj, key, expiration), holder)

    async def awrite(
        self, obj: Any, key: str | None = None, expiration: datetime | None = None, holder: str | None = None
    ) -> None:
        """`write` for async callers."""
        await self.apersist_result_record(self.create_result_record(obj, key, expiration), holder)

    def persist_result_record(self, result_record: ResultRecord[Any], holder: str | None = None) -> None:
        """Store a record; see `write`."""
        drive(self._persist(result_record, holder))

    async def apersist_result_record(self, result_record: ResultRecord[Any], holder: str | None = None) -> None:
        """`persist_result_record` for async callers."""
        await adrive(self._persist(result_record, holder))

    def _persist(self, result_record: ResultRecord[Any], holder: str | None) -> Asking[None]:
        key = result_record.storage_key
        locks = self.lock_manager
        if locks is not None and locks.is_locked(key) and not self.is_lock_holder(key, holder):
            raise RuntimeError(f"cannot write the result {key!r}: somebody else holds its lock")
        data = yield Ask(result_record.serializer, "dumps", (result_record.result,), async_verb="dumps")
        header = records.header_of(result_record, data)
        if self.metadata_storage is None:
            yield from _write(self._body_storage(), key, Sealed(records.seal_header(header, self._seal()), data))
        else:
            yield from self._persist_apart(header, data)
        self._remember(result_record, header.size)

    def _persist_apart(self, header: Header, data: bytes) -> Asking[None]:
        """The bytes first, under a name that no other content has; the header, which makes them count, after."""
        body = f"{header.key}.{header.sha256[:16]}"
        header = Header(**{**{f: getattr(header, f) for f in header.__struct_fields__}, "body": body})
        yield from _write(self._body_storage(), body, Sealed(b"", data))
        yield from _write(self.metadata_storage, header.key, Sealed(records.seal_header(header, self._seal()), b""))

    # -- for flows and tasks -------------------------------------------------------------------------------------

    def update_for_flow(self, flow: Any) -> ResultStore:
        """A store like this one with what the flow says about its results."""
        return self._updated(flow)

    async def aupdate_for_flow(self, flow: Any) -> ResultStore:
        """`update_for_flow` for async callers."""
        return self._updated(flow)

    def update_for_task(self, task: Any) -> ResultStore:
        """A store like this one with what the task and its cache policy say about results."""
        changes: dict[str, Any] = {}
        policy = getattr(task, "cache_policy", None)
        key_storage = getattr(policy, "key_storage", None)
        if key_storage is not None:
            changes["metadata_storage"] = resolve_result_storage(key_storage)
        lock_manager = getattr(policy, "lock_manager", None)
        if lock_manager is not None:
            changes["lock_manager"] = lock_manager
        elif getattr(policy, "isolation_level", None) == IsolationLevel.SERIALIZABLE and self.lock_manager is None:
            changes["lock_manager"] = _default_locks()
        changes["storage_key_fn"] = storage_key_fn_for(task, self.clock)
        return self._updated(task, **changes)

    async def aupdate_for_task(self, task: Any) -> ResultStore:
        """`update_for_task` for async callers."""
        return self.update_for_task(task)

    def _updated(self, described: Any, **changes: Any) -> ResultStore:
        storage = getattr(described, "result_storage", None)
        if storage is not None:
            changes["result_storage"] = resolve_result_storage(storage)
        serializer = getattr(described, "result_serializer", None)
        if serializer is not None:
            changes["serializer"] = resolve_serializer(serializer)
        in_memory = getattr(described, "cache_result_in_memory", None)
        if in_memory is not None:
            changes["cache_result_in_memory"] = in_memory
        return dataclasses.replace(self, cache=Recents(), **changes)

    # -- within --------------------------------------------------------------------------------------------------

    def _body_storage(self) -> Any:
        if self.result_storage is None:
            self.result_storage = resolve_result_storage(default_storage_path())
        return self.result_storage

    def _header_storage(self) -> Any:
        return self._body_storage() if self.metadata_storage is None else self.metadata_storage

    def _relative(self, key: str) -> str:
        """A key as it is named within the storage, so that a storage can be moved as a whole."""
        storage = self._header_storage()
        if not Path(key).is_absolute() or not hasattr(storage, "resolve"):
            return key
        return str(storage.resolve(key).relative_to(storage.resolve("")))

    def _seal(self) -> Seal:
        return Seal(self.key or key_of(default_home()), b"tidemill.result")

    def _now(self) -> datetime:
        return from_us(self.clock.now_us())

    def _expired(self, expiration: datetime | None) -> bool:
        if expiration is None:
            return False
        now = self._now()
        return expiration <= (now if expiration.tzinfo else now.replace(tzinfo=None))

    def _remember(self, found: ResultRecord[Any], size: int) -> None:
        if self.cache_result_in_memory and size <= _RECENT_BYTES:
            self.cache.put(found.storage_key, found)
        else:
            self.cache.forget(found.storage_key)


def _default_locks() -> LockManager:
    from tidemill.locking.filesystem import FileSystemLockManager  # noqa: PLC0415 - only SERIALIZABLE needs it

    return FileSystemLockManager(default_home() / "locks")


def _found(ask: Ask) -> Asking[bytes | None]:
    """What a storage has under a name; None where it says that there is nothing."""
    try:
        content: bytes = yield ask
    except (ValueError, FileNotFoundError, KeyError):  # how file systems of the contract say so
        return None
    return content


def _write(storage: Any, key: str, sealed: Sealed) -> Asking[None]:
    """In pieces where the storage takes pieces, else in one."""
    if hasattr(storage, "write_parts"):
        yield Ask(storage, "write_parts", (key, records.parts_of(sealed)))
    else:
        yield Ask(storage, "write_path", (key, sealed.head + sealed.body))
