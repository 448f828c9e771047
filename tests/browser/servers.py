"""Servers to be harmed: processes of their own, with something in them that can be read, changed and deleted."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from typing import Any

import apsw

from tidemill.api.local_server import running_instance
from tidemill.system.clock import SystemClock

#: What no stranger may read.
CANARY = "the canary"
PASSWORD = "somebody:knows-it"


class Server:
    """A server with data."""

    def __init__(self, home, port: int) -> None:
        self.home = home
        self.port = port
        self._make("/variables/", {"name": "marker", "value": CANARY})
        self._make("/variables/", {"name": "patched", "value": "as it was"})
        self._make("/work_pools/", {"name": "pool", "type": "process"})
        flow = self._make("/flows/", {"name": "etl"})
        nightly = {"name": "nightly", "flow_id": flow["id"], "work_pool_name": "pool"}
        #: The id of a deployment.
        self.deployment = self._make("/deployments/", nightly)["id"]

    def renew(self) -> None:
        """Have something that can be deleted again."""
        if self._make("/variables/count", {"variables": {"name": {"any_": ["deleted"]}}}) == 0:
            self._make("/variables/", {"name": "deleted", "value": "it is there"})

    def content(self) -> dict[str, list[str]]:
        """Every row of every table."""
        connection = apsw.Connection(str(self.home / "tidemill.db"), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            return {name: sorted(map(repr, connection.execute(f'SELECT * FROM "{name}"'))) for name in names}
        finally:
            connection.close()

    def _make(self, path: str, body: Any) -> Any:
        credential = base64.b64encode(PASSWORD.encode()).decode()
        headers = {"content-type": "application/json", "authorization": f"Basic {credential}"}
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}/api{path}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return json.loads(answer.read())


@contextmanager
def started(home, *options: str, **settings: str):
    """A server of ``home``; settings are environment variables without their ``TIDEMILL_SERVER_API_``."""
    said = {f"TIDEMILL_SERVER_API_{name.upper()}": value for name, value in settings.items()}
    every_socket = {"TIDEMILL_SERVER_LOGS_STREAM_OUT_ENABLED": "true"}
    environment = os.environ | {"TIDEMILL_HOME": str(home)} | every_socket | said

    def tidemill(*words: str) -> None:
        command = [sys.executable, "-m", "tidemill", "server", *words]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)

    tidemill("start", "--background", "--port", "0", "--no-services", *options)
    try:
        instance = running_instance(home, SystemClock())
        assert instance is not None
        yield Server(home, instance.port)
    finally:
        tidemill("stop")
