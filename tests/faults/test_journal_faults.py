"""Kills, power cuts, damage and full disks under a journal. Covers F3 and F14 as far as the journal goes."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import shutil
import signal
import subprocess
from uuid import uuid4

import pytest

from tests.conftest import FULL
from tidemill.journal.errors import JournalBrokenError
from tidemill.journal.feed import drain
from tidemill.journal.file import create_journal, journal_path
from tidemill.journal.orphans import orphans
from tidemill.journal.reading import JournalReader
from tidemill.journal.record import HEADER_SIZE, START
from tidemill.system import failpoints

PAGE = 4096
KILLS = int(os.environ.get("TIDEMILL_FAULT_KILLS", "12" if FULL else "4"))
POWER_CUTS = int(os.environ.get("TIDEMILL_FAULT_POWER_CUTS", "150"))


@pytest.fixture(params=["mapped", "plain"])
def backend(request, monkeypatch):
    monkeypatch.setenv("TIDEMILL_PORTABLE", "1" if request.param == "plain" else "")
    return request.param


def entry(i):
    return i % 250 + 2, b'["r",%d,"' % i + b"x" * (i * 131 % 900) + b'"]'


def new_journal(folder, **options):
    producer = str(uuid4())
    return create_journal(journal_path(folder, producer), producer, **options)


def read_back(path):
    read, place = [], START
    with JournalReader(path) as reader:
        while (piece := reader.read_batch(place)).records:
            read += piece.records
            place = piece.next
    return read


def killed_while_appending(folder, fail, wanted):
    """Fork a child that appends until the fail point kills it (or it kills itself after ``wanted``); gives what it acknowledged."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        with contextlib.suppress(BaseException):
            failpoints.arm(fail)
            journal = new_journal(folder)
            for i in range(1, wanted + 1):
                assert journal.append(*entry(i)) == i
                os.write(writing, b"%d\n" % i)
                if i % 10 == 0:
                    journal.sync()
            os.kill(os.getpid(), signal.SIGKILL)
        os._exit(1)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        acknowledged = [int(line) for line in pipe]
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    return len(acknowledged)


def test_a_killed_process_loses_nothing_it_appended(backend, tmp_path):
    acknowledged = killed_while_appending(tmp_path, "", 2_500)

    (orphan,) = orphans(tmp_path)

    assert acknowledged == 2_500
    assert read_back(orphan.path) == [entry(i) for i in range(1, 2_501)]


@pytest.mark.parametrize(
    "point", ["before_write", "after_write", "before_sync", "after_sync", "extend"], ids=lambda point: point
)
def test_killed_at_any_point_every_acknowledged_entry_is_there(backend, tmp_path, point):
    """And at most one more: written, but its number never told."""
    for kill in range(KILLS):
        folder = tmp_path / str(kill)
        folder.mkdir()
        nth = 1 + kill * 7 if point.endswith("write") else 1 + kill
        acknowledged = killed_while_appending(folder, f"journal.{point}:{nth}:kill", 400)
        found = []

        for orphan in orphans(folder):
            drain(orphan.path, lambda batch: found.extend(batch.payloads) or batch.last_seq)
            orphan.done(0)

        assert found == [entry(i) for i in range(1, len(found) + 1)]
        assert acknowledged <= len(found) <= acknowledged + 1
        assert list(orphans(folder)) == []


def write_with_sync(folder, rng):
    """A journal of which a part is synced: its bytes, where the safe part ends, and what was written."""
    journal = new_journal(folder)
    count = rng.randrange(1, 120)
    synced_count = rng.randrange(0, count + 1)
    safe = HEADER_SIZE
    for i in range(1, count + 1):
        journal.append(*entry(i))
        if i == synced_count:
            journal.sync()
            safe = journal.size
    raw = journal.path.read_bytes()[: journal.size]
    journal.close()
    return journal.path, raw, safe, synced_count, [entry(i) for i in range(1, count + 1)]


