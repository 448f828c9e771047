"""The server never runs, imports or unpickles anything that data names: it has not even loaded what could."""

from __future__ import annotations

import ast

from tests.house.source import MODULES, imported, nodes, shown
from tests.house.test_imports import loaded_by

ROOMS = ("domain/", "encryption/", "server/", "store/", "wire/")
UNPICKLING = frozenset({"cloudpickle", "dill", "marshal", "pickle", "shelve"})
RUNNING = frozenset({"__import__", "compile", "eval", "exec"})
#: Import modules of tidemill's own by their places in the tree.
IMPORTING = {"server/serving.py"}
SERVER = "import tidemill.server.running, tidemill.server.fleet; from tidemill.server.serving import every_route; every_route()"
LOADS_CODE = ("cloudpickle", "tidemill.engine", "tidemill.entrypoints", "tidemill.pickling", "tidemill.serializers")


def test_a_server_has_loaded_nothing_that_unpickles_or_loads_code():
    assert [name for name in loaded_by(SERVER) if name.startswith((*LOADS_CODE, "tidemill.while_loading"))] == []


def test_nothing_that_a_server_is_made_of_unpickles_or_runs_texts():
    found = []
    for path in MODULES:
        if shown(path).startswith(ROOMS):
            found += [f"{shown(path)}: {name}" for name in imported(path) if name.partition(".")[0] in UNPICKLING]
            found += [
                f"{shown(path)}:{node.lineno} {node.func.id}"
                for node in nodes(path)
                if isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in RUNNING | ({"import_module"} if shown(path) not in IMPORTING else set())
            ]

    assert found == []
