"""What the docs show works: their Python runs, their commands, options, settings and names are there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import tidemill
from tests.house.doc_pages import PAGES, blocks, in_backticks, lines_of_prose, pages_with
from tests.house.source import ROOT
from tidemill.cli.examples import EXAMPLES
from tidemill.cli.main import tidemill as root_command

PACKAGE = str(Path(tidemill.__file__).parents[1])
#: What one page shows as a file is called so by its commands.
SCRIPT = "report.py"
PLUGIN = "tidemill.testing.plugin"
#: Files, and what the environment alone says.
NO_MODULES = {"tidemill.db", "tidemill.toml"}
NO_SETTINGS = {
    "TIDEMILL_PORTABLE",
    "TIDEMILL_TRIPS",
    "TIDEMILL_FAULTS",
    "TIDEMILL_BENCH_PEER",
    "TIDEMILL_CHROMIUM",
    "TIDEMILL_HOME",
    "TIDEMILL_PROFILE",
}
IN_MEMORY = """
from tidemill.engine.runtime import runtime
from tidemill.testing.memory import MemoryRecorder

def test_it():
    assert isinstance(runtime().recorder, MemoryRecorder)
"""


@pytest.fixture
def run(tmp_path):
    """Run Python with these arguments in an empty folder, with a home that nothing was recorded in."""
    folder = tmp_path / "work"
    folder.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TIDEMILL_")}
    environment |= {
        "PYTHONPATH": PACKAGE,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "TIDEMILL_HOME": str(tmp_path / "home"),
    }

    def python(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )

    python.folder = folder
    return python


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", pages_with("python"), ids=named)
def test_the_python_of_a_page_runs_from_its_first_block_to_its_last(run, page):
    program = "\n\n".join(blocks(page, "python"))
    is_test = "def test_" in program
    script = run.folder / ("test_page.py" if is_test else SCRIPT)
    script.write_text(program)

    told = run("-m", "pytest", "-q", "-p", PLUGIN, script.name) if is_test else run(script.name)

    assert told.returncode == 0, told.stdout + told.stderr
    if is_test:
        assert f"{program.count('def test_')} passed" in told.stdout


@pytest.mark.parametrize("page", pages_with("ini"), ids=named)
def test_the_pytest_configuration_of_a_page_is_taken(run, page):
    (run.folder / "pytest.ini").write_text("\n".join(blocks(page, "ini")))
    (run.folder / "test_it.py").write_text(IN_MEMORY)

    told = run("-m", "pytest", "-q", "-p", PLUGIN)

    assert "1 passed" in told.stdout, told.stdout + told.stderr


@pytest.mark.parametrize("page", pages_with("sh"), ids=named)
def test_the_commands_of_a_page_can_be_typed_one_after_the_other(run, page):
    (run.folder / SCRIPT).write_text("\n".join(blocks(page, "python")))

    for line in "".join(blocks(page, "sh")).splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] != ["tidemill"]:
            continue
        serves = words[1:3] == ["server", "start"]
        if serves:  # else it would go on until somebody ends it
            words += ["--background", "--port", "0"]
        told = run("-m", "tidemill", *("@last" if word == "RUN" else word for word in words[1:]))
        if serves:
            run("-m", "tidemill", "server", "stop")

        assert "Traceback" not in told.stderr
        refused_in_words = "RUN" in words and told.returncode == 1 and "Try: tidemill" in told.stderr
        assert told.returncode == 0 or refused_in_words, (line, told.stdout, told.stderr)


def commands_in(page: Path) -> list[tuple[str, list[str]]]:
    """Each command in the page's prose, and the options that its row of a table speaks of."""
    found = []
    for line in lines_of_prose(page):
        spans = in_backticks(line)
        for span in spans:
            if span.startswith("tidemill "):
                options = [each for each in spans if each.startswith("-")] if line.startswith("|") else []
                found.append((span, options))
    return found


@pytest.mark.parametrize("page", [page for page in PAGES if commands_in(page)], ids=named)
def test_commands_and_options_in_the_prose_are_there(page):
    for typed, options in commands_in(page):
        for part in typed.split(" | "):
            command, flags = resolved(part)
            for flag in [*flags, *(option.split()[0] for option in options)]:
                assert flag in known_flags(command), f"{named(page)}: {typed!r} has no {flag}"


@pytest.mark.parametrize("path", EXAMPLES)
def test_the_examples_in_the_help_are_commands_that_there_are(path):
    told = CliRunner().invoke(root_command, [*path.split(), "--help"], catch_exceptions=False).stdout

    for example in EXAMPLES[path]:
        assert f"  {example}\n" in told
        for part in example.split(" | "):
            command, flags = resolved(part)
            assert {flag.partition("=")[0] for flag in flags} <= known_flags(command)


def resolved(typed: str) -> tuple[click.Command, list[str]]:
    """The command that is typed so, and the options typed with it."""
    command: click.Command = root_command
    context = click.Context(command)
    words = typed.split()[1:]
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0)
        found = command.get_command(context, name)
        if name == "…" or (found is None and not name.islower()):
            break
        assert found is not None, f"there is no command {typed!r}"
        command = found
    return command, [word.strip("[]") for word in words if word.startswith("-") and len(word) > 1]


def known_flags(command: click.Command) -> set[str]:
    groups = {flag for each in root_command.params for flag in each.opts}
    return {flag for each in command.params for flag in (*each.opts, *each.secondary_opts)} | groups | {"--help"}


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=named)
def test_settings_and_names_of_tidemill_in_backticks_are_there(page):
    from tidemill import settings

    for span in (span for line in lines_of_prose(page) for span in in_backticks(line)):
        for name in re.findall(r"\bTIDEMILL_[A-Z_]*[A-Z]\b", span):
            assert name in NO_SETTINGS or "…" in span or hasattr(settings, name), f"there is no setting {name}"
        for name in re.findall(r"(?<![\w./])tidemill(?:\.\w+)+", span):
            assert name in NO_MODULES or there_is(name), f"there is no {name}"


def there_is(dotted: str) -> bool:
    """Whether a module or something in one has this name."""
    parts = dotted.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found = import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for name in parts[cut:]:
            if not hasattr(found, name):
                return False
            found = getattr(found, name)
        return True
    return False
