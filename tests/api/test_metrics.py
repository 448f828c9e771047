"""The figures of a process that runs flows."""

from __future__ import annotations

import logging
from urllib.request import urlopen

import pytest
from prometheus_client import CollectorRegistry

from tests.api.test_recorder import a_run, tell
from tests.serving import free_port
from tidemill.api.embedded import Home
from tidemill.api.metrics import ProgressCollector, offer_metrics
from tidemill.exceptions import ConfigurationError


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    yield home
    home.close()


def figures(recorder):
    return {
        sample.name: sample.value
        for metric in ProgressCollector(recorder.progress).collect()
        for sample in metric.samples
    }


def test_before_the_first_run_they_are_nought(home):
    assert set(figures(home.recorder).values()) == {0}


def test_they_say_what_is_written_and_what_the_store_has(home):
    _, entries = a_run()
    tell(home, *entries)
    home.recorder.wait_applied()

    assert figures(home.recorder) == {
        "tidemill_client_entries_written_total": len(entries),
        "tidemill_client_entries_stored_total": len(entries),
        "tidemill_client_entries_waiting": 0,
        "tidemill_client_root_runs": 1,
    }


def test_they_count_on_when_the_journal_is_closed(home):
    _, entries = a_run()
    tell(home, *entries)
    home.recorder.close()
    tell(home, *a_run("another")[1])
    home.recorder.wait_applied()

    assert figures(home.recorder)["tidemill_client_entries_stored_total"] >= 2 * len(entries)


def test_they_are_read_over_http_beside_those_of_the_program(home):
    registry = CollectorRegistry()
    port = offer_metrics(home.recorder.progress, 0, registry)

    with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        assert b"tidemill_client_entries_waiting 0.0" in answer.read()


def test_a_port_that_another_process_has_fails_no_run(home, caplog):
    registry = CollectorRegistry()
    port = offer_metrics(home.recorder.progress, free_port(), registry)

    with caplog.at_level(logging.WARNING, "tidemill.home"):
        assert offer_metrics(home.recorder.progress, port, registry) is None
    assert f"port {port} cannot be had" in caplog.text


def test_without_the_library_it_is_said_how_to_get_it(home, monkeypatch):
    monkeypatch.setattr("tidemill.api.metrics.find_spec", lambda _name: None)

    with pytest.raises(ConfigurationError, match=r"pip install \"tidemill\[metrics\]\""):
        offer_metrics(home.recorder.progress, 0)
