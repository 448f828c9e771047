"""A result's record, and the one file it becomes.

The file: eight bytes that say what it is, the header's length, the header's mark, the header (JSON), the result's
bytes. The header names the key, the serializer, the size and the SHA-256 of those bytes. So a mark over a few hundred
bytes guards a gigabyte, and a record that was cut, changed, moved or made elsewhere is refused before it is unpickled.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import msgspec

from tidemill._version import __version__
from tidemill.exceptions import UntrustedResult
from tidemill.results.secret import MAC_BYTES, Seal
from tidemill.serializers import PickleSerializer, Serializer, serializer_named

if TYPE_CHECKING:
    from collections.abc import Iterator

R = TypeVar("R")

MAGIC: Final = b"TIDERES1"
_LENGTH_BYTES: Final = 4
#: Reading this much of a file always gives the whole header.
HEAD_BYTES: Final = 64 * 1024
_PREFIX_BYTES: Final = len(MAGIC) + _LENGTH_BYTES + MAC_BYTES


@dataclass(frozen=True, kw_only=True)
class ResultRecordMetadata:
    """What is known of a result beside its value. ``expiration`` is None for a result that stays valid."""

    storage_key: str
    expiration: datetime | None = None
    serializer: Serializer[Any] = field(default_factory=PickleSerializer)
    tidemill_version: str = __version__


@dataclass(frozen=True, kw_only=True)
class ResultRecord(Generic[R]):
    """A value with what is known of it."""

    metadata: ResultRecordMetadata
    result: R

    @property
    def storage_key(self) -> str:
        """The name under which the record is stored."""
        return self.metadata.storage_key

    @property
    def expiration(self) -> datetime | None:
        """When the record ends to be valid."""
        return self.metadata.expiration

    @property
    def serializer(self) -> Serializer[Any]:
        """What turns the value into bytes."""
        return self.metadata.serializer


class Header(msgspec.Struct, frozen=True):
    """What a record file says before the result's bytes. ``body`` names the file that holds them, if another."""

    key: str
    serializer: str
    size: int
    sha256: str
    expiration: datetime | None = None
    tidemill_version: str = ""
    body: str | None = None

    def expired(self, now: datetime) -> bool:
        """Whether the record is no longer valid."""
        return self.expiration is not None and self.expiration <= now


class Sealed(msgspec.Struct, frozen=True):
    """A record ready to be stored: its marked header, and the result's bytes."""

    head: bytes
    body: bytes


def header_of(record: ResultRecord[Any], data: bytes) -> Header:
    """The header for a record whose value became these bytes."""
    digest = sha256(data).hexdigest()
    return Header(
        key=record.storage_key,
        serializer=record.serializer.type,
        size=len(data),
        sha256=digest,
        expiration=_utc(record.expiration),
        tidemill_version=record.metadata.tidemill_version,
    )


def seal_header(header: Header, seal: Seal) -> bytes:
    """The marked header, as it stands at the beginning of a file."""
    said = msgspec.json.encode(header)
    return MAGIC + len(said).to_bytes(_LENGTH_BYTES, "little") + seal.mac(said) + said


def open_header(blob: bytes, seal: Seal, key: str) -> tuple[Header, memoryview]:
    """The header of a file, its mark checked, and what follows it.

    Raises UntrustedResult for anything that this home did not write under this key.
    """
    view = memoryview(blob)
    if bytes(view[: len(MAGIC)]) != MAGIC:
        raise UntrustedResult(f"the result {key!r} is not a record of tidemill's. Remove it, or choose another key.")
    end = _PREFIX_BYTES + int.from_bytes(view[len(MAGIC) : len(MAGIC) + _LENGTH_BYTES], "little")
    mac, said = bytes(view[_PREFIX_BYTES - MAC_BYTES : _PREFIX_BYTES]), bytes(view[_PREFIX_BYTES:end])
    if len(view) < end or not compare_digest(mac, seal.mac(said)):
        raise UntrustedResult(
            f"the record of the result {key!r} is damaged, or was written under another key; it was not read further."
            " If it comes from another home, copy that home's secret.key too."
        )
    header = msgspec.json.decode(said, type=Header)
    if header.key != key:
        raise UntrustedResult(f"the record of the result {key!r} belongs to {header.key!r}: it was moved or swapped.")
    return header, view[end:]


def read_body(header: Header, body: memoryview, serializer: Serializer[Any]) -> ResultRecord[Any]:
    """The record, once the bytes were found to be those that the header speaks of. Raises UntrustedResult else."""
    if body.nbytes != header.size:
        raise UntrustedResult(f"the result {header.key!r} is cut: {body.nbytes} of {header.size} bytes are there.")
    if sha256(body).hexdigest() != header.sha256:
        raise UntrustedResult(f"the result {header.key!r} is damaged: its bytes are not those that were written.")
    chosen = serializer if serializer.type == header.serializer else serializer_named(header.serializer)
    value = chosen.loads(body if type(chosen) is PickleSerializer else bytes(body))  # type: ignore[arg-type]  # pickle reads any buffer
    metadata = ResultRecordMetadata(
        storage_key=header.key,
        expiration=header.expiration,
        serializer=chosen,
        tidemill_version=header.tidemill_version,
    )
    return ResultRecord(metadata=metadata, result=value)


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def parts_of(sealed: Sealed) -> Iterator[bytes]:
    """The file's content in pieces, so that nobody has to join them."""
    yield sealed.head
    yield sealed.body
