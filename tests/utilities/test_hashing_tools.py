"""Hashes as hexadecimal texts."""

from __future__ import annotations

import hashlib
import threading

import pytest

from tidemill.exceptions import HashError
from tidemill.utilities.hashing import file_hash, hash_objects, stable_hash


def test_texts_and_bytes_are_hashed_one_after_the_other():
    assert stable_hash("a", b"b") == hashlib.md5(b"ab").hexdigest()
    assert stable_hash("a", hash_algo=hashlib.sha256) == hashlib.sha256(b"a").hexdigest()


def test_objects_are_hashed_by_content():
    assert hash_objects(1, {"b": 1, "a": 2}, x=[3]) == hash_objects(1, {"a": 2, "b": 1}, x=[3])
    assert len({hash_objects(1), hash_objects(1.0), hash_objects(x=1), hash_objects([1])}) == 4


def test_what_has_no_content_gives_none_or_an_error():
    assert hash_objects(threading.Lock()) is None
    with pytest.raises(HashError, match="a lock has no content"):
        hash_objects(threading.Lock(), raise_on_failure=True)


def test_a_file_is_hashed_by_content(tmp_path):
    (tmp_path / "a").write_bytes(b"content")

    assert file_hash(str(tmp_path / "a")) == hashlib.md5(b"content").hexdigest()
    assert file_hash(str(tmp_path / "a"), hash_algo=hashlib.sha256) == hashlib.sha256(b"content").hexdigest()
