from __future__ import annotations

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
    ],
)
def test_a_parameter_that_means_nothing_is_refused_by_name(query, complaint):
    with pytest.raises(OptionError, match=complaint):
        address_of(f"postgresql://db/runs?{query}")


def test_it_may_be_said_when_statements_are_prepared():
    assert address_of("postgresql://db/runs").prepare_threshold is None
    assert address_of("postgresql://db/runs?prepare_threshold=3").prepare_threshold == 3


def test_a_password_is_never_shown():
    assert "s3cret" not in address_of("postgresql://ann:s3cret@db/runs?sslmode=require").where
