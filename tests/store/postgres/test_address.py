from __future__ import annotations

from urllib.parse import unquote

import pytest
from psycopg.conninfo import conninfo_to_dict

from tidemill.exceptions import OptionError
from tidemill.store.postgres.address import SILENCE, address_of


@pytest.mark.parametrize("kind", ["postgresql", "postgres", "postgresql+asyncpg", "postgresql+psycopg"])
def test_every_spelling_names_the_same_database(kind):
    address = address_of(f"{kind}://ann:s%40cret@db.example:6543/runs")

    assert conninfo_to_dict(address.conninfo) == {
        "user": "ann", "password": "s@cret", "host": "db.example", "port": "6543", "dbname": "runs",
        "application_name": "tidemill", "connect_timeout": "10", **SILENCE,
    }  # fmt: skip
    assert address.where == "postgresql://ann@db.example:6543/runs"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ssl=require", {"sslmode": "require"}),
        ("ssl=true", {"sslmode": "require"}),
        ("sslmode=verify-full&sslrootcert=/ca.pem", {"sslmode": "verify-full", "sslrootcert": "/ca.pem"}),
        ("timeout=5", {"connect_timeout": "5"}),
        ("timeout=4.5", {"connect_timeout": "5"}),
        ("options=-csearch_path%3Dmine", {"options": "-csearch_path=mine"}),
        ("application_name=mine", {"application_name": "mine"}),
        ("keepalives_idle=300", {"keepalives_idle": "300"}),
        ("statement_cache_size=0&prepared_statement_cache_size=0", {}),
    ],
)
def test_parameters_of_other_drivers_are_translated(query, found):
    told = conninfo_to_dict(address_of(f"postgresql+asyncpg://db/runs?{query}").conninfo)

    ours = {"application_name": "tidemill", "connect_timeout": "10", **SILENCE}
    assert told == {"host": "db", "dbname": "runs", **ours, **found}


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("sslmodus=require", "a parameter 'sslmodus'.*did you mean 'sslmode'"),
        ("pool_size=5", "a parameter 'pool_size'.*leave it out"),
        ("prepare_threshold=x", "'prepare_threshold' to be a whole number"),
        ("timeout=soon", "'timeout' to be a number of seconds"),
    ],
)
def test_a_parameter_that_means_nothing_is_refused_by_name(query, complaint):
    with pytest.raises(OptionError, match=complaint):
        address_of(f"postgresql://db/runs?{query}")


def test_it_may_be_said_when_statements_are_prepared():
    assert address_of("postgresql://db/runs").prepare_threshold is None
    assert address_of("postgresql://db/runs?prepare_threshold=3").prepare_threshold == 3


@pytest.mark.parametrize("secret", ["s3cret", "s3c/ret", "s3#c?r:et", "s3%2Fcret", "s3%cret", "s3c ret", "%C3%BCs3"])
def test_a_password_is_read_as_it_is_and_never_shown(secret):
    address = address_of(f"postgresql+asyncpg://ann:{secret}@db:1/runs?sslmode=require")

    told = conninfo_to_dict(address.conninfo)
    assert (told["user"], told["password"], told["host"], told["dbname"]) == ("ann", unquote(secret), "db", "runs")
    assert address.where == "postgresql://ann@db:1/runs"


def test_what_is_no_address_is_refused_without_telling_the_password():
    with pytest.raises(OptionError, match="postgresql://ann@db/runs is none") as refused:
        address_of("postgresql://ann:s3cret%00@db/runs")

    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("postgresql:///runs?host=/run/pg", "postgresql:///run/pg/runs"),
        ("postgresql+asyncpg:///runs?host=/run/pg&user=ann", "postgresql:///run/pg/runs"),
        ("postgresql://%2Frun%2Fpg/runs", "postgresql://%2Frun%2Fpg/runs"),
        ("postgresql://ann@/runs?host=/run/pg", "postgresql://ann@/run/pg/runs"),
    ],
)
def test_a_socket_is_a_place(url, where):
    address = address_of(url)

    told = conninfo_to_dict(address.conninfo)
    assert (told["host"], told["dbname"]) == ("/run/pg", "runs")
    assert address.where == where


def test_hosts_may_be_several_and_of_any_family():
    several = conninfo_to_dict(address_of("postgresql://ann@a:1,b:2/runs").conninfo)
    sixth = conninfo_to_dict(address_of("postgresql://ann@[::1]:5/runs").conninfo)

    assert (several["host"], several["port"]) == ("a,b", "1,2")
    assert (sixth["host"], sixth["port"]) == ("::1", "5")
