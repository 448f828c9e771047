"""Entrypoints lead to objects in files and modules, and say what is wrong when they do not."""

from __future__ import annotations

import sys
import traceback

import pytest

from tidemill.entrypoints import Entrypoint, load_entrypoint, load_script, parse_entrypoint
from tidemill.exceptions import EntrypointError, MissingFlowError, ScriptError


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "neighbour.py").write_text("GREETING = 'hello'\n")
    (tmp_path / "pipeline.py").write_text(
        "import json\n"
        "from neighbour import GREETING\n"
        "def train(n=1):\n    return GREETING\n"
        "def evaluate():\n    pass\n"
        "class Model:\n    @staticmethod\n    def fit():\n        return 'fitted'\n"
    )
    (tmp_path / "broken.py").write_text("def f():\n    return 1 / 0\nf()\n")
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("")
    (tmp_path / "pkg" / "flows.py").write_text("def run(): return 3\n")
    modules, path = set(sys.modules), list(sys.path)
    yield tmp_path
    assert sys.path == path
    for name in set(sys.modules) - modules:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("text", "entrypoint"),
    [
        ("flows/a.py:run", Entrypoint("run", path="flows/a.py")),
        ("C:\\flows\\a.py:run", Entrypoint("run", path="C:\\flows\\a.py")),
        ("a.py:Class.run", Entrypoint("Class.run", path="a.py")),
        ("pkg.flows:run", Entrypoint("run", module="pkg.flows")),
    ],
)
def test_an_entrypoint_is_a_place_and_a_name(text, entrypoint):
    assert parse_entrypoint(text) == entrypoint
    assert str(parse_entrypoint(text)) == text


@pytest.mark.parametrize("text", ["a.py", "", ":run", "a.py:", "a.py:1x", "a.py:a..b"])
def test_anything_else_is_refused_with_an_example(text):
    with pytest.raises(EntrypointError, match=r"write it as path/to/file.py:name or package.module:name"):
        parse_entrypoint(text)


def test_a_file_is_imported_with_its_neighbours(project):
    assert load_entrypoint("pipeline.py:train")() == "hello"
    assert load_entrypoint(f"{project}/pipeline.py:Model.fit")() == "fitted"


def test_a_module_is_imported_from_the_working_directory(project):
    assert load_entrypoint("pkg.flows:run")() == 3


def test_a_changed_file_is_imported_anew_under_the_same_name(project):
    first = load_script("pipeline.py")
    (project / "pipeline.py").write_text("X = 1\n")

    second = load_script("pipeline.py")

    assert second.X == 1
    assert second.__name__ == first.__name__
    assert sys.modules[second.__name__] is second


@pytest.mark.parametrize(
    ("entrypoint", "message"),
    [
        ("pipeline.py:trian", "pipeline.py has no 'trian', did you mean 'train'?"),
        ("pipeline.py:zzz", "pipeline.py has no 'zzz'; it has 'train', 'evaluate', 'Model'"),
        ("pipeline.py:Model.fti", "Model in pipeline.py has no 'fti', did you mean 'fit'?"),
        ("pkg.flows:rnu", "pkg.flows has no 'rnu', did you mean 'run'?"),
    ],
)
def test_a_missing_name_comes_with_what_is_there(project, entrypoint, message):
    with pytest.raises(MissingFlowError) as missing:
        load_entrypoint(entrypoint)

    assert str(missing.value) == message


def test_a_missing_file_or_module_is_named(project):
    with pytest.raises(EntrypointError, match=r"There is no file pipelin.py, did you mean 'pipeline.py'\?"):
        load_entrypoint("pipelin.py:train")
    with pytest.raises(EntrypointError, match=r"There is no file nowhere/x.py"):
        load_entrypoint("nowhere/x.py:train")
    with pytest.raises(EntrypointError, match=r"There is no module 'pkg.nothing'"):
        load_entrypoint("pkg.nothing:train")


def test_a_script_that_fails_keeps_its_authors_traceback(project):
    modules = set(sys.modules)

    with pytest.raises(ScriptError, match=r"broken.py could not be imported: ZeroDivisionError") as failed:
        load_entrypoint("broken.py:f")

    frames = traceback.extract_tb(failed.value.__cause__.__traceback__)
    assert [frame.name for frame in frames] == ["<module>", "f"]
    assert isinstance(failed.value.user_exc, ZeroDivisionError)
    assert set(sys.modules) == modules


def test_a_missing_import_in_a_module_is_the_modules_fault(project):
    (project / "pkg" / "needy.py").write_text("import not_installed_here\n")

    with pytest.raises(ScriptError, match=r"pkg.needy could not be imported: ModuleNotFoundError"):
        load_entrypoint("pkg.needy:run")


@pytest.mark.parametrize("words", ["import sys; sys.exit(3)", "raise KeyboardInterrupt"])
def test_a_file_that_was_not_imported_to_its_end_leaves_no_module(project, words):
    (project / "leaves.py").write_text(words)
    modules = set(sys.modules)

    with pytest.raises((ScriptError, KeyboardInterrupt)):
        load_entrypoint("leaves.py:f")

    assert set(sys.modules) == modules


def test_a_name_in_something_without_names_is_missing(project):
    (project / "number.py").write_text("n = 5\n")

    with pytest.raises(MissingFlowError, match="has no 'f'"):
        load_entrypoint("number.py:n.f")