def lose_power(raw, safe, rng):
    """What a disk may hold afterwards: of the pages behind the safe part any may be missing, and so may the end."""
    raw = bytearray(raw)
    for page in range(safe // PAGE, len(raw) // PAGE + 1):
        if rng.random() < 0.4:
            begin = max(page * PAGE, safe)
            end = min((page + 1) * PAGE, len(raw))
            raw[begin:end] = bytes(max(end - begin, 0))
    if rng.random() < 0.5:
        del raw[rng.randrange(safe, len(raw) + 1) :]
    if rng.random() < 0.3:
        raw += bytes(rng.randrange(3 * PAGE))
    return bytes(raw)


def test_a_power_cut_leaves_a_prefix_that_holds_all_that_was_synced(backend, tmp_path):
    for seed in range(POWER_CUTS):
        rng = random.Random(seed)
        path, raw, safe, synced, written = write_with_sync(tmp_path, rng)

        path.write_bytes(lose_power(raw, safe, rng))

        read = read_back(path)
        assert read == written[: len(read)], f"seed {seed}"
        assert len(read) >= synced, f"seed {seed}"
        path.unlink()


def test_a_flipped_bit_ends_the_journal_at_its_record(backend, tmp_path):
    rng = random.Random(7)
    path, raw, _, _, written = write_with_sync(tmp_path, rng)
    for _ in range(POWER_CUTS):
        damaged = bytearray(raw)
        damaged[rng.randrange(HEADER_SIZE, len(raw))] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)

        read = read_back(path)

        assert len(read) < len(written)
        assert read == written[: len(read)]


def test_a_child_that_outlives_a_killed_parent_does_not_hide_the_orphan(backend, tmp_path):
    """F10: a worker process forked while the journal was open."""
    reading, writing = os.pipe()
    gate, held = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(held)
        journal = new_journal(tmp_path)
        journal.append(*entry(1))
        if os.fork() == 0:
            os.write(writing, b"x")
            os.read(gate, 1)
            os._exit(0)
        os.read(gate, 1)
        os._exit(0)
    os.read(reading, 1)
    assert list(orphans(tmp_path)) == []

    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)

    assert [read_back(orphan.path) for orphan in orphans(tmp_path)] == [[entry(1)]]
    for fd in (reading, writing, gate, held):
        os.close(fd)


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of one MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    if (
        mount is None
        or subprocess.run([mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True).returncode
    ):
        pytest.skip("cannot mount a tmpfs here")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def fill_up(disk):
    ballast = disk / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(PAGE))
    return ballast


def append_until_full(journal, payload):
    try:
        while True:
            journal.append(5, payload)
    except OSError as error:
        return error.errno


def test_a_full_disk_refuses_an_entry_and_goes_on_when_there_is_room(backend, tiny_disk):
    journal = new_journal(tiny_disk)
    ballast = fill_up(tiny_disk)

    assert append_until_full(journal, bytes(3000)) == errno.ENOSPC
    written = [(5, bytes(3000))] * journal.last_seq
    size, seq = journal.size, journal.last_seq
    with pytest.raises(OSError):
        journal.append(5, bytes(3000))
    assert (journal.size, journal.last_seq) == (size, seq) == (size, len(written))

    ballast.unlink()
    assert journal.append(6, bytes(3000)) == seq + 1
    journal.sync()
    journal.close()
    assert read_back(journal.path) == [*written, (6, bytes(3000))]


def test_a_journal_uses_a_disk_to_its_end(backend, tiny_disk):
    """Reserving in large steps does not waste what is left."""
    journal = new_journal(tiny_disk)

    append_until_full(journal, bytes(900))

    assert journal.size > 1024 * 1024 - 4 * PAGE
    journal.close()


def test_no_journal_begins_on_a_full_disk(backend, tiny_disk):
    ballast = fill_up(tiny_disk)

    with pytest.raises(OSError):
        new_journal(tiny_disk / "journal")

    ballast.unlink()
    assert list(tiny_disk.rglob("*.log")) == []
    journal = new_journal(tiny_disk / "journal")
    assert journal.append(5, b"a") == 1
    journal.close()


def test_a_failing_disk_stops_acknowledging_and_what_was_safe_is_recovered(backend, tmp_path):
    journal = new_journal(tmp_path)
    journal.append(*entry(1))
    journal.sync()
    journal.append(*entry(2))
    failpoints.arm("journal.after_sync:1:raise")
    try:
        with pytest.raises(JournalBrokenError):
            journal.sync()
    finally:
        failpoints.arm("")

    with pytest.raises(JournalBrokenError):
        journal.append(*entry(3))
    assert journal.synced_seq == 1
    journal.close()

    assert read_back(journal.path)[:1] == [entry(1)]
