from __future__ import annotations

from pathlib import Path

import pytest

from tests.postgres import new_database
from tidemill.exceptions import OptionError
from tidemill.settings import Settings
from tidemill.store.addresses import is_postgres, migrate_to, sqlite_path, version_of
from tidemill.store.configured import open_configured
from tidemill.store.errors import OutdatedStoreError
from tidemill.store.migrations import CURRENT
from tidemill.store.sqlite.store import SqliteStore


def opened(url, **values):
    return open_configured(Settings(server={"database": {"connection_url": url, **values}}).server.database)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///tidemill.db", Path("tidemill.db").absolute()),
        ("sqlite:////var/lib/tidemill.db", Path("/var/lib/tidemill.db")),
        ("sqlite+aiosqlite:////var/lib/a%20b.db?timeout=60", Path("/var/lib/a b.db")),
        ("sqlite:///~/tidemill.db", Path("~/tidemill.db").expanduser()),
        ("sqlite://", None),
        ("sqlite:///:memory:", None),
        ("sqlite+aiosqlite:///file::memory:?cache=shared&uri=true&check_same_thread=false", None),
    ],
)
def test_a_sqlite_address_names_a_file_or_none(url, path):
    assert not is_postgres(url)
    assert sqlite_path(url) == path


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("postgresqll://x/y", "begins with 'postgresqll'.*did you mean 'postgresql'"),
        ("mysql://x/y", "begins with 'mysql'.*it begins with"),
        ("tidemill.db", "no database is called so"),
        ("sqlite://host/file", "names a host"),
        ("sqlite:///file?journal=off", "a parameter 'journal'"),
    ],
)
def test_what_is_no_address_is_refused_in_words(url, complaint):
    with pytest.raises(OptionError, match=complaint):
        opened(url)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    """The address of a database that is not there yet, or in which there is nothing."""
    if request.param == "postgres":
        return new_database("opening")
    return f"sqlite:///{tmp_path / 'home' / 'tidemill.db'}"


def test_opening_makes_the_tables_and_steps_lead_back_and_forth(url):
    assert version_of(url) == 0

    opened(url).close()
    assert version_of(url) == CURRENT
    migrate_to(url, 1)
    assert version_of(url) == 1
    with pytest.raises(OutdatedStoreError, match=f"has schema 1, and this tidemill needs {CURRENT}.*upgrade"):
        opened(url, migrate_on_start=False)
    opened(url).close()

    assert version_of(url) == CURRENT
    with opened(url, migrate_on_start=False) as store:
        assert store.find_flow_runs() == []


def test_a_store_in_memory_is_always_up_to_date():
    migrate_to("sqlite://", 0)

    assert version_of("sqlite://") == CURRENT
    with opened("sqlite://", migrate_on_start=False) as store:
        assert isinstance(store, SqliteStore)
