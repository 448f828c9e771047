"""Whatever happens to the bytes, what is read is a prefix of what was written. Covers F14 (torn and flipped tails)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.journal.errors import NotAJournalError, RecordTooLargeError
from tidemill.journal.record import (
    MAX_PAYLOAD,
    OVERHEAD,
    Header,
    claimed_size,
    pack,
    pack_header,
    read_header,
    scan,
)

PRODUCER = "01890a5d-ac96-774b-bcce-b302099a8057"

entries = st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=80)), max_size=12)


def packed(written, first=1):
    return b"".join(pack(seq, kind, payload) for seq, (kind, payload) in enumerate(written, first))


def is_prefix(read, written):
    return read == written[: len(read)]


@given(entries)
def test_what_was_written_is_read(written):
    raw = packed(written)

    assert scan(raw, 0, 1) == (written, len(raw))


@given(entries, st.integers(0, 2000))
def test_a_torn_tail_ends_the_journal_before_it(written, cut):
    raw = packed(written)[:cut]

    records, end = scan(raw, 0, 1)

    assert is_prefix(records, written)
    assert end == len(packed(records)) <= cut


@given(entries.filter(bool), st.data())
def test_a_flipped_byte_ends_the_journal_at_its_record(written, data):
    raw = bytearray(packed(written))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))

    records, end = scan(bytes(raw), 0, 1)

    assert is_prefix(records, written)
    assert end <= at


@given(entries, st.binary(max_size=200))
def test_garbage_behind_the_end_is_not_believed(written, garbage):
    assert scan(packed(written) + garbage, 0, 1).records == written


@given(entries, st.integers(0, 5000))
def test_reserved_space_is_the_end(written, reserved):
    assert scan(packed(written) + bytes(reserved), 0, 1) == (written, len(packed(written)))


@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 2**64 - 1))
def test_scanning_anything_never_raises(raw, position, seq):
    scan(raw, position, seq)
    claimed_size(raw, position)


@given(entries.filter(bool), entries)
def test_records_of_an_earlier_life_are_not_believed(written, old):
    stale = packed(old, first=len(written) + 2)

    assert scan(packed(written) + stale, 0, 1).records == written


@given(entries, st.integers(0, 5), st.integers(0, 300))
def test_limits_cut_between_records_and_lose_nothing(written, max_records, max_bytes):
    raw, read, position = packed(written), [], 0

    while (
        max_records
        and (piece := scan(raw, position, len(read) + 1, max_records=max_records, max_bytes=max_bytes)).records
    ):
        assert len(piece.records) <= max_records
        assert len(piece.records) == 1 or piece.end - position <= max_bytes
        read, position = read + piece.records, piece.end

    assert read == (written if max_records else [])


def test_an_entry_that_is_too_large_is_refused_by_name():
    with pytest.raises(RecordTooLargeError, match=r"kind 3 has 67,108,865 bytes; the journal takes 67,108,864"):
        pack(1, 3, bytes(MAX_PAYLOAD + 1))


def test_the_largest_entry_is_taken():
    payload = bytes(MAX_PAYLOAD)

    assert scan(pack(1, 3, payload), 0, 1) == ([(3, payload)], OVERHEAD + MAX_PAYLOAD)


def test_a_header_says_whose_it_is():
    header = Header(PRODUCER, 1_700_000_000_000_000)

    assert read_header(pack_header(header) + b"records", "j") == header


@pytest.mark.parametrize("raw", [b"", bytes(64), bytes(7)])
def test_a_header_that_was_never_written_is_none(raw):
    assert read_header(raw, "j") is None


@given(st.data())
def test_a_damaged_header_is_refused(data):
    raw = bytearray(pack_header(Header(PRODUCER, 1)))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))

    with pytest.raises(NotAJournalError, match=r"j\.log"):
        read_header(bytes(raw), "j.log")


def test_a_producer_that_is_no_uuid_is_refused():
    with pytest.raises(ValueError, match="producer id of 36 characters, got 'me'"):
        pack_header(Header("me", 1))
