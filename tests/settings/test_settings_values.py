"""What each kind of setting takes, and what it says of what it does not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.settings import Settings
from tidemill.settings.durations import parse_duration
from tidemill.settings.errors import InvalidSettings
from tidemill.settings.registry import FIELDS, resolve


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("results.persist_by_default", "yes", True),
        ("results.persist_by_default", "OFF", False),
        ("results.persist_by_default", 1, True),
        ("runner.process_limit", "7", 7),
        ("api.request_timeout", "1e2", 100.0),
        ("api.request_timeout", 3, 3.0),
        ("api.url", "", None),
        ("logging.level", "debug", "DEBUG"),
        ("durability", "DISK", "disk"),
        ("results.local_storage_path", "/x/y", Path("/x/y")),
        ("logging.extra_loggers", "a, b ,", ("a", "b")),
        ("logging.extra_loggers", ["a"], ("a",)),
        ("plugins.allow", '["a", "b"]', frozenset({"a", "b"})),
        ("client.retry_extra_codes", "429,503", frozenset({429, 503})),
        ("client.retry_extra_codes", 429, frozenset({429})),
        ("client.custom_headers", '{"A": "b"}', {"A": "b"}),
        ("tasks.default_retry_delay_seconds", "1,2.5", (1.0, 2.5)),
        ("tasks.default_retry_delay_seconds", "[1, 2]", (1.0, 2.0)),
        ("tasks.default_retry_delay_seconds", 4, 4.0),
        ("server.services.late_runs.after_seconds", "PT5M", timedelta(minutes=5)),
        ("server.services.db_vacuum.enabled", "false", False),
        ("server.services.db_vacuum.enabled", "events,flow_runs", frozenset({"events", "flow_runs"})),
        ("testing.test_setting", [1], [1]),
    ],
)
def test_what_is_taken(name, raw, value):
    assert resolve(name).read(raw) == value


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("results.persist_by_default", "maybe", "true or false"),
        ("runner.process_limit", "1.5", "a whole number above 0"),
        ("runner.process_limit", True, "a whole number above 0"),
        ("runner.process_limit", "0", "a whole number above 0"),
        ("server.api.port", "70000", "a whole number of at least 0 and of at most 65535"),
        ("api.request_timeout", "nan", "a number above 0 (seconds)"),
        ("server.database.port", "x", "a whole number"),
        ("logging.level", "LOUD", "one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ("home", "", "a path"),
        ("client.retry_extra_codes", "99", "HTTP status codes (100-599) separated by commas"),
        ("client.custom_headers", "A=b", 'a table of texts, as in {"Name": "text"}'),
        ("server.events.retention_period", "soon", "a duration: seconds, '15s', '1h 30m' or 'PT5M'"),
        ("server.events.retention_period", "1e99", "a duration: seconds, '15s', '1h 30m' or 'PT5M'"),
    ],
)
def test_what_is_not_taken(name, raw, expected):
    with pytest.raises(ValueError) as caught:
        resolve(name).read(raw)
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("15", 15), ("15s", 15), ("1h 30m", 5400), ("2d", 172800), ("PT0.5S", 0.5), ("P1W", 604800), ("0:05:00", 300)],
)
def test_durations_as_people_write_them(text, seconds):
    assert parse_duration(text) == timedelta(seconds=seconds)


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=10_000)))
def test_a_duration_survives_being_written(value):
    field = FIELDS["TIDEMILL_SERVER_EVENTS_RETENTION_PERIOD"]
    assert field.read(field.write(value)) == value
    assert field.read(str(value)) == value


WRITTEN = {
    "api.url": st.text(min_size=1),
    "results.persist_by_default": st.booleans(),
    "runner.process_limit": st.integers(1, 10**9),
    "api.request_timeout": st.floats(1e-6, 1e12),
    "logging.extra_loggers": st.lists(st.from_regex(r"[a-z.]+", fullmatch=True)).map(tuple),
    "client.retry_extra_codes": st.frozensets(st.integers(100, 599)),
    "client.custom_headers": st.dictionaries(st.text(), st.text()),
    "flows.default_retry_delay_seconds": st.one_of(
        st.floats(0, 1e9), st.lists(st.floats(0, 1e9), min_size=2).map(tuple)
    ),
}


@given(st.fixed_dictionaries({}, optional=WRITTEN))
def test_settings_survive_the_environment_of_a_child(updates):
    settings = Settings().copy_with_update(updates)

    variables = settings.to_environment_variables(exclude_unset=True)
    child = Settings().copy_with_update(variables)

    assert child == settings
    assert child.hash_key() == settings.hash_key()


def test_one_error_names_all_that_is_wrong_and_where_it_stands(monkeypatch):
    monkeypatch.setenv("TIDEMILL_RUNNER_PROCESS_LIMIT", "many")
    Path("tidemill.toml").write_text('[logging]\nlevel = "LOUD"\n')

    with pytest.raises(InvalidSettings) as caught:
        Settings()

    assert str(caught.value).splitlines() == [
        (
            "expected 'TIDEMILL_LOGGING_LEVEL' to be one of DEBUG, INFO, WARNING, ERROR, CRITICAL, got 'LOUD' "
            "(from logging.level in tidemill.toml)"
        ),
        (
            "expected 'TIDEMILL_RUNNER_PROCESS_LIMIT' to be a whole number above 0, got 'many' "
            "(from environment variable TIDEMILL_RUNNER_PROCESS_LIMIT)"
        ),
    ]


def test_a_wrong_secret_is_not_repeated():
    with pytest.raises(InvalidSettings) as caught:
        Settings(api={"key": ["canary"]})
    assert "canary" not in str(caught.value)


def test_a_beat_that_is_too_slow_for_its_lease_is_refused():
    with pytest.raises(InvalidSettings, match="a single lost beat would cost the run"):
        Settings(beat_seconds=15)
