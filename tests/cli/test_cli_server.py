"""A server from the command line: started, looked at, stopped; who may not start one, and why."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tidemill.api.local_server import CannotStartError, Instance, announce, held_home, is_held, running_instance
from tidemill.server.listening import listening_socket
from tidemill.system.clock import JumpingClock, SystemClock

PACKAGE = str(Path(sys.modules["tidemill"].__file__).parents[1])
pytestmark = pytest.mark.machine


def tidemill(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tidemill", *words],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": PACKAGE},
        check=False,
    )


@pytest.fixture
def server(home):
    """A server of this home in the background, at a free port; ``start`` takes more words."""

    def start(*words: str):
        told = tidemill("server", "start", "--background", "--port", "0", *words)
        assert told.returncode == 0, told.stderr
        found = running_instance(home, SystemClock())
        assert found is not None
        return found

    yield start
    tidemill("server", "stop")


def test_a_server_is_started_looked_at_used_and_stopped(server, cli, home, monkeypatch):
    instance = server()

    status = cli("server status -o json")
    assert (status.code, status.json["status"], status.json["pid"]) == (0, "available", instance.pid)
    assert (status.json["api_url"], status.json["server_version"]) == (instance.url, instance.version)
    assert stat.S_IMODE((home / "server.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((home / "server.log").stat().st_mode) == 0o600
    second = tidemill("server", "start", "--port", "0")
    assert second.returncode == 1
    assert f"runs already, as process {instance.pid} at {instance.url}" in second.stderr
    refused = cli("server database reset --yes")
    assert refused.code == 1
    assert "a server of this home uses the database" in refused.err

    monkeypatch.setenv("TIDEMILL_API_URL", instance.url)
    monkeypatch.setenv("TIDEMILL_HOME", str(home.with_name("elsewhere")))
    assert cli("variable set region north").out == "Set variable 'region'.\n"
    types = cli("api post /block_types/filter").json
    assert {"secret", "local-file-system"} <= {kind["slug"] for kind in types}  # before any client registered some
    assert cli("variable get region").out == "north\n"
    assert cli("api get /api/health").out == cli("api get /api/health --root").out == "true\n"
    assert cli("api get /openapi.json --root").code == 0
    assert cli("gcl create narrow --limit 2").code == 0
    assert cli("gcl ls -o name").out == "narrow\n"
    assert cli("flow-run ls").code == 0
    assert not (home.with_name("elsewhere") / "tidemill.db").exists()
    missing = cli("variable get regoin")
    assert missing.code == 3
    assert "did you mean 'region'?" in missing.err

    monkeypatch.delenv("TIDEMILL_API_URL")
    monkeypatch.setenv("TIDEMILL_HOME", str(home))
    assert cli("variable get region").out == "north\n"  # the home's own store is the server's
    assert cli("server stop").out == f"The server at {instance.url} has stopped.\n"
    assert not (home / "server.json").exists()
    monkeypatch.setenv("TIDEMILL_SERVER_API_PORT", "9")  # where it would be looked for; nobody listens there
    assert cli("server status").code == 5
    assert cli("server status -o json").json["status"] == "unavailable"
    assert cli("server stop").out == f"No server of the home {home} runs.\n"


def test_the_servers_own_user_comes_in_by_the_local_token_once_others_need_a_key(server, cli, home, monkeypatch):
    monkeypatch.setenv("TIDEMILL_API_URL", server("--require-auth").url)
    assert cli("variable ls").code == 0

    (home / "local.token").rename(home / "moved.token")
    refused = cli("variable ls")
    assert refused.code == 4
    assert "tidemill auth key create" in refused.err


def test_several_processes_answer_at_one_port_and_end_with_the_one_that_watches_them(server, home):
    instance = server("--workers", "2")
    assert instance.workers == 2
    children = Path(f"/proc/{instance.pid}/task/{instance.pid}/children")
    if not children.exists():
        pytest.skip("no list of a process's children here")
    pids = [int(pid) for pid in children.read_text().split()]
    assert len(pids) == 2

    os.kill(pids[0], signal.SIGKILL)  # it is made again, and the other one answers meanwhile
    clock, again = SystemClock(), set()
    while len(again) < len(pids) or pids[0] in again:
        clock.sleep(0.05)
        again = {int(pid) for pid in children.read_text().split()}
    assert f"Process {pids[0]} of this server ended by signal 9" in (home / "server.log").read_text()

    os.kill(instance.pid, signal.SIGKILL)

    with suppress(ConnectionError), socket.create_connection(("127.0.0.1", instance.port)) as waiting:
        waiting.settimeout(30)
        assert waiting.recv(1) == b""  # the last process that had the socket is gone
    assert not is_held(home, SystemClock())


def test_a_port_that_is_taken_is_said_with_another_to_try(home):
    with listening_socket("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        told = tidemill("server", "start", "--port", str(port))

    assert told.returncode == 1
    assert f"port {port} of 127.0.0.1 is taken by another process" in told.stderr
    assert f"tidemill server start --port {port + 1}" in told.stderr


@pytest.mark.parametrize(
    ("host", "said"), [("203.0.113.7", "is no address of this machine"), ("no.such.host.invalid", "is no address")]
)
def test_where_nobody_can_listen(host, said):
    with pytest.raises(CannotStartError, match=said):
        listening_socket(host, 0)


def test_a_home_has_one_server(tmp_path):
    clock = JumpingClock()
    with held_home(tmp_path, clock):
        assert is_held(tmp_path, clock)
        with pytest.raises(CannotStartError, match="runs already"), held_home(tmp_path, clock):
            pass
    assert not is_held(tmp_path, clock)
    assert running_instance(tmp_path, clock) is None


def test_where_others_can_reach_it_somebody_has_to_say_who_may_come_in(cli):
    told = tidemill("server", "start", "--host", "0.0.0.0", "--port", "0")

    assert told.returncode == 1
    assert "nobody has set up who may come in" in told.stderr
    assert "tidemill auth key create NAME" in told.stderr


def test_words_that_exclude_each_other_and_wrong_levels_are_refused(cli):
    both = tidemill("server", "start", "--port", "0", "--require-auth", "--insecure-no-auth")
    assert both.returncode == 1
    assert "exclude each other" in both.stderr
    assert cli("server start --log-level LOUD").code == 2


def test_a_server_that_does_not_start_in_the_background_says_why(cli):
    told = cli("server start --background --port 0 --host 203.0.113.7")

    assert told.code == 1
    assert "the server did not start" in told.err
    assert "203.0.113.7" in told.err


def test_what_a_server_in_the_background_warns_of_is_told_by_the_command_that_starts_it(home):
    words = ("server", "start", "--background", "--port", "0", "--host", "0.0.0.0", "--insecure-no-auth")
    told = tidemill(*words)
    try:
        assert told.returncode == 0
        assert "Warning: everybody who reaches 0.0.0.0 may do everything." in told.stderr.splitlines()
        assert "in plain HTTP" in told.stderr
    finally:
        tidemill("server", "stop")


def test_the_dashboard_is_opened_in_the_browser_that_the_environment_names(server, tmp_path, monkeypatch):
    browser, opened = tmp_path / "browser", tmp_path / "opened"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.new && mv {opened}.new {opened}\n')
    browser.chmod(0o700)
    monkeypatch.setenv("BROWSER", str(browser))
    pages = server().url.removesuffix("/api")

    told = tidemill("dashboard", "open")

    assert (told.returncode, told.stdout) == (0, f"Opened {pages}\n")
    for _ in range(500):
        if opened.exists():
            break
        SystemClock().sleep(0.02)
    assert opened.read_text() == f"{pages}\n"


def test_of_two_that_start_at_once_one_serves_and_the_other_says_who_does(home):
    words = [sys.executable, "-m", "tidemill", "server", "start", "--background", "--port", "0"]
    both = [
        subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": PACKAGE})
        for _ in range(2)
    ]
    told = {process.wait(60): process.communicate()[1] for process in both}
    try:
        instance = running_instance(home, SystemClock())
        assert set(told) == {0, 1}
        assert "runs already" in told[1]  # which, if it answers by then
        assert f"answers at {instance.url}" in (home / "server.log").read_text()
    finally:
        tidemill("server", "stop")


def test_the_log_of_a_server_that_died_is_there_after_the_next_start(server, home):
    first = server()
    os.kill(first.pid, signal.SIGKILL)
    while is_held(home, SystemClock()):
        SystemClock().sleep(0.02)

    second = server()

    log = (home / "server.log").read_text()
    assert log.index(f"answers at {first.url}") < log.index(f"answers at {second.url}")


@pytest.mark.parametrize("below", ["", "further"])
def test_a_home_that_is_no_folder_has_no_server_and_can_have_none(cli, tmp_path, monkeypatch, below):
    (tmp_path / "file").touch()
    monkeypatch.setenv("TIDEMILL_HOME", str(tmp_path / "file" / below))

    assert cli("server stop").out.endswith("runs.\n")
    started = cli("server start --background --port 0")
    assert started.code == 1
    assert "cannot be used" in started.err
    assert "TIDEMILL_HOME=ANOTHER_FOLDER" in started.err


@pytest.mark.parametrize("said", [b"", b"{bad", b'{"pid": 1, "url": "http://x/api", "version": "1", "started_us": 1}'])
def test_what_a_server_left_behind_is_nobody(cli, home, said):
    home.mkdir(exist_ok=True)
    (home / "server.json").write_bytes(said)  # its process was killed, and another one may have its number now

    assert cli("server stop").out == f"No server of the home {home} runs.\n"


def test_a_process_that_has_the_number_of_a_server_elsewhere_is_let_alone(cli, home):
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    if not Path(f"/proc/{bystander.pid}/cmdline").exists():
        bystander.communicate(b"\n")
        pytest.skip("no list of a process's words here")
    with held_home(home, SystemClock()):
        announce(home, Instance(pid=bystander.pid, url="http://127.0.0.1:9/api", version="1", started_us=1))

        told = cli("server stop")

    bystander.communicate(b"\n")
    assert (told.code, bystander.returncode) == (1, 0)
    assert "in another container" in told.err


def test_the_steps_of_the_schema_are_shown_taken_back_and_taken(cli, home):
    assert cli("server database status -o json").json["version"] == 0
    assert cli("server database upgrade").code == 0
    newest = cli("server database status -o json").json["newest"]
    assert cli("server database upgrade").out == f"Nothing to do: the database is at step {newest}.\n"
    assert "DROP TABLE" in cli("server database downgrade --dry-run").out
    unasked = cli("server database downgrade")
    assert unasked.code == 2
    assert "--yes" in unasked.err
    assert cli("server database downgrade --yes").out.endswith(f"is at step {newest - 1}.\n")
    assert cli("server database downgrade --revision base --yes").code == 0
    assert "CREATE TABLE" in cli("server database upgrade --dry-run").out
    assert cli("server database upgrade --revision 0001_runs").out.endswith("is at step 1.\n")
    unknown = cli("server database upgrade --revision 0001_rnus")
    assert unknown.code == 2
    assert "did you mean '0001_runs'?" in unknown.err


def test_a_database_is_emptied_only_when_somebody_agrees(cli):
    cli("variable set a 1")
    assert cli("server database reset").code == 2
    assert cli("--prompt server database reset", answer="n\n").code == 1
    assert cli("variable get a").out == "1\n"

    assert cli("--prompt server database reset", answer="y\n").code == 0

    assert json.loads(cli("variable ls -o json").out) == []


def test_services_run_in_a_server_or_beside_it_and_are_listed(server, cli, home):
    instance = server("--no-services")
    assert instance.services is False
    names = {row["name"] for row in cli("server services ls -o json").json}
    assert {"leases", "late_runs", "scheduler"} <= names

    assert tidemill("server", "services", "start", "--background").returncode == 0

    assert running_instance(home, SystemClock(), "services") is not None
    assert "runs already" in tidemill("server", "services", "start").stderr
    assert "a server of this home" in cli("server database downgrade --yes").err
    assert cli("server stop").code == 0
    assert "a process that runs services" in cli("server database downgrade --yes").err
    assert cli("server services stop").out == "The services have stopped.\n"
    assert running_instance(home, SystemClock(), "services") is None
