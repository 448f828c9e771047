"""What may be imported where, beyond the direction that `make check` looks at."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from tests.house.source import MODULES, PACKAGE, imported, nodes, shown

#: What the first import may not bring along; each costs more than all that tidemill itself does.
HEAVY = frozenset(
    "alembic anyio apsw asyncio click cloudpickle concurrent.futures.process email http httpx multiprocessing numpy"
    " pandas psycopg pydantic requests rich sqlalchemy sqlite3 starlette urllib.request yaml".split()
)
ROOM_OF = {"apsw": "store/sqlite/", "sqlite3": "store/sqlite/", "psycopg": "store/postgres/"}
ASK_FOR_A_VERSION = frozenset({"cli/version.py"})
LISTING = "import sys; bare = set(sys.modules); {statement}; print('\\n'.join(sorted(set(sys.modules) - bare)))"


def loaded_by(statement: str) -> set[str]:
    """The modules that a statement loads in a fresh interpreter."""
    answer = subprocess.run(
        [sys.executable, "-c", LISTING.format(statement=statement)], capture_output=True, text=True, check=True
    )
    return set(answer.stdout.split())


@pytest.mark.skipif(not (PACKAGE / "flows.py").exists(), reason="there are no flows yet")
def test_the_first_import_is_light_and_loads_no_engine():
    loaded = loaded_by("from tidemill import flow, task")
    assert sorted(loaded & HEAVY) == []
    assert (
        sorted(
            name
            for name in loaded
            if name.startswith(("tidemill.engine", "tidemill.store", "msgspec", "logging", "pathlib"))
        )
        == []
    )


def test_the_domain_is_light():
    assert (
        sorted(loaded_by("import tidemill.domain.states, tidemill.domain.entries, tidemill.domain.identity") & HEAVY)
        == []
    )


def test_sql_libraries_stay_in_their_room():
    elsewhere = [
        f"{shown(path)}: {name}"
        for path in MODULES
        if shown(path) not in ASK_FOR_A_VERSION
        for name in {name.partition(".")[0] for name in imported(path)} & ROOM_OF.keys()
        if not shown(path).startswith(ROOM_OF[name])
    ]

    assert elsewhere == []


def test_nothing_is_imported_relative_to_itself():
    """An import says from which room it takes, so that a reader sees the direction."""
    relative = [
        f"{shown(path)}:{node.lineno}"
        for path in MODULES
        for node in nodes(path)
        if isinstance(node, ast.ImportFrom) and node.level
    ]

    assert relative == []
