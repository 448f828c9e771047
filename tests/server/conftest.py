import pytest

from tests.server.client import Client
from tests.server.routes.deploying import Deployer
from tests.store.conformance.backends import BACKENDS

#: One of each dialect: what a file does differently is no matter of routes.
DIALECTS = ("sqlite-memory", "postgres")


@pytest.fixture(params=DIALECTS)
def store(request, tmp_path):
    """An empty store of each dialect."""
    with BACKENDS[request.param](tmp_path) as store:
        yield store


@pytest.fixture
def client(store):
    """A server's application over the store."""
    client = Client(store)
    yield client
    client.close()


@pytest.fixture
def deployer(client):
    """Makes flows, pools and deployments."""
    return Deployer(client)
