"""The pytest plugin. It is loaded with every pytest that runs where tidemill is installed, so it loads nothing itself.

``tidemill_harness`` gives a test a tidemill of its own. ``tidemill_harness = true`` in the configuration, or
``--tidemill-harness``, gives one to every test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidemill.testing.harness import Harness

_OPTION = "tidemill_harness"


def pytest_addoption(parser: pytest.Parser) -> None:
    """What can be chosen."""
    about = "run every test with a tidemill of its own, in memory"
    parser.addini(_OPTION, about, type="bool", default=False)
    parser.getgroup("tidemill").addoption("--tidemill-harness", action="store_true", default=False, help=about)


@pytest.fixture
def tidemill_harness() -> Iterator[Harness]:
    """A tidemill of the test's own: in memory, with a clock that nobody waits for. Can be asked what ran."""
    from tidemill.testing.harness import harness  # noqa: PLC0415 - only tests that use it pay for it

    with harness() as running:
        yield running


@pytest.fixture(autouse=True)
def _tidemill_harness_for_all(request: pytest.FixtureRequest) -> None:
    """The same for every test, where that was chosen."""
    if request.config.getoption(_OPTION) or request.config.getini(_OPTION):
        request.getfixturevalue("tidemill_harness")
