"""What holds for every command: help, mistyped names, exit codes, errors as text and as JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.contract.cli_survey import command_at, parameter_differences
from tests.contract.facts import raw
from tidemill import __version__
from tidemill.cli.commands import COMMANDS
from tidemill.cli.errors import ExitCode, Problem, as_problem, wants_machine_format
from tidemill.cli.main import rewritten, tidemill
from tidemill.exceptions import MissingProfileError
from tidemill.settings.errors import InvalidSettings
from tidemill.settings.loading import default_home

CONTRACT = raw("cli.json")
PACKAGE = str(Path(sys.modules["tidemill"].__file__).parents[1])


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The same in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "tidemill", *words],
        capture_output=True,
        text=True,
        encoding=environment.get("PYTHONIOENCODING"),
        env={**os.environ, "PYTHONPATH": PACKAGE, **environment},
        check=False,
    )


def commands(group: click.Group, above: str = "") -> dict[str, click.Command]:
    context = click.Context(group)
    found: dict[str, click.Command] = {}
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            found |= commands(command, f"{above}{name} ")
        elif command is not None:
            found[f"{above}{name}"] = command
    return found


@pytest.mark.parametrize("path", sorted(commands(tidemill)))
def test_commands_take_what_the_contract_says(path):
    about = CONTRACT["commands"].get(path)
    if about is None:
        pytest.skip("ours alone")
    assert parameter_differences(about, commands(tidemill)[path]) == []


#: Groups that are whole, save for these commands: why each is not there, or with which part it comes.
GROUPS = (
    "api artifact concurrency-limit config dashboard events flow flow-run global-concurrency-limit profile server shell "
    "task-run variable version work-pool work-queue"
).split()
ABSENT = {
    "flow serve": "part 3: deployments and those who run them",
    "flow-run execute": "part 3: what a worker starts for a run",
    "shell serve": "part 3: a deployment of a command, and a process that serves it",
    "server database revision": "never: steps of the schema are written by tidemill's authors, as numbered SQL",
    "server database stamp": "never: a database knows by itself which steps it took",
    "work-pool provision-infra": "never: tidemill makes no infrastructure of clouds",
    "work-pool provision-infrastructure": "never: as above",
    "work-pool storage configure azure-blob-storage": "part 4: blocks that keep what deployments need",
    "work-pool storage configure gcs": "part 4: as above",
    "work-pool storage configure s3": "part 4: as above",
    "work-pool storage inspect": "part 4: as above",
}


def test_a_group_lacks_no_command_of_the_contract_but_those_that_say_why():
    wanted = {path for path in CONTRACT["commands"] if path.split()[0] in GROUPS}

    assert {path for path in wanted if command_at(path.split()) is None} == set(ABSENT)


#: They change something, and say in a line that they did.
CHANGE = {
    "auth key revoke", "config set", "config unset", "config validate", "flow-run cancel", "flow-run delete",
    "profile create", "profile delete", "profile populate-defaults", "profile rename", "profile use",
    "api", "artifact delete", "block delete", "block type delete", "dashboard open", "events emit", "events stream",
    "server database downgrade", "server database reset", "server database upgrade", "server services start",
    "server services stop", "server start", "server stop",
    "variable delete", "variable get", "variable set",
    *(f"concurrency-limit {verb}" for verb in ("create", "delete", "reset")),
    *(f"work-{what} {verb}-concurrency-limit" for what in ("pool", "queue") for verb in ("clear", "set")),
    *(f"work-{what} {verb}" for what in ("pool", "queue") for verb in ("create", "delete", "pause", "resume")),
    "work-pool get-default-base-job-template", "work-pool update",
    *(f"global-concurrency-limit {verb}" for verb in ("create", "delete", "disable", "enable", "update")),
}  # fmt: skip


def test_whatever_lists_or_shows_takes_an_output_format():
    takes = {
        path for path, command in commands(tidemill).items() if any(each.name == "output" for each in command.params)
    }

    assert set(commands(tidemill)) - takes == CHANGE


def test_groups_have_their_second_names():
    context = click.Context(tidemill)
    for entry in COMMANDS:
        for name in CONTRACT["groups"].get(entry.name, {}).get("aliases", ()):
            assert tidemill.get_command(context, name) is tidemill.get_command(context, entry.name)


@pytest.mark.parametrize("path", ["", *sorted(commands(tidemill))])
def test_every_command_explains_itself(cli, path):
    told = cli(f"{path} --help")
    assert told.code == 0
    assert told.out.startswith("Usage: ")
    if not path.endswith((" logs", " preview")):  # there -h is the contract's --head, or --hours
        assert cli(f"{path} -h").out == told.out


def test_every_summary_in_the_table_is_that_of_the_command():
    for entry in COMMANDS:
        assert entry.load().get_short_help_str(200).rstrip(".").startswith(entry.summary.rstrip("."))


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("confg view", 2, "unknown command 'tidemill confg', did you mean 'config'?\nTry: tidemill --help"),
        ("profile lss", 2, "unknown command 'tidemill profile lss', did you mean 'ls'?\nTry: tidemill profile --help"),
        ("config view --show-sorces", 2, "unknown option '--show-sorces', did you mean '--show-sources'?"),
        ("config set", 2, "missing argument NAME=VALUE\nTry: tidemill config set --help"),
        ("config set noequals", 2, "cannot read 'noequals'\nSettings are written NAME=VALUE."),
        ("config set TIDEMILL_API_ULR=x", 2, "unknown setting 'TIDEMILL_API_ULR', did you mean 'TIDEMILL_API_URL'?"),
        ("config view -o jsn", 2, "unknown output format 'jsn', did you mean 'json'?"),
        ("profile use locl", 3, "profile 'locl' not found, did you mean 'local'?\nTry: tidemill profile ls"),
        ("-p locl config view", 3, "profile 'locl' not found, did you mean 'local'?\nTry: tidemill profile ls"),
        ("-p locl flow-run ls", 3, "profile 'locl' not found, did you mean 'local'?\nTry: tidemill profile ls"),
    ],
)
def test_a_mistake_is_told_with_what_to_do_next(cli, line, code, message):
    told = cli(line)

    assert (told.code, told.out) == (code, "")
    assert told.err.startswith(f"Error: {message}")
    assert "Traceback" not in told.err


@pytest.mark.parametrize("line", ["", "config", "gcl"])
def test_a_group_without_a_command_explains_itself(cli, line):
    told = cli(line)

    assert (told.code, told.out) == (2, "")
    assert told.err == cli(f"{line} --help").out


def test_commands_are_completed():
    told = run(_TIDEMILL_COMPLETE="bash_complete", COMP_WORDS="tidemill flow-run in", COMP_CWORD="2")

    assert (told.returncode, told.stdout) == (0, "plain,inspect\n")


def test_a_home_that_cannot_be_used_is_named(cli, monkeypatch, tmp_path):
    occupied = tmp_path / "file"
    occupied.touch()
    monkeypatch.setenv("TIDEMILL_HOME", str(occupied))

    told = cli("flow-run ls")

    assert told.code == 1
    assert told.err.startswith(f"Error: the home {occupied} cannot be used: File exists\nTry: TIDEMILL_HOME=")


def test_errors_are_json_where_json_was_asked_for(cli):
    told = cli("-p locl config view -o json")

    assert json.loads(told.err) == {
        "error": {
            "code": "not_found",
            "exit_code": 3,
            "message": "profile 'locl' not found, did you mean 'local'?",
            "try": "tidemill profile ls",
        }
    }


@pytest.mark.parametrize("words", ["-o json", "-ojson", "-o=json", "--output json", "--output=jsonl"])
def test_the_wish_for_json_is_seen_in_every_spelling(words):
    assert wants_machine_format(["config", "view", *words.split()])
    assert not wants_machine_format(["config", "set", "json", "-o", "wide"])


@pytest.mark.parametrize(
    ("error", "code", "what"),
    [
        (Problem("x", code=ExitCode.NOT_ALLOWED), 4, "x"),
        (MissingProfileError("profile 'x' not found"), 3, "profile 'x' not found"),
        (PermissionError(13, "Permission denied", "/x"), 4, "/x: Permission denied"),
        (OSError(28, "No space left on device", "/x"), 1, "/x: No space left on device"),
        (ZeroDivisionError("division by zero"), 1, "unexpected ZeroDivisionError: division by zero"),
    ],
)
def test_errors_of_other_rooms_have_their_exit_code(error, code, what):
    problem = as_problem(error)
    assert (problem.code, problem.what) == (code, what)


def test_debug_shows_where_it_happened(cli):
    assert "Traceback" in cli("--debug profile use locl").err


def test_two_letter_flags_are_rewritten_up_to_the_double_dash():
    assert rewritten(["x", "-jv", "a=b", "-cl", "--", "-jv"]) == [
        "x",
        "--job-variable",
        "a=b",
        "--concurrency-limit",
        "--",
        "-jv",
    ]


def test_the_program_runs_as_a_module():
    told = run("--version")
    assert (told.returncode, told.stdout.strip(), told.stderr) == (0, __version__, "")


def test_a_process_ends_with_the_exit_code():
    told = run("profile", "use", "locl")
    assert (told.returncode, told.stdout) == (3, "")
    assert told.stderr.splitlines()[0] == "Error: profile 'locl' not found, did you mean 'local'?"


def test_colours_can_be_forced_and_forbidden():
    forced = {"CLICOLOR_FORCE": "1"}
    assert "\x1b[31mError:" in run("confg", **forced).stderr
    assert "\x1b" not in run("confg", **forced, NO_COLOR="1").stderr
    assert "\x1b" not in run("confg").stderr


def test_a_slip_in_the_environment_is_remarked_on():
    told = run("config", "view", TIDEMILL_API_ULR="x")
    assert told.returncode == 0
    assert told.stderr == (
        "Warning: unknown setting 'TIDEMILL_API_ULR' (environment variable TIDEMILL_API_ULR), "
        "did you mean 'TIDEMILL_API_URL'?\n"
    )


@pytest.mark.machine
def test_a_reader_that_leaves_early_is_no_error():
    line = f"{sys.executable} -m tidemill config view --show-defaults -o jsonl | true"
    told = subprocess.run(
        line, shell=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": PACKAGE}, check=False
    )
    assert told.stderr == ""


@pytest.mark.parametrize(
    ("words", "absent"),
    [
        ("--help", "rich tidemill.settings tidemill.engine tidemill.store msgspec pydantic asyncio apsw"),
        ("version", "rich tidemill.engine tidemill.store msgspec pydantic asyncio importlib.metadata tomllib apsw"),
        ("profile ls", "rich tidemill.engine tidemill.store msgspec pydantic asyncio apsw"),
    ],
)
def test_a_command_imports_only_what_it_needs(words, absent):
    code = (
        "import sys\nfrom tidemill.cli.main import main\n"
        f"sys.argv = ['tidemill', *{words.split()!r}]\n"
        "try: main()\nexcept SystemExit: pass\n"
        f"print([name for name in {absent.split()!r} if name in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": PACKAGE},
        check=True,
    )
    assert told.stdout.splitlines()[-1] == "[]"


NAMED = """
from tidemill import flow
@flow(name="n\\u00e4h \\U0001f9f5", flow_run_name="l\\udc80ne")
def odd(text: str = "\\u00fc"):
    pass
