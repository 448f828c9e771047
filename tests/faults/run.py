"""A campaign of kills, or one kill again: ``python -m tests.faults.run POINT:NTH[,POINT:NTH] SEED``.

Without a point: every kill of the seeds (``--seeds 0,1,2``), or a part of them (``--part 1/8``), or every so many-th
(``--every 20``). Prints a line for each failure, and a summary. ``--keep`` leaves the folders of failures.
"""

from __future__ import annotations

import argparse
import sys

from tests.faults.checker import complaints
from tests.faults.harness import all_kills, baseline, elapsed, live
from tests.faults.remembered import kills


def remembered() -> list[tuple[list[str], int]]:
    """The kills that once showed a fault."""
    return [(_kills(points), seed) for points, seed in kills()]


def _kills(text: str) -> list[str]:
    return [f"{each}:kill" for each in text.split(",")]


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    began = elapsed()
    if options.point:
        cases = [(_kills(options.point), options.seed)]
    elif options.remembered:
        cases = remembered()
    else:
        cases = []
    seeds = sorted({seed for _, seed in cases}) or [int(each) for each in options.seeds.split(",")]
    unharmed = {seed: baseline(seed) for seed in seeds}
    if not cases:
        number, of = (int(each) for each in options.part.split("/"))
        cases = [
            (kills, seed) for seed in seeds for kills in all_kills(unharmed[seed].lives[0].hits, seed)[:: options.every]
        ][number::of]
    killed = failures = 0
    for each, seed in cases:
        evidence = live(each, seed)
        found = complaints(evidence, unharmed[seed])
        killed += sum(life.killed for life in evidence.lives)
        failures += bool(found)
        for complaint in found:
            told = ",".join(life.removesuffix(":kill") for life in each)
            print(f"FAILED python -m tests.faults.run {told} {seed}  # {complaint}")
        if found and options.keep:
            print(f"  kept: {evidence.folder}")
        else:
            evidence.drop()
    for evidence in unharmed.values():
        evidence.drop()
    print(f"kills={killed} cases={len(cases)} seeds={len(seeds)} failures={failures} seconds={elapsed() - began:.1f}")
    return 1 if failures else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.run", description=__doc__)
    parser.add_argument("point", nargs="?")
    parser.add_argument("seed", nargs="?", type=int, default=0)
    parser.add_argument("--seeds", default="0,1,3")
    parser.add_argument("--part", default="0/1")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--remembered", action="store_true")
    parser.add_argument("--keep", action="store_true")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
