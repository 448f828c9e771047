"""What each interpreter of the environment does when it starts: nothing but say who finds ``prefect``.

So it must stay small: it imports ``sys``, which is there anyway, and the rest when somebody asks for ``prefect``.
"""

from __future__ import annotations

import sys
from typing import Any


class Finder:
    """Finds ``prefect`` and all below it."""

    @staticmethod
    def find_spec(fullname: str, path: Any = None, target: Any = None) -> Any:
        """The spec of an alias; None for everything else."""
        del path, target
        if fullname != "prefect" and not fullname.startswith("prefect."):
            return None
        from tidemill_prefect.finding import spec_of  # noqa: PLC0415 - only programs that ask for it

        return spec_of(fullname)


if not any(found is Finder for found in sys.meta_path):
    sys.meta_path.insert(0, Finder)
