import pytest

from tests.postgres import same_database
from tests.server.services.telling import Told
from tests.store.conformance.backends import BACKENDS
from tidemill.store.postgres.store import PostgresStore


@pytest.fixture
def told(store):
    """Clients of the store."""
    return Told(store)


@pytest.fixture(params=["sqlite-file", "postgres"])
def replicas(request, tmp_path):
    """What opens a database once more, as another server does; the first to open it finds it empty."""
    opened = [BACKENDS[request.param](tmp_path)]

    def another():
        if request.param == "postgres":
            opened.append(PostgresStore.open(same_database()))
        else:
            opened.append(BACKENDS[request.param](tmp_path))
        return opened[-1]

    yield opened[0], another
    for store in reversed(opened):
        store.close()
