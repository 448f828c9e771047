"""The ``prefect`` command: tidemill's."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line. Settings under the field's prefix count, in the environment and as ``config`` is told."""
    from tidemill.cli.main import main as run  # noqa: PLC0415 - after the environment was read
    from tidemill_prefect.finding import take_environment  # noqa: PLC0415 - as above

    take_environment()
    if "config" in sys.argv:
        sys.argv = [_setting(word) for word in sys.argv]
    run()


def _setting(word: str) -> str:
    from tidemill_prefect.names import ours  # noqa: PLC0415 - few commands name settings

    name, equals, value = word.partition("=")
    return f"{ours(name)}{equals}{value}" if name.startswith("PREFECT_") else word
