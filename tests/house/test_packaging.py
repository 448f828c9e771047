"""What pyproject.toml promises is there."""

from __future__ import annotations

import importlib
import re
import tomllib

import pytest

from tests.house.source import PACKAGE, ROOT, shown

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PROMISED = [
    *PROJECT.get("scripts", {}).values(),
    *(target for group in PROJECT.get("entry-points", {}).values() for target in group.values()),
]
#: What must be declared as soon as its module exists, and not before.
EXPECTED = {
    PACKAGE / "testing" / "plugin.py": ("entry-points.pytest11", "tidemill", "tidemill.testing.plugin"),
    PACKAGE / "cli" / "main.py": ("scripts", "tidemill", "tidemill.cli.main:main"),
}


@pytest.mark.parametrize("target", PROMISED)
def test_entry_points_lead_to_something(target):
    module, _, attribute = target.partition(":")
    found = importlib.import_module(module)

    assert not attribute or callable(getattr(found, attribute))


@pytest.mark.parametrize("path", EXPECTED, ids=shown)
def test_what_exists_is_declared(path):
    table, name, target = EXPECTED[path]
    declared = PROJECT
    for part in table.split("."):
        declared = declared.get(part, {})

    assert declared.get(name) == (target if path.exists() else None), f"[project.{table}] {name} = {target!r}"


def test_there_are_few_dependencies_and_each_has_a_reason():
    names = [re.split(r"[<>=~!\[; ]", each)[0] for each in PROJECT["dependencies"]]
    reasons = (ROOT / "docs" / "architecture.md").read_text().partition("## Dependencies")[2].partition("\n## ")[0]

    assert len(names) < 10
    assert [name for name in names if name not in reasons] == []
