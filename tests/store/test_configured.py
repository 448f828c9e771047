from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from tests.postgres import empty_database
from tidemill.settings import Settings
from tidemill.store.configured import open_configured, open_server_store, with_parameters
from tidemill.store.errors import OutdatedStoreError, UnsuitablePlaceError
from tidemill.store.opening import migrate_to
from tidemill.store.postgres.store import PostgresStore
from tidemill.store.sqlite.store import SqliteStore


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


def test_an_old_schema_is_left_alone_where_that_is_asked_for(tmp_path):
    url = f"sqlite:///{tmp_path / 'home' / 'x.db'}"
    migrate_to(url, 1)

    with pytest.raises(OutdatedStoreError):
        open_configured(database(connection_url=url, migrate_on_start=False))
    open_configured(database(connection_url=url, migrate_on_start=False), migrate=True).close()


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

    assert with_parameters("postgresql://db/runs?ssl=require", database(**tls)).endswith("runs?sslmode=require")


def test_without_psycopg_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)

    with pytest.raises(UnsuitablePlaceError, match=r"pip install \"tidemill\[postgres\]\""):
        open_configured(database(connection_url="postgresql://db/runs"))