"""


@pytest.mark.parametrize(
    "encoding", ["ascii", *(pytest.param(name, marks=pytest.mark.thorough) for name in ("utf-8", "latin-1"))]
)
def test_what_an_encoding_has_not_is_escaped_and_documents_stay_documents(tmp_path, encoding):
    (tmp_path / "odd.py").write_text(NAMED)
    here = {"TIDEMILL_HOME": str(tmp_path / "home"), "PYTHONIOENCODING": encoding}

    assert run("run", str(tmp_path / "odd.py"), **here).returncode == 0
    for command in ("flow ls", "flow-run ls", "flow-run inspect @last", "why @last", "flow-run ls -o table"):
        told = run(*command.split(), **here)
        assert (told.returncode, told.stderr) == (0, ""), command
    (found,) = json.loads(run("flow-run", "ls", "-o", "json", **here).stdout)
    assert (found["flow_name"], found["parameters"]) == ("n\u00e4h \U0001f9f5", {"text": "\u00fc"})


@pytest.mark.machine
@pytest.mark.parametrize(
    "closed", [*(pytest.param(one, marks=pytest.mark.thorough) for one in (">&-", "2>&-")), ">&- 2>&- <&-"]
)
def test_a_command_whose_streams_are_closed_does_its_work(tmp_path, closed):
    command = f'"{sys.executable}" -m tidemill gcl create db --limit 1 {closed}'
    here = {**os.environ, "PYTHONPATH": PACKAGE, "TIDEMILL_HOME": str(tmp_path / "home")}

    told = subprocess.run(command, shell=True, env=here, capture_output=True, text=True, check=False)

    assert (told.returncode, told.stderr) == (0, "")
    assert run("gcl", "ls", "-o", "name", TIDEMILL_HOME=here["TIDEMILL_HOME"]).stdout == "db\n"
    asked = subprocess.run(
        f'"{sys.executable}" -m tidemill flow-run inspect - <&-',
        shell=True,
        env=here,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.stderr == "Error: '-' reads an id or a name from stdin, and nothing came\n"


@pytest.mark.machine
def test_a_working_directory_that_is_gone_is_told(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    command = f'cd "{gone}" && rmdir "{gone}" && "{sys.executable}" -m tidemill run flows.py:x'

    told = subprocess.run(
        command, shell=True, env={**os.environ, "PYTHONPATH": PACKAGE}, capture_output=True, text=True, check=False
    )

    assert told.stderr == "Error: the working directory is not there any more\nTry: cd, and the same command again\n"


@pytest.mark.machine
@pytest.mark.parametrize("command", ["flow-run ls", "config view"])
def test_the_home_of_a_user_that_nobody_knows_is_told(command):
    told = run(*command.split(), TIDEMILL_HOME="~nobody-of-that-name/x")

    assert told.stderr.startswith("Error: expected 'TIDEMILL_HOME' to be a path, got '~nobody-of-that-name/x'")


def test_a_user_without_a_home_directory_is_told_what_to_set(monkeypatch):
    def unknown(_: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", unknown)

    with pytest.raises(InvalidSettings, match="'TIDEMILL_HOME' is not set, and this user has no home directory"):
        default_home()
