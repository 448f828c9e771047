"""What a fresh environment gains when the package is installed: packages and MiB."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

from benchmarks.row import Figures, Metric, Row
from benchmarks.sides import Side, make_environment


def contents(place: Path) -> tuple[int, float]:
    """Number of installed packages, and MiB of files."""
    python = place / "bin" / "python"
    listing = subprocess.run(
        [python, "-m", "pip", "list", "--format=json", "--disable-pip-version-check"], capture_output=True, check=True
    )
    size = sum(path.lstat().st_size for path in place.rglob("*") if path.is_file() and not path.is_symlink())
    return len(json.loads(listing.stdout)), size / 1024 / 1024


def measure(side: Side, _template: Path | None) -> Figures:
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        environment = Path(place) / "environment"
        make_environment(environment, ())
        bare_packages, bare_mib = contents(environment)
        make_environment(environment, side.requirements)
        packages, mib = contents(environment)
    return {"packages": packages - bare_packages, "MiB": mib - bare_mib}


ROW = Row(
    "footprint of a fresh environment",
    {"packages": Metric("", budget="<= 35"), "MiB": Metric("MiB", budget="<= 100")},
    outside=measure,
    repeats=1,
)
