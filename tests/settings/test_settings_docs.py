"""The page about settings has all of them, as they are."""

from __future__ import annotations

from tests.settings.docs_table import PAGE, page


def test_the_table_is_that_of_the_declarations():
    """Else: python -m tests.settings.docs_table."""
    assert PAGE.read_text() == page(PAGE.read_text())
