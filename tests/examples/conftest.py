"""What the tests of the examples share: the repository on the path, and where the real trips are."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
sys.path.insert(0, str(REPOSITORY))


@pytest.fixture(scope="session")
def real_trips() -> Path:
    """The folder of real trip files that ``TIDEMILL_TRIPS`` names, else the one beside the repository."""
    folder = REPOSITORY / os.environ.get("TIDEMILL_TRIPS", "../shared/data")
    if not folder.is_dir():
        pytest.skip(f"no trip files in {folder}; name their folder with TIDEMILL_TRIPS")
    return folder
