"""The plugin as pytest loads it, and the page that tells of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCKS = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
USES_NO_FIXTURE = """
import os
from tidemill import flow

@flow
def lonely():
    return os.environ["TIDEMILL_HOME"]

def test_it(request):
    assert "tidemill-tests-" in lonely()
"""


def run_pytest(folder: Path, *options: str) -> str:
    environment = os.environ | {
        "PYTHONPATH": str(ROOT / "src"),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "TIDEMILL_HOME": str(folder / "home"),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tidemill.testing.plugin"]
    ran = subprocess.run(
        [*command, "--rootdir", str(folder), *options, str(folder)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    return ran.stdout + ran.stderr


def examples() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for language, text in BLOCKS.findall((ROOT / "docs" / "testing.md").read_text()):
        found.setdefault(language, []).append(text)
    return found


def test_the_examples_of_the_page_pass(tmp_path):
    (tmp_path / "test_page.py").write_text("\n".join(examples()["python"]))

    told = run_pytest(tmp_path)

    assert "3 passed" in told, told
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("chosen", ["ini", "option"])
def test_every_test_gets_one_where_that_is_chosen(tmp_path, chosen):
    (tmp_path / "test_lonely.py").write_text(USES_NO_FIXTURE)
    (tmp_path / "pytest.ini").write_text(examples()["ini"][0] if chosen == "ini" else "[pytest]\n")

    told = run_pytest(tmp_path, *(["--tidemill-harness"] if chosen == "option" else []))

    assert "1 passed" in told, told
    assert not (tmp_path / "home").exists()


def test_the_plugin_loads_nothing_of_tidemill():
    code = "import sys; import tidemill.testing.plugin; print(*(name for name in sys.modules if 'tidemill' in name))"
    loaded = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert set(loaded.stdout.split()) == {
        "tidemill",
        "tidemill._version",
        "tidemill.testing",
        "tidemill.testing.plugin",
    }
