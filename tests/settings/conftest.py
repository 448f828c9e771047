"""A home of its own for each test, with nothing from the machine's environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tidemill.settings.context import choose_profile


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("TIDEMILL_"):
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("TIDEMILL_HOME", str(folder))
    choose_profile(None)
    yield folder
    choose_profile(None)


@pytest.fixture
def profiles(home: Path):
    """Write the file of profiles."""

    def write(text: str) -> Path:
        home.mkdir(exist_ok=True)
        path = home / "profiles.toml"
        path.write_text(text)
        return path

    return write
