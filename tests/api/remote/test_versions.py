"""The server's version, before anything is reported to it."""

from __future__ import annotations

import logging

import pytest

from tests.serving import serving
from tidemill._version import __version__
from tidemill.api.remote import versions
from tidemill.api.remote.http import Connection
from tidemill.api.remote.login import Login, login_of
from tidemill.api.remote.refusals import ServerAwayError
from tidemill.exceptions import ConfigurationError
from tidemill.settings import Settings
from tidemill.store.sqlite.store import SqliteStore
from tidemill.system.clock import SystemClock

CHECKING = Login(checks_version=True)


def checked(theirs, monkeypatch):
    monkeypatch.setattr(versions, "__version__", "2.3.1")
    versions.VersionCheck("http://tide/api").make(lambda: theirs)


@pytest.mark.parametrize("theirs", ["2.3.1", "2.4.0", "2.4.0rc1", "2.3.1+local"])
def test_the_same_and_newer_ones_go_without_a_word(theirs, monkeypatch, caplog):
    checked(theirs, monkeypatch)

    assert not caplog.records


def test_an_older_one_is_warned_of(monkeypatch, caplog):
    with caplog.at_level(logging.WARNING, "tidemill.home"):
        checked("2.2.9", monkeypatch)

    assert "http://tide/api runs tidemill 2.2.9, which is older than this one (2.3.1)" in caplog.text


@pytest.mark.parametrize("theirs", ["1.9.0", "3.0.0"])
def test_another_major_version_is_refused(theirs, monkeypatch):
    with pytest.raises(
        ConfigurationError, match=rf"runs tidemill {theirs}, and this is 2\.3\.1.*VERSION_CHECK_ENABLED"
    ):
        checked(theirs, monkeypatch)


def test_it_is_asked_for_once_and_again_where_nobody_answered():
    asked = []

    def answer():
        asked.append(True)
        if len(asked) == 1:
            raise ServerAwayError("away")
        return __version__

    check = versions.VersionCheck("http://tide/api")
    with pytest.raises(ServerAwayError):
        check.make(answer)
    check.make(answer)
    check.make(answer)

    assert len(asked) == 2


def test_a_report_to_a_server_of_another_major_version_is_refused(monkeypatch):
    monkeypatch.setattr(versions, "__version__", "99.0.0")
    with SqliteStore.in_memory() as store, serving(store) as url:
        connection = Connection(url, SystemClock(), CHECKING)
        with pytest.raises(ConfigurationError, match=r"this is 99\.0\.0"):
            connection.ask("/tm/store/end_producer", b"{}")
        connection.close()


def test_the_setting_turns_it_off():
    assert login_of(Settings()).checks_version
    assert not login_of(Settings(client={"server_version_check_enabled": False})).checks_version
