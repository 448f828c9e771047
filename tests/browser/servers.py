"""Servers to be harmed: processes of their own, with something in them that can be read, changed and deleted."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from typing import Any, NamedTuple

import apsw

from tidemill.api.local_server import running_instance
from tidemill.system.clock import SystemClock

#: What no stranger may read.
CANARY = "the canary"
PASSWORD = "somebody:knows-it"


class Server(NamedTuple):
    """A server with data. ``deployment`` is the id of one that can be run."""

    home: Any
    port: int
    deployment: str

    def content(self) -> dict[str, list[str]]:
        """Every row of every table."""
        connection = apsw.Connection(str(self.home / "tidemill.db"), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            return {name: sorted(map(repr, connection.execute(f'SELECT * FROM "{name}"'))) for name in names}
        finally:
            connection.close()


@contextmanager
def started(home, **settings: str):
    """A server of ``home``; settings are environment variables without their ``TIDEMILL_SERVER_API_``."""
    said = {f"TIDEMILL_SERVER_API_{name.upper()}": value for name, value in settings.items()}
    environment = os.environ | {"TIDEMILL_HOME": str(home)} | said

    def tidemill(*words: str) -> None:
        subprocess.run([sys.executable, "-m", "tidemill", "server", *words], env=environment, check=True, stdout=subprocess.DEVNULL)

    tidemill("start", "--background", "--port", "0", "--no-services")
    try:
        instance = running_instance(home, SystemClock())
        assert instance is not None
        yield Server(home, instance.port, _fill(f"http://127.0.0.1:{instance.port}/api"))
    finally:
        tidemill("stop")


def _fill(url: str) -> str:
    def made(path: str, body: Any) -> dict[str, Any]:
        credential = base64.b64encode(PASSWORD.encode()).decode()
        headers = {"content-type": "application/json", "authorization": f"Basic {credential}"}
        with urllib.request.urlopen(urllib.request.Request(url + path, json.dumps(body).encode(), headers)) as answer:
            return json.loads(answer.read())

    for name, value in (("marker", CANARY), ("patched", "as it was"), ("deleted", "it is there")):
        made("/variables/", {"name": name, "value": value})
    made("/work_pools/", {"name": "pool", "type": "process"})
    flow = made("/flows/", {"name": "etl"})
    return made("/deployments/", {"name": "nightly", "flow_id": flow["id"], "work_pool_name": "pool"})["id"]
