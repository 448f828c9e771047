"""``python -m examples.duration_model``: run the pipeline in a home of its own and report."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; returns the exit code: 0, or 2 where a library or the months asked for are not to be had."""
    options = parser().parse_args(arguments)
    home = settle_home(options.out)

    from examples.duration_model.data import MissingMonth, local_month

    try:
        from examples.duration_model.flow import duration_model
        from examples.duration_model.history import task_times
        from examples.duration_model.report import report
    except ModuleNotFoundError as missing:
        library = (missing.name or str(missing)).partition(".")[0]
        print(f"The example needs {library}: pip install 'tidemill[example]', or make demo", file=sys.stderr)
        return 2

    try:
        for month in (options.train, options.validate) if options.data else ():
            local_month(month, options.data)  # before anything runs
        outcome = duration_model(options.train, options.validate, options.data, options.out, options.use_best)
    except MissingMonth as missing:
        print(missing, file=sys.stderr)
        return 2
    print()
    print(report(outcome, task_times(outcome.flow_run_id), tidemill_command(home)))
    return 0


def parser() -> argparse.ArgumentParser:
    """The options of the demo."""
    options = argparse.ArgumentParser(
        prog="python -m examples.duration_model", description="Train a model of trip durations as a flow."
    )
    options.add_argument("--data", type=Path, metavar="DIR", help="folder of green_tripdata_YYYY-MM.parquet files")
    options.add_argument("--train", default="2023-01", metavar="YYYY-MM", help="month to learn from (%(default)s)")
    options.add_argument("--validate", default="2023-02", metavar="YYYY-MM", help="month to check on (%(default)s)")
    options.add_argument("--out", type=Path, default=Path(".demo"), metavar="DIR", help="for all output (%(default)s)")
    options.add_argument("--use-best", action="store_true", help="train with what the search finds best on its sample")
    return options


def settle_home(out: Path) -> Path:
    """Let tidemill keep this demo's runs and results under ``out``, unless the environment names a home.

    To be called before tidemill is imported.
    """
    out.mkdir(parents=True, exist_ok=True)
    return Path(os.environ.setdefault("TIDEMILL_HOME", str((out / "home").resolve())))


def tidemill_command(home: Path) -> list[str]:
    """How the tidemill of this interpreter is called from a shell, for the home the demo used."""
    beside = Path(sys.executable).with_name("tidemill")
    found = shutil.which("tidemill")
    program = "tidemill" if found and Path(found) == beside else from_here(beside)
    return ["env", f"TIDEMILL_HOME={from_here(home)}", program]


def from_here(path: Path) -> str:
    """The path as it is shortest to type from the working directory."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


if __name__ == "__main__":
    sys.exit(main())
