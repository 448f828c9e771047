"""Every command and every setting of our own stands in the docs."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from tests.contract.cli_survey import root
from tests.contract.facts import ours, raw
from tests.contract.survey import module_named
from tests.house.source import PACKAGE, ROOT


@cache
def docs() -> str:
    """All pages, as one text."""
    return "\n".join(path.read_text() for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))])


def commands(group: click.Group | None, before: tuple[str, ...] = ("tidemill",)) -> Iterator[str]:
    """Every command as it is typed; second names of groups count as the group."""
    if group is None:
        return
    context, seen = click.Context(group), set()
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden or id(command) in seen:
            continue
        seen.add(id(command))
        if isinstance(command, click.Group):
            yield from commands(command, (*before, name))
        else:
            yield " ".join((*before, name))


def own_settings() -> list[str]:
    """Settings that the contract does not have."""
    module = module_named("tidemill.settings")
    theirs = {ours(variable) for about in raw("settings.json")["settings"].values() for variable in about["env"]}
    return sorted(
        name for name in dir(module or object) if re.fullmatch(r"TIDEMILL_[A-Z_]+", name) and name not in theirs
    )


def test_every_command_is_in_the_docs():
    assert [command for command in commands(root()) if command not in docs()] == []


def test_every_setting_of_our_own_is_in_the_docs():
    assert [setting for setting in own_settings() if setting not in docs()] == []


def links(page: Path) -> list[str]:
    """Where a page's links to other files lead, as they are written."""
    return re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", page.read_text())


@pytest.mark.parametrize(
    "page", sorted((ROOT / "docs").rglob("*.md")) + sorted(ROOT.glob("*.md")), ids=lambda page: page.name
)
def test_links_between_pages_lead_somewhere(page):
    assert [target for target in links(page) if not (page.parent / target).exists()] == []


def test_every_page_is_found_from_the_readme():
    told = {(ROOT / target).resolve() for target in links(ROOT / "README.md")}

    assert [page for page in (ROOT / "docs").rglob("*.md") if not told & {page, page.parent}] == []


def rooms() -> list[str]:
    """What the contract of imports knows, but for single modules that users import: packages and modules."""
    contract, _ = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    public = next(layer for layer in contract["layers"] if "(flows)" in layer)
    names = re.findall(r"[\w.]+", " ".join(contract["layers"]))
    packages = [name for name in names if (PACKAGE / name).is_dir()]
    modules = [name for name in names if name not in packages and "." not in name and f"({name})" not in public]
    return [*(f"`{name}/`" for name in packages), *(f"`{name}.py`" for name in modules)]


def test_every_room_is_in_the_architecture():
    told = (ROOT / "docs" / "architecture.md").read_text()

    assert [room for room in rooms() if room not in told] == []
