"""Pictures by Graphviz: what becomes of its program's answers."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tidemill.exceptions import FlowVisualizationError, GraphvizExecutableNotFoundError
from tidemill.visualization import Node, RunGraph
from tidemill.visualization.drawing import render

GRAPH = RunGraph((Node("1", "load-0"),))
PACKAGE = str(Path(sys.modules["tidemill"].__file__).parents[1])

FLOW = """
from tidemill import flow, task

@task
def load(): ...

@flow(name={name!r})
def mine():
    load()

{draw}
"""


def program(folder: Path, name: str, script: str) -> None:
    """A program of that name that does what the script says."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_without_graphviz_it_is_said_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(GraphvizExecutableNotFoundError, match="install"):
        render(GRAPH, tmp_path / "a.png")


@pytest.mark.machine
def test_what_dot_complains_of_is_told(tmp_path, monkeypatch):
    program(tmp_path / "bin", "dot", "echo 'no such font' >&2; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")

    with pytest.raises(FlowVisualizationError, match=r"a\.png: no such font"):
        render(GRAPH, tmp_path / "a.png")


@pytest.mark.machine
@pytest.mark.parametrize("draw", ["mine.visualize()", "import asyncio; asyncio.run(mine.avisualize())"])
@pytest.mark.parametrize(
    ("name", "file"),
    [("my flow", "my-flow.png"), ("train 2.0", "train-2.0.png"), ("..", "flow.png"), ("x" * 300, "x" * 100 + ".png")],
)
def test_visualize_draws_a_file_and_opens_it(tmp_path, draw, name, file):
    seen = tmp_path / "seen"
    program(tmp_path / "bin", "dot", 'cat > "$3"')  # stands in for Graphviz: dot -Tpng -o FILE
    program(tmp_path / "bin", "look", f'echo "$1" > {shlex.quote(str(seen))}')
    surroundings = os.environ | {
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
        "BROWSER": f"{tmp_path / 'bin' / 'look'} %s",
        "PYTHONPATH": PACKAGE,
        "TIDEMILL_HOME": str(tmp_path / "home"),
    }

    subprocess.run(
        [sys.executable, "-c", FLOW.format(name=name, draw=draw)], cwd=tmp_path, env=surroundings, check=True
    )

    assert 'label="load-0"' in (tmp_path / file).read_text()
    assert seen.read_text().strip() == (tmp_path / file).as_uri()
    assert not (tmp_path / "home").exists()
