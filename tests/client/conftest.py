"""An application over a real store, and the two clients of it."""

import pytest

from tests.client.forms import FORMS
from tidemill.client.transports import AppTransport
from tidemill.server.app import App
from tidemill.server.running import keeping_of
from tidemill.settings import Settings
from tidemill.store.sqlite.store import SqliteStore
from tidemill.system.clock import SystemClock


@pytest.fixture
def store(tmp_path):
    with SqliteStore.open(tmp_path / "tidemill.db") as store:
        yield store


@pytest.fixture
def app(store, tmp_path):
    settings = Settings(home=tmp_path)
    return App(store, SystemClock(), settings, keeping_of(settings, store, host="127.0.0.1"))


@pytest.fixture
def transport(app):
    """To the application, without a socket."""
    transport = AppTransport(app)
    yield transport
    transport.close()


@pytest.fixture(params=FORMS)
def client(request, transport):
    """A client of the application, in either form; tests call it as if it were the sync one."""
    with FORMS[request.param]("http://127.0.0.1/api", httpx_settings={"transport": transport}) as client:
        yield client
