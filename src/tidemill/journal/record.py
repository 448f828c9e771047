"""The bytes of a journal: a header, then records, each believed only if its checksum and number are right.

Record: ``length u32 | crc32 u32 | seq u64 | kind u8 | payload``, little endian. ``length`` counts everything after the
checksum, so it is never 0, and space that was only reserved reads as the end. The checksum is zlib's CRC-32 over the
same bytes: the standard library has no CRC-32C, and this one already runs at memory speed.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias
from zlib import crc32

from tidemill.journal.errors import NotAJournalError, RecordTooLargeError

if TYPE_CHECKING:
    from mmap import mmap

Buffer: TypeAlias = "bytes | mmap"
Records: TypeAlias = list[tuple[int, bytes]]

MAX_PAYLOAD: Final = 64 * 1024 * 1024
FORMAT_VERSION: Final = 1
PRODUCER_SIZE: Final = 36
_MAGIC: Final = b"TIDEMJNL"

_ENVELOPE: Final = struct.Struct("<II")
_BODY: Final = struct.Struct("<QB")
_WHOLE: Final = struct.Struct("<IIQB")
_HEADER: Final = struct.Struct("<8sI36sq4xI")

OVERHEAD: Final = _WHOLE.size
HEADER_SIZE: Final = _HEADER.size
_PREFIX: Final = _ENVELOPE.size
_LEAST: Final = _BODY.size
_MOST: Final = _LEAST + MAX_PAYLOAD

_pack_body: Final = _BODY.pack
_pack_envelope: Final = _ENVELOPE.pack
_read_whole: Final = _WHOLE.unpack_from


class Header(NamedTuple):
    """What a journal says about itself."""

    producer: str
    created_us: int


class Place(NamedTuple):
    """Where a reader stands: the byte, and the number of the record that must begin there."""

    offset: int
    seq: int


START: Final = Place(HEADER_SIZE, 1)


class Scanned(NamedTuple):
    """Consecutive records as ``(kind, payload)``, and the byte after the last one."""

    records: Records
    end: int


def pack(seq: int, kind: int, payload: bytes) -> bytes:
    """One record. Raises ``RecordTooLargeError`` for a payload above 64 MiB."""
    if len(payload) > MAX_PAYLOAD:
        raise RecordTooLargeError(
            f"an entry of kind {kind} has {len(payload):,} bytes; the journal takes {MAX_PAYLOAD:,} at most. "
            "Keep large values as persisted results."
        )
    body = _pack_body(seq, kind) + payload
    return _pack_envelope(len(body), crc32(body)) + body


def scan(
    buffer: Buffer,
    position: int,
    expected_seq: int,
    *,
    end: int | None = None,
    max_records: int | None = None,
    max_bytes: int | None = None,
) -> Scanned:
    """The good records from ``position`` on, numbered from ``expected_seq``.

    Stops before the first that is short, has a wrong checksum or number, or lies behind ``end``; also before more than
    ``max_records`` or ``max_bytes``, except that the first good record always comes. Never raises on bad bytes.
    """
    end = len(buffer) if end is None else min(end, len(buffer))
    stop = end if max_bytes is None else min(end, position + max_bytes)
    last_start = end - OVERHEAD
    records: Records = []
    keep, read, checked = records.append, _read_whole, crc32  # names of this function are found quickest
    for number in range(expected_seq, expected_seq + (end if max_records is None else max_records)):
        if position > last_start:
            break
        length, checksum, seq, kind = read(buffer, position)
        begin = position + _PREFIX
        after = begin + length
        if seq != number or not _LEAST <= length <= _MOST or (after > stop and (records or after > end)):
            break
        body = buffer[begin:after]
        if checked(body) != checksum:
            break
        keep((kind, body[_LEAST:]))
        position = after
    return Scanned(records, position)


def claimed_size(buffer: Buffer, position: int) -> int:
    """How many bytes the record at ``position`` says it has, true or not; 0 if it cannot be one."""
    if position + OVERHEAD > len(buffer):
        return 0
    length: int = _read_whole(buffer, position)[0]
    return _PREFIX + length if _LEAST <= length <= _MOST else 0


def pack_header(header: Header) -> bytes:
    """The first bytes of a journal; the producer is a UUID as it is written."""
    producer = header.producer.encode("ascii")
    if len(producer) != PRODUCER_SIZE:
        raise ValueError(f"expected a producer id of {PRODUCER_SIZE} characters, got {header.producer!r}")
    raw = _HEADER.pack(_MAGIC, FORMAT_VERSION, producer, header.created_us, 0)
    return raw[:-4] + crc32(raw[:-4]).to_bytes(4, "little")


def read_header(raw: bytes, name: str) -> Header | None:
    """The header in ``raw``; None if none was written yet. Raises ``NotAJournalError`` for anything else."""
    raw = raw[:HEADER_SIZE]
    if not raw.strip(b"\0"):
        return None
    if not raw.startswith(_MAGIC):
        raise NotAJournalError(f"{name} is not a tidemill journal; it was left as it is")
    if len(raw) < HEADER_SIZE or crc32(raw[:-4]) != int.from_bytes(raw[-4:], "little"):
        raise NotAJournalError(f"the header of {name} is damaged; it was left as it is")
    _, version, producer, created_us, _ = _HEADER.unpack(raw)
    if version != FORMAT_VERSION:
        raise NotAJournalError(f"{name} has journal format {version}; this tidemill reads {FORMAT_VERSION}. Upgrade it")
    return Header(producer.decode("ascii"), created_us)
