"""What stands before a server, or in its place: a flow goes on as far as it can, and the log says what answered."""

from __future__ import annotations

import logging

import pytest

from tests.api.remote.strangers import answering
from tests.engine.fixtures import in_use
from tidemill import flow
from tidemill.api.remote import http, refusals
from tidemill.api.remote.home import RemoteHome
from tidemill.api.remote.http import Connection
from tidemill.api.remote.login import Login
from tidemill.api.remote.refusals import ServerAwayError
from tidemill.domain.entries import Batch
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings
from tidemill.exceptions import ConfigurationError
from tidemill.store.errors import StoreUnavailableError
from tidemill.system.clock import JumpingClock

#: What a process cannot mend and that may be over soon: status and headers.
PASSING = {
    "a page of a proxy that finds no server": (502, {}),
    "a page of a proxy that broke": (500, {}),
    "another proxy's own status": (521, {}),
    "a page for people": (200, {}),
    "something that cannot be unpacked": (200, {"Content-Encoding": "gzip"}),
}
#: What stays until somebody mends the settings, and what is said of it.
WRONG = {
    301: "leads on to https://elsewhere/api",
    308: "leads on to https://elsewhere/api",
    400: r"refuses \(400\)",
    401: "does not let this process in",
    404: "is no address of a tidemill server",
    413: "client_max_body_size",
}


@pytest.fixture
def home_at(tmp_path):
    homes = []

    def at(url, **options):
        homes.append(RemoteHome(tmp_path / "client", url, **options))
        return homes[-1]

    yield at
    for home in homes:
        home.close()


def run(home):
    @flow
    def answer():
        return 42

    with in_use(runtime_of(home, EngineSettings())):
        return answer()


@pytest.mark.parametrize("kind", PASSING)
def test_a_flow_goes_on_and_what_it_reports_is_kept(home_at, kind, caplog):
    with answering(*PASSING[kind]) as (url, _), caplog.at_level(logging.WARNING, "tidemill"):
        home = home_at(url)
        assert run(home) == 42
        home.close()

    assert "is told of this process as soon as it is there again" in caplog.text
    assert f"The next process that reports to {url} sends them" in caplog.text
    assert list(home.journals.glob("*.log"))


@pytest.mark.parametrize("status", WRONG)
def test_what_will_not_pass_is_said_before_the_flow_begins(home_at, status):
    headers = {"Location": "https://elsewhere/api"} if status < 400 else {}
    with answering(status, headers) as (url, _), pytest.raises(ConfigurationError, match=WRONG[status]):
        run(home_at(url))


def test_a_process_that_reports_already_goes_on_when_its_reports_are_refused(home_at):
    with answering(401) as (url, _), pytest.raises(StoreUnavailableError, match="does not let this process in"):
        home_at(url).store.apply(Batch("p", 1, 1, [(1, b"[]")], {}))


def test_whoever_never_answers_holds_up_neither_the_beginning_nor_the_end(home_at, monkeypatch):
    monkeypatch.setattr("tidemill.api.remote.store._BEAT_SECONDS", 0.05)
    monkeypatch.setattr("tidemill.api.remote.home.PATIENCE_SECONDS", 0.05)
    with answering(200, silent=True) as (url, asked):
        home = home_at(url, login=Login(checks_version=True))
        assert run(home) == 42
        home.close()
        assert "/api/tm/version" in asked  # with a bound of its own, or this would take a minute

    assert list(home.journals.glob("*.log"))


def test_a_batch_that_is_too_large_for_what_stands_between_goes_in_parts(home_at):
    sent = []

    def narrow(said):
        if len(said) > 300:
            return 413, b"{}"
        sent.append(said.count(b"[7,"))
        return 200, b'{"applied_seq": %d}' % sum(sent)

    with answering(200, by=narrow) as (url, _):
        store = home_at(url).store

        assert store.apply(Batch("p", 1, 40, [(7, b'["root"]')] * 40, {"root": 1})) == 40
        assert sum(sent) == 40
        assert len(sent) > 1
        with pytest.raises(StoreUnavailableError, match="client_max_body_size"):
            store.apply(Batch("p", 41, 41, [(7, b"[" + b"1" * 300 + b"]")], {}))


def test_an_untrusted_certificate_is_told_from_a_server_that_is_away():
    error = OSError("[SSL: CERTIFICATE_VERIFY_FAILED] unable to get local issuer certificate")

    assert "TIDEMILL_API_SSL_CERT_FILE" in refusals.away("https://tide/api", error)
    assert "tidemill server start" not in refusals.away("https://tide/api", error)


def test_a_decision_is_asked_for_again_while_the_server_is_away_and_then_said_to_be_away():
    clock = JumpingClock(0)
    with answering(503, {"Retry-After": "2"}) as (url, asked), pytest.raises(ServerAwayError, match="cannot answer"):
        Connection(url, clock, Login()).ask("/tm/store/claim_flow_run", lambda: b"{}")

    assert asked.count("/api/tm/store/claim_flow_run") == http.ATTEMPTS
    assert clock.monotonic() >= 2 * (http.ATTEMPTS - 1)


def test_all_attempts_together_are_begun_within_the_time_of_one_answer():
    clock = JumpingClock(0)
    with answering(503, {"Retry-After": "25"}) as (url, asked), pytest.raises(ServerAwayError, match="cannot answer"):
        Connection(url, clock, Login(timeout_seconds=60)).ask("/tm/store/claim_flow_run", lambda: b"{}")

    assert asked.count("/api/tm/store/claim_flow_run") in (2, 3)
    assert clock.monotonic() < 60
