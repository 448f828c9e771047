"""Run rows on both sides in turn, print the table, keep the figures: ``python -m benchmarks [ROW …]``."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import importlib
import importlib.metadata
import json
import os
import pkgutil
import platform
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import rows, table
from benchmarks.sides import ROOT, RowFailedError, Side, bare, peer, tidemill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.row import Figures, Row

WARM_UP = "from {package} import flow; flow(lambda: None, name='warm-up')()"


def all_rows() -> dict[str, Row]:
    """Every row there is, by the name of its file."""
    names = sorted(module.name for module in pkgutil.iter_modules(rows.__path__))
    return {name: importlib.import_module(f"benchmarks.rows.{name}").ROW for name in names}


def one(side: Side, name: str, row: Row, template: Path | None) -> Figures:
    """Measure one side once."""
    if row.outside is not None:
        return row.outside(side, template, **row.sizes(side))
    with side.home(template) as home:
        return side.inside(name, row.sizes(side), home)


def in_turn(name: str, row: Row, sides: list[Side], templates: dict[str, Path | None], repeats: int) -> dict[str, Any]:
    """All repeats of a row; who begins changes each time, so that a noisy minute meets both."""
    figures: dict[str, list[Figures]] = {side.name: [] for side in sides}
    errors: dict[str, str] = {}
    for turn in range(repeats):
        for side in sides if turn % 2 == 0 else reversed(sides):
            if side.name in errors:
                continue
            try:
                figures[side.name].append(one(side, name, row, templates.get(side.name)))
            except (RowFailedError, OSError) as error:
                errors[side.name] = str(error)
    sizes = {side.name: row.sizes(side) for side in sides}
    return {"title": row.title, "sizes": sizes, "figures": figures, "errors": errors}


@contextlib.contextmanager
def warm_homes(sides: list[Side]) -> Iterator[dict[str, Path | None]]:
    """A home for each side in which a flow has run before; only the row of the first flow begins without."""
    with tempfile.TemporaryDirectory(prefix="bench-warm-") as place:
        templates: dict[str, Path | None] = {}
        for side in sides:
            home = Path(place) / side.name
            home.mkdir()
            with contextlib.suppress(RowFailedError):
                side.run([str(side.python), "-c", WARM_UP.format(package=side.package)], home)
                templates[side.name] = home
        yield templates


def show(name: str, row: Row, outcome: dict[str, Any]) -> None:
    """Print a row."""
    mine, theirs = outcome["sizes"].get("tidemill"), outcome["sizes"].get("peer")
    sizes = f"  {mine}" if mine else ""
    smaller = f"; the peer: {theirs}, or it would take minutes" if mine and theirs and theirs != mine else ""
    print(f"\n{name}: {row.title}{sizes}{smaller}")
    print(*table.lines(row, outcome["figures"]), sep="\n")
    for side, error in outcome["errors"].items():
        print(f"  {side} did not run: {error}")
    sys.stdout.flush()


def circumstances(sides: list[Side]) -> dict[str, Any]:
    """Where and when, for whoever compares two files."""
    return {
        "when": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "load": os.getloadavg()[0],
        "tidemill": importlib.metadata.version("tidemill"),
        "peer": next((side.requirements for side in sides if side.name == "peer"), None),
    }


def arguments(known: dict[str, Row]) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"any of: {', '.join(known)}; all without")
    parser.add_argument("--repeats", type=int, help="instead of each row's own number (5 if it has none)")
    parser.add_argument("--only", choices=("tidemill", "peer"), help="one side alone")
    asked = parser.parse_args()
    unknown = sorted(set(asked.rows) - set(known))
    if unknown:
        parser.error(f"no row {', '.join(unknown)}; there are: {', '.join(known)}")
    return asked


def main() -> int:
    """Measure, print, keep."""
    known = all_rows()
    asked = arguments(known)
    sides = [make() for make in (tidemill, peer) if asked.only in (None, make.__name__)]
    about = circumstances(sides)
    print(f"{about['machine']}, Python {about['python']}, load {about['load']:.1f}; peer: {about['peer']}")
    print(table.header())
    outcomes = {}
    with warm_homes(sides) as templates:
        for name in asked.rows or known:
            row = known[name]
            everyone = [*sides, bare()] if row.with_bare else sides
            outcomes[name] = in_turn(name, row, everyone, templates, asked.repeats or row.repeats or 5)
            show(name, row, outcomes[name])
    kept = ROOT / "benchmarks" / "results" / f"{about['when'][:19].replace(':', '')}.json"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps({**about, "rows": outcomes}, indent=1))
    print(f"\nKept in {kept.relative_to(ROOT)}")
    return int(any("tidemill" in outcome["errors"] for outcome in outcomes.values()))


if __name__ == "__main__":
    sys.exit(main())
