"""Processes of bodies whose flow's process is killed end too."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.machine, pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")]

PROGRAM = """
import os, sys, time
from tidemill import flow, task
from tidemill.task_runners import ProcessPoolTaskRunner

def body(path):
    with open(path, "wb", buffering=0) as pipe:
        pipe.write(b"begun")
        time.sleep(3600)

apart = task(isolated=True)(body)
plain = task(body)

@flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
def main(kind, path):
    apart(path) if kind == "isolated" else plain.submit(path).result()

if __name__ == "__main__":
    main(*sys.argv[1:])
"""


@pytest.mark.parametrize("kind", ["isolated", "pool"])
def test_f9_a_body_ends_with_the_killed_process_of_its_flow(tmp_path, kind):
    script, path = tmp_path / "script.py", tmp_path / "pipe"
    script.write_text(PROGRAM)
    os.mkfifo(path)
    surroundings = {**os.environ, "TIDEMILL_HOME": str(tmp_path / "home")}
    process = subprocess.Popen([sys.executable, str(script), kind, str(path)], env=surroundings)
    with path.open("rb", buffering=0) as pipe:
        assert pipe.read(5) == b"begun"

        process.send_signal(signal.SIGKILL)
        process.wait()

        assert select.select([pipe], [], [], 30)[0], "the process of the body goes on"
        assert pipe.read(1) == b""
