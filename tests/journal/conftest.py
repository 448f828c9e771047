from __future__ import annotations

from uuid import uuid4

import pytest

from tidemill.journal.file import create_journal, journal_path
from tidemill.system import failpoints


@pytest.fixture(params=["mapped", "plain"])
def backend(request, monkeypatch):
    """Both ways of keeping a journal; what is proven for one must hold for the other."""
    monkeypatch.setenv("TIDEMILL_PORTABLE", "1" if request.param == "plain" else "")
    return request.param


@pytest.fixture
def new_journal(backend, tmp_path):
    """Makes journals in one folder and closes them at the end."""
    made = []

    def new(**options):
        producer = str(uuid4())
        made.append(create_journal(journal_path(tmp_path / "journal", producer), producer, **options))
        return made[-1]

    yield new
    for journal in made:
        journal.close()


@pytest.fixture
def journal(new_journal):
    return new_journal()


@pytest.fixture
def fail():
    """Arms fail points, and disarms them at the end."""
    yield failpoints.arm
    failpoints.arm("")
