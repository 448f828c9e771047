"""What whoever opens a home does first."""

from __future__ import annotations

import logging
import os

from tidemill.api.embedded import Home, Recording


def test_a_file_that_is_no_journal_is_passed_over_and_left_as_it_is(tmp_path, caplog):
    stray = tmp_path / "home" / "journal" / "zzz.log"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(content := os.urandom(3000))

    with caplog.at_level(logging.WARNING, "tidemill.home"):
        Home(tmp_path / "home").close()

    assert stray.read_bytes() == content
    assert "zzz.log" in caplog.text


def test_a_journal_stays_as_long_as_the_settings_say_and_who_only_looks_deletes_none(tmp_path):
    folder = tmp_path / "home"
    aside = folder / "journal" / "old.applied"
    aside.parent.mkdir(parents=True)
    aside.touch()
    an_hour_ago = aside.stat().st_mtime - 3600
    os.utime(aside, (an_hour_ago, an_hour_ago))

    Home(folder).close()
    Home(folder, recording=Recording(keep_seconds=7200)).close()
    assert aside.exists()

    Home(folder, recording=Recording(keep_seconds=3000)).close()
    assert not aside.exists()
