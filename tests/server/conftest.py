import pytest

from tests.server.client import Client
from tests.server.routes.deploying import Deployer
from tests.store.conformance.backends import BACKENDS


@pytest.fixture(params=BACKENDS)
def store(request, tmp_path):
    """An empty store of each kind."""
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
