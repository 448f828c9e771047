"""Files below one directory: whole, contained, and copied by the rules."""

from __future__ import annotations

import asyncio
import os

import pytest

from tidemill.filesystems import LocalFileSystem, NullFileSystem, WritableDeploymentStorage, WritableFileSystem


@pytest.fixture
def files(tmp_path):
    return LocalFileSystem(tmp_path / "base")


def test_what_is_written_is_read(files, tmp_path):
    assert files.write_path("a/b.txt", b"content") == str(tmp_path / "base" / "a" / "b.txt")
    assert files.read_path("a/b.txt") == b"content"
    assert files.read_path(str(tmp_path / "base" / "a" / "b.txt")) == b"content"
    assert files.read_head("a/b.txt", 3) == b"con"
    assert files.path_exists("a/b.txt")
    assert not files.path_exists("a")


def test_async_callers_get_the_same(files):
    async def round_trip():
        await files.awrite_path("a", b"1")
        await files.awrite_parts("b", [b"2", b"", b"3"])
        return await files.aread_path("a"), await files.aread_head("b", 1), await files.apath_exists("c")

    assert asyncio.run(round_trip()) == (b"1", b"2", False)
    assert files.read_path("b") == b"23"


def test_what_is_not_there_is_named(files, tmp_path):
    files.write_path("a/b", b"")
    with pytest.raises(ValueError, match=r"There is no file .*/base/c\."):
        files.read_path("c")
    with pytest.raises(ValueError, match="a is not a file"):
        files.read_path("a")
    with pytest.raises(ValueError, match="There is no directory"):
        files.get_directory("c", str(tmp_path / "out"))


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", "link/x", "~root/x"])
def test_no_path_leads_out(files, tmp_path, path):
    (tmp_path / "base").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "base" / "link").symlink_to(tmp_path / "outside")

    with pytest.raises((ValueError, RuntimeError)):
        files.write_path(path, b"")
    assert not (tmp_path / "x").exists()
    assert os.listdir(tmp_path / "outside") == []


def test_directories_come_and_go(files, tmp_path):
    source = tmp_path / "code"
    (source / "pkg" / "__pycache__").mkdir(parents=True)
    (source / "pkg" / "flow.py").write_text("flow")
    (source / "pkg" / "__pycache__" / "flow.pyc").write_text("no")
    (source / ".ignore").write_text("__pycache__/\n*.log\n!keep.log\n")
    (source / "a.log").write_text("no")
    (source / "keep.log").write_text("yes")

    files.put_directory(str(source), "deployed", ignore_file=str(source / ".ignore"))
    asyncio.run(files.aget_directory("deployed", str(tmp_path / "out")))

    found = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert found == [".ignore", "keep.log", "pkg/flow.py"]


def test_the_null_file_system_keeps_nothing():
    async def round_trip():
        await NullFileSystem().write_path("a", b"1")
        await NullFileSystem().put_directory("a")
        await NullFileSystem().get_directory("a")
        return await NullFileSystem().read_path("a")

    assert asyncio.run(round_trip()) == b""


def test_a_local_file_system_is_what_it_should_be(tmp_path):
    assert isinstance(LocalFileSystem(), WritableFileSystem)
    assert isinstance(LocalFileSystem(), WritableDeploymentStorage)
    assert LocalFileSystem("a") == LocalFileSystem(basepath="a") != LocalFileSystem("b")
