from __future__ import annotations

import pytest

from tests.faults.lives import Lives
from tidemill.api.embedded import Home


@pytest.fixture
def lives(tmp_path):
    lives = Lives(tmp_path)
    yield lives
    lives.end()


@pytest.fixture
def opened(lives):
    """The home, opened by this process: to be asked for after the others are gone."""
    homes = []

    def open_home(**options):
        homes.append(Home(lives.home, **options))
        return homes[-1]

    yield open_home
    for home in homes:
        home.close()
