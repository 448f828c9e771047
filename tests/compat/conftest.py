"""An environment with both distributions, as they are built from the checkout."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


class Environment:
    """A Python that has tidemill and the alias installed, and the libraries of the one that runs the tests."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder / "env", with_pip=False, symlinks=os.name != "nt")
        self.python = folder / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
        self.packages = next((folder / "env").rglob("site-packages"))
        self._home = folder / "home"
        beside = [str(ROOT / "src"), *site.getsitepackages()]
        (self.packages / "beside.pth").write_text("\n".join(beside))

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run its Python, in a home of its own."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TIDEMILL_", "PYTHON"))}
        return subprocess.run(
            [str(self.python), *arguments],
            env=kept | {"TIDEMILL_HOME": str(self._home)} | environment,
            capture_output=True,
            text=True,
            cwd=self.packages.parent,
            check=False,
        )


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The alias's wheel."""
    build = pytest.importorskip("hatchling.build", reason="building the alias needs hatchling, of the dev packages")
    folder, before = tmp_path_factory.mktemp("wheel"), os.getcwd()
    os.chdir(ROOT / "compat")
    try:
        return folder / build.build_wheel(str(folder))
    finally:
        os.chdir(before)


@pytest.fixture(scope="session")
def environment(wheel, tmp_path_factory):
    made = Environment(tmp_path_factory.mktemp("environment"))
    zipfile.ZipFile(wheel).extractall(made.packages)
    return made


@pytest.fixture(scope="session")
def python():
    return sys.executable
