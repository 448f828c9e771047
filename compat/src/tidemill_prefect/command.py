"""The ``prefect`` command: tidemill's."""

from __future__ import annotations


def main() -> None:
    """Run the command line. Settings in the environment under the field's prefix count."""
    from tidemill.cli.main import main as run  # noqa: PLC0415 - after the environment was read
    from tidemill_prefect.finding import take_environment  # noqa: PLC0415 - as above

    take_environment()
    run()
