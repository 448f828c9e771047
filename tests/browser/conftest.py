from __future__ import annotations

import os

import pytest

from tests.browser.chromium import STRANGER, VARIABLE, running, why_not
from tests.browser.pages import site
from tests.browser.servers import PASSWORD, started
from tests.browser.wire import relayed


@pytest.fixture(scope="session")
def browser():
    """A real browser; without one the test is skipped, and in CI, which installs it, that is a failure."""
    reason = why_not()
    if reason and os.environ.get("CI") and VARIABLE in reason:
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    with running() as browser:
        yield browser


@pytest.fixture
def context(browser):
    """A profile with nothing in it."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture(scope="session")
def strangers(browser):
    """The port of the stranger's site."""
    with site() as port:
        yield port


@pytest.fixture(scope="session")
def server(browser, tmp_path_factory):
    """As it starts when nobody sets anything up."""
    with started(tmp_path_factory.mktemp("server")) as server, relayed(server.port) as relay:
        yield server, relay


@pytest.fixture(scope="session")
def trusting(strangers, tmp_path_factory):
    """One that lets everybody in, and whose settings name the stranger's site, and the stranger's name."""
    told = {"cors_allowed_origins": f"http://127.0.0.1:{strangers}", "allowed_hosts": STRANGER}
    home = tmp_path_factory.mktemp("trusting")
    with started(home, "--insecure-no-auth", **told) as server, relayed(server.port) as relay:
        yield server, relay


@pytest.fixture(scope="session")
def locked(browser, tmp_path_factory):
    """One that lets in who knows the password."""
    with started(tmp_path_factory.mktemp("locked"), auth_string=PASSWORD) as server, relayed(server.port) as relay:
        yield server, relay


@pytest.fixture(scope="session")
def locked_asking(locked):
    """The same, behind what asks browsers for the password."""
    server, _ = locked
    with relayed(server.port, asks_for_password=True) as relay:
        yield server, relay


@pytest.fixture(scope="session")
def locked_trusting(strangers, tmp_path_factory):
    """The same, and its settings name the stranger's site."""
    told = {"auth_string": PASSWORD, "cors_allowed_origins": f"http://127.0.0.1:{strangers}"}
    with (
        started(tmp_path_factory.mktemp("both"), **told) as server,
        relayed(server.port, asks_for_password=True) as relay,
    ):
        yield server, relay
