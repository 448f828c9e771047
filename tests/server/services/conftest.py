import pytest

from tests.server.services.telling import Told


@pytest.fixture
def told(store):
    """Clients of the store."""
    return Told(store)
