from __future__ import annotations

import logging
from urllib.parse import parse_qs

import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.postgres import empty_database
from tests.store.conformance.story import NOW, an_id
from tidemill.domain.events import RESOURCE_ID
from tidemill.domain.states import from_us
from tidemill.settings import Settings
from tidemill.store.addresses import migrate_to
from tidemill.store.asking import scalar
from tidemill.store.configured import open_configured, open_server_store, with_parameters
from tidemill.store.errors import OutdatedStoreError, StoreBusyError, UnsuitablePlaceError
from tidemill.store.postgres.address import address_of
from tidemill.store.postgres.store import PostgresStore
from tidemill.store.sqlite.store import SqliteStore
from tidemill.wire.events import EventFilter
from tidemill.wire.events import ToldEvent as Told


def database(**values):
    return Settings(server={"database": values}).server.database


def test_a_file_is_opened(tmp_path):
    with open_configured(database(connection_url=f"sqlite:///{tmp_path / 'here' / 'x.db'}")) as store:
        assert isinstance(store, SqliteStore)
    assert (tmp_path / "here" / "x.db").exists()


def test_without_an_address_the_store_is_in_the_home_whatever_it_is_called(tmp_path):
    home = tmp_path / "50%20 ?home"

    with open_server_store(Settings(home=home)) as store:
        assert store.where == str(home / "tidemill.db")


def test_postgres_is_opened_with_so_many_connections():
    wanted = database(connection_url=empty_database(), sqlalchemy={"pool_size": 3, "pool_timeout": 0.5})

    with open_configured(wanted) as store:
        assert isinstance(store, PostgresStore)
        assert store.find_flow_runs() == []


def settings_in(store):
    with store._connections.reading() as session:
        return scalar(session, "SELECT current_setting('statement_timeout')")


def test_no_statement_takes_longer_than_the_settings_let_it():
    url = empty_database()

    with open_configured(database(connection_url=url, timeout=1.5)) as store:
        assert settings_in(store) == "1500ms"
    with open_configured(database(connection_url=url, timeout=None)) as store:
        assert settings_in(store) == "0"


def test_a_statement_that_takes_too_long_is_ended():
    with open_configured(database(connection_url=empty_database(), timeout=0.01)) as store:
        with pytest.raises(StoreBusyError, match="statement timeout"), store._connections.reading() as session:
            session.execute("SELECT pg_sleep(30)")


def test_a_step_of_migration_has_a_time_of_its_own():
    with open_configured(database(connection_url=empty_database(), timeout=1, migration_timeout=600)) as store:
        with store._connections.alone(600) as connection:
            assert connection.execute("SHOW statement_timeout").fetchone() == ("10min",)
        with store._connections.alone() as connection:
            assert connection.execute("SHOW statement_timeout").fetchone() == ("0",)


@pytest.mark.parametrize("where", ["file", "postgres"])
def test_statements_are_logged_where_that_is_asked_for_without_what_is_bound(where, tmp_path, caplog):
    url = empty_database() if where == "postgres" else f"sqlite:///{tmp_path / 'x.db'}"
    told = Told(event="x.happened", id=an_id("event"), occurred=from_us(NOW), resource={RESOURCE_ID: "canary"})

    with caplog.at_level(logging.INFO, "tidemill.store.statements"):
        with open_configured(database(connection_url=url, echo=True)) as store:
            assert store.take_events([told], NOW) == 1
            with store.together():
                assert len(store.find_events(EventFilter(), limit=1)[0]) == 1

    assert any("INSERT INTO event (" in line for line in caplog.messages)
    assert "canary" not in caplog.text


def test_an_old_schema_is_left_alone_where_that_is_asked_for(tmp_path):
    url = f"sqlite:///{tmp_path / 'home' / 'x.db'}"
    migrate_to(url, 1)

    with pytest.raises(OutdatedStoreError):
        open_configured(database(connection_url=url, migrate_on_start=False))
    open_configured(database(connection_url=url)).close()


@pytest.mark.parametrize(
    ("values", "query"),
    [
        ({}, {"connect_timeout": ["5"]}),
        ({"connection_timeout": None}, {}),
        (
            {"sqlalchemy": {"connect_args": {"application_name": "mine", "search_path": "runs"}}},
            {"connect_timeout": ["5"], "application_name": ["mine"], "options": ["-csearch_path=runs"]},
        ),
        (
            {"sqlalchemy": {"connect_args": {"tls": {"enabled": True, "ca_file": "/ca", "check_hostname": False}}}},
            {"connect_timeout": ["5"], "sslmode": ["verify-ca"], "sslrootcert": ["/ca"]},
        ),
        (
            {"sqlalchemy": {"connect_args": {"tls": {"enabled": True}}}},
            {"connect_timeout": ["5"], "sslmode": ["verify-full"], "sslrootcert": ["system"]},
        ),
    ],
)
def test_settings_become_parameters_of_the_connection(values, query):
    _, _, said = with_parameters("postgresql://db/runs", database(**values)).partition("?")

    assert parse_qs(said) == query


def test_what_the_address_says_goes_before_the_settings():
    tls = {"sqlalchemy": {"connect_args": {"tls": {"enabled": True}}}, "connection_timeout": None}

    for said, meant in (("ssl=require", "require"), ("ssl=true", "require"), ("sslmode=disable", "disable")):
        url = with_parameters(f"postgresql+asyncpg://ann:a/b?c@db/runs?{said}", database(**tls))
        found = conninfo_to_dict(address_of(url).conninfo)
        assert (found["sslmode"], found["password"], found["host"]) == (meant, "a/b?c", "db")
        assert "sslrootcert" not in found


def test_without_psycopg_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)

    with pytest.raises(UnsuitablePlaceError, match=r"pip install \"tidemill\[postgres\]\""):
        open_configured(database(connection_url="postgresql://db/runs"))
