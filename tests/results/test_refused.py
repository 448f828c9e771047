"""A record that is not exactly what this home wrote is refused, before anything in it is unpickled."""

from __future__ import annotations

import dataclasses
import pickle

import pytest

from tests.results.remote import KEY, Remote
from tidemill.exceptions import MissingResult, UntrustedResult
from tidemill.filesystems import LocalFileSystem
from tidemill.results import (
    ResultStore,
)
from tidemill.results.record import header_of, seal_header
from tidemill.results.secret import Seal


class Bomb:
    exploded = False

    def __reduce__(self):
        return (setattr, (Bomb, "exploded", True))


def every_cut(blob):
    yield from (blob[:size] for size in (0, 1, 8, 12, 27, 28, 100, len(blob) - 1))
    yield blob + b"x"


def every_flip(blob):
    for position in (0, 7, 8, 13, 20, 28, 60, 150, len(blob) - 1):
        changed = bytearray(blob)
        changed[position] ^= 1
        yield bytes(changed)


@pytest.mark.parametrize("damage", [every_cut, every_flip])
def test_a_damaged_record_is_refused_before_it_is_unpickled(local, tmp_path, damage):
    local.write(Bomb(), key="a")
    path = tmp_path / "storage" / "a"

    for changed in damage(path.read_bytes()):
        path.write_bytes(changed)
        with pytest.raises((UntrustedResult, MissingResult)):
            local.read("a")
    assert not Bomb.exploded


def test_a_record_of_another_home_is_refused(local):
    dataclasses.replace(local, key=b"x" * 32).write(Bomb(), key="a")

    assert not local.exists("a")
    with pytest.raises(UntrustedResult, match="under another key"):
        local.read("a")
    assert not Bomb.exploded


def test_a_plain_pickle_is_refused(local, tmp_path):
    (tmp_path / "storage").mkdir()
    (tmp_path / "storage" / "a").write_bytes(pickle.dumps(Bomb()))

    with pytest.raises(UntrustedResult, match="not a record of tidemill's"):
        local.read("a")
    assert not Bomb.exploded


def test_a_record_that_was_moved_to_another_key_is_refused(local, tmp_path):
    local.write(1, key="a")
    (tmp_path / "storage" / "a").rename(tmp_path / "storage" / "b")

    with pytest.raises(UntrustedResult, match="belongs to 'a'"):
        local.read("b")


def test_bytes_that_were_swapped_under_a_header_are_refused(tmp_path, clock):
    remote = Remote()
    store = ResultStore(
        result_storage=remote, metadata_storage=LocalFileSystem(tmp_path), cache_result_in_memory=False, key=KEY
    )
    store.write([1], key="a")
    for name in remote.files:
        remote.files[name] = pickle.dumps(Bomb())

    with pytest.raises(UntrustedResult):
        store.read("a")
    assert not Bomb.exploded


def test_a_record_cannot_name_a_serializer_to_import(local, tmp_path):
    record = local.create_result_record(1, key="a")
    header = header_of(record, b"1")
    forged = type(header)(**{**{f: getattr(header, f) for f in header.__struct_fields__}, "serializer": "os.system"})
    (tmp_path / "storage").mkdir()
    (tmp_path / "storage" / "a").write_bytes(seal_header(forged, Seal(KEY, b"tidemill.result")) + b"1")

    with pytest.raises(ValueError, match=r"no serializer 'os\.system'"):
        local.read("a")
