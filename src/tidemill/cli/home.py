"""The home that commands look into: the one that flows of this process would record in."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidemill.api.embedded import Home


@contextmanager
def opened_home() -> Iterator[Home]:
    """The home, opened and thereby tended: runs whose process is gone are Crashed from here on."""
    from tidemill.api.embedded import Home  # noqa: PLC0415 - loads the store, which --help does without
    from tidemill.results.defaults import default_home  # noqa: PLC0415 - as above

    home = Home(default_home())
    try:
        yield home
    finally:
        home.close()
