"""One process of one row: ``python -m benchmarks.child ROW PACKAGE SIZES ANSWER``."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path


def main(row: str, package: str, sizes: str, answer: str) -> None:
    """Run the row's script against the package and write its figures."""
    script = importlib.import_module(f"benchmarks.rows.{row}").ROW.inside
    figures = script(importlib.import_module(package), **json.loads(sizes))
    Path(answer).write_text(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
