"""Print what of the contract is still missing: ``python -m tests.contract.report [--all] [--write]``.

``--all`` adds tier 2. ``--write`` adds what exists to ``present.txt``, from which the tests know what must not
disappear.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from tests.contract.absent import reason
from tests.contract.cli_survey import cli_survey
from tests.contract.facts import HERE
from tests.contract.settings_survey import settings_survey
from tests.contract.survey import Survey, survey

if TYPE_CHECKING:
    from collections.abc import Iterable

BASELINE = HERE / "present.txt"


def baseline() -> set[str]:
    """What is known to exist."""
    return set(BASELINE.read_text().splitlines())


def surveys(tiers: tuple[int, ...] = (1, 2)) -> dict[str, Survey]:
    """All surfaces, looked at now."""
    return {"SDK": survey(tiers), "command line": cli_survey(), "settings": settings_survey()}


def counted(title: str, outcome: Survey) -> str:
    """One line: how far a surface is."""
    missing, present = len(outcome.missing), len(outcome.present)
    return f"{title}: {present} of {present + missing} there, {missing} missing, {len(outcome.deviating)} differ"


def listed(outcome: Survey) -> list[str]:
    """Every missing thing with its signature; those of the SDK under their modules."""
    rooms: dict[str, list[str]] = defaultdict(list)
    for label, text in sorted(outcome.missing.items()):
        module, _, path = label.rpartition(":")
        owner = f"{path.partition('.')[0]}: " if "." in path else ""
        why = reason(label)
        rooms[module].append(f"    {owner}{text}{f'  [{why.comes}]' if why else ''}")
    return [line for room, lines in rooms.items() for line in (f"  {room} ({len(lines)} missing)", *lines)]


def parts(missing: Iterable[str]) -> list[str]:
    """How many of the missing names come with which part, and why they are not there before."""
    found = Counter(reason(label) for label in missing)
    return [
        f"  {times:>4} {entry.comes}: {entry.why}"
        for entry, times in sorted(found.items(), key=lambda item: item[0].comes if item[0] else "")
        if entry is not None
    ]


def main(arguments: list[str]) -> None:
    """Print the report, and write the baseline when asked to."""
    everything = surveys((1, 2) if "--all" in arguments else (1,))
    for title, outcome in everything.items():
        print(f"{title}, missing:", *listed(outcome), sep="\n")
    for outcome in everything.values():
        for label, said in sorted(outcome.deviating.items()):
            print(f"differs: {label}: {'; '.join(said)}")
    for title, outcome in everything.items():
        print(counted(title, outcome))
    print(
        "What is missing of the SDK's first tier, by the part that brings it:", *parts(survey((1,)).missing), sep="\n"
    )
    if "--write" in arguments:
        there = {label for outcome in surveys().values() for label in outcome.present}
        BASELINE.write_text("".join(f"{label}\n" for label in sorted(baseline() | there)))


if __name__ == "__main__":
    main(sys.argv[1:])
