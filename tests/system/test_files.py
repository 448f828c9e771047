"""Files that are private, written whole, and given their space ahead or not at all."""

from __future__ import annotations

import errno
import os
import resource
import signal
import stat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tidemill.system.files import (
    can_reserve,
    make_private_folder,
    open_private,
    open_reading,
    portable,
    read_at,
    reserve,
    sync_data,
    sync_folder,
    write_at,
)


@pytest.fixture
def fd(tmp_path):
    fd = open_private(tmp_path / "file", exclusive=True)
    yield fd
    os.close(fd)


@pytest.mark.machine
def test_a_private_folder_is_private_with_those_made_above_it(tmp_path):
    tmp_path.chmod(0o755)
    umask = os.umask(0o022)
    try:
        make_private_folder(tmp_path / "a" / "b" / "c")
        make_private_folder(tmp_path / "a" / "b" / "c")
    finally:
        os.umask(umask)

    modes = [stat.S_IMODE(made.stat().st_mode) for made in (tmp_path, *sorted(tmp_path.rglob("*")))]
    assert modes == [0o755, 0o700, 0o700, 0o700]


@pytest.mark.parametrize(("value", "expected"), [(None, False), ("", False), ("0", False), ("1", True)])
def test_the_fall_backs_can_be_asked_for(monkeypatch, value, expected):
    monkeypatch.delenv("TIDEMILL_PORTABLE", raising=False)
    if value is not None:
        monkeypatch.setenv("TIDEMILL_PORTABLE", value)

    assert portable() is expected
    assert not (portable() and can_reserve())


def test_folders_and_files_are_private(tmp_path):
    make_private_folder(tmp_path / "a" / "b")
    make_private_folder(tmp_path / "a" / "b")
    os.close(open_private(tmp_path / "a" / "b" / "c", create=True))

    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a/b", "a/b/c")]
    assert modes == [0o700, 0o600]


def test_exclusive_means_new(tmp_path, fd):
    with pytest.raises(FileExistsError):
        open_private(tmp_path / "file", exclusive=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(st.binary(max_size=200), st.integers(0, 100), st.integers(0, 300))
def test_what_is_written_is_read(fd, data, offset, size):
    os.truncate(fd, 0)
    write_at(fd, offset, data)

    assert read_at(fd, 0, 500) == (bytes(offset) + data if data else b"")
    assert read_at(fd, offset, size) == data[:size]


def test_a_write_that_is_taken_in_parts_is_written_whole_or_fails(fd):
    """A file size limit makes the system take a part first, and refuse the rest."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(OSError) as caught:
            write_at(fd, 50_000, bytes(60_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, previous)

    assert caught.value.errno == errno.EFBIG
    write_at(fd, 50_000, bytes(60_000))
    assert os.fstat(fd).st_size == 110_000


@pytest.mark.skipif(not can_reserve(), reason="needs posix_fallocate")
def test_reserved_space_is_real_and_reads_as_nothing(fd):
    write_at(fd, 0, b"head")

    reserve(fd, 1_000_000)

    assert os.fstat(fd).st_blocks * 512 >= 1_000_000
    assert read_at(fd, 0, 10) == b"head" + bytes(6)


@pytest.mark.skipif(not can_reserve(), reason="needs posix_fallocate")
def test_space_that_cannot_be_reserved_leaves_the_file_as_it_was(fd):
    write_at(fd, 0, b"head")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(OSError):
            reserve(fd, 1_000_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, previous)

    assert os.fstat(fd).st_size == 4


def test_syncing_and_reading(tmp_path, fd):
    write_at(fd, 0, b"x")
    sync_data(fd)
    sync_folder(tmp_path)

    reading = open_reading(tmp_path / "file")
    assert read_at(reading, 0, 5) == b"x"
    os.close(reading)
