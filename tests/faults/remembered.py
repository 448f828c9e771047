"""Lines of ``seeds.txt``: what once showed a fault, by the campaign that showed it."""

from __future__ import annotations

from pathlib import Path

SEEDS = Path(__file__).with_name("seeds.txt")


def lines() -> list[list[str]]:
    """The words of each line, without what it says about the fault."""
    found = [line.split("#")[0].split() for line in SEEDS.read_text(encoding="utf-8").splitlines()]
    return [words for words in found if words]


def seeds_of(campaign: str) -> list[int]:
    """The seeds that are kept for a campaign."""
    return [int(words[1]) for words in lines() if words[0] == campaign]


def kills() -> list[tuple[str, int]]:
    """The kills that are kept, as points and a seed."""
    return [(words[0], int(words[1])) for words in lines() if ":" in words[0]]
