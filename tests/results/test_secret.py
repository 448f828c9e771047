"""The key of a home is made once, whole, for its owner only."""

from __future__ import annotations

import multiprocessing
import stat

import pytest

from tidemill.exceptions import ConfigurationError
from tidemill.results.secret import Seal, home_key
from tidemill.system import failpoints


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    home = tmp_path / "a" / "home"

    key = home_key(home)

    assert len(key) == 32
    assert home_key(home) == key
    assert stat.S_IMODE((home / "secret.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert [file.name for file in home.iterdir()] == ["secret.key"]


def test_many_processes_that_come_first_agree(tmp_path):
    context = multiprocessing.get_context("fork")
    with context.Pool(8) as pool:
        keys = pool.map(home_key, [tmp_path / "home"] * 32)

    assert len(set(keys)) == 1


def test_a_file_that_is_no_key_is_refused_and_named(tmp_path):
    (tmp_path / "secret.key").write_bytes(b"short")

    with pytest.raises(ConfigurationError, match=r"secret\.key holds 5 bytes"):
        home_key(tmp_path)


def test_a_failure_on_the_way_leaves_nothing(tmp_path):
    failpoints.arm("secret.before_link:1:raise")
    try:
        with pytest.raises(OSError, match="fail point"):
            home_key(tmp_path)
    finally:
        failpoints.arm("")

    assert list(tmp_path.iterdir()) == []
    assert len(home_key(tmp_path)) == 32


def test_a_mark_holds_for_one_key_one_purpose_and_one_content():
    marks = {
        Seal(key, purpose).mac(content)
        for key in (b"a" * 32, b"b" * 32)
        for purpose in (b"one", b"two")
        for content in (b"x", b"y")
    }

    assert len(marks) == 8
