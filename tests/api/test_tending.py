"""What whoever opens a home does first."""

from __future__ import annotations

import logging
import os

from tidemill.api.embedded import Home


def test_a_file_that_is_no_journal_is_passed_over_and_left_as_it_is(tmp_path, caplog):
    stray = tmp_path / "home" / "journal" / "zzz.log"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(content := os.urandom(3000))

    with caplog.at_level(logging.WARNING, "tidemill.home"):
        Home(tmp_path / "home").close()

    assert stray.read_bytes() == content
    assert "zzz.log" in caplog.text
