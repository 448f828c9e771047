"""Entrypoints: ``path/to/file.py:name`` and ``package.module:name``, and the objects they lead to.

The name may go on into classes, as in ``pipeline.py:Training.run``.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from contextlib import contextmanager
from hashlib import blake2b
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.exceptions import EntrypointError, MissingFlowError, ScriptError
from tidemill.main_program import SCRIPT_PREFIX
from tidemill.suggestions import did_you_mean, one_of
from tidemill.while_loading import loading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType


#: What a user's file may raise while it is imported: errors of every kind, and ``sys.exit()`` at its end.
_OF_A_FILE: Final = (Exception, SystemExit)


class Entrypoint(msgspec.Struct, frozen=True):
    """Where an object is: its name in a file (``path``) or in a module (``module``)."""

    name: str
    path: str | None = None
    module: str | None = None

    def __str__(self) -> str:
        return f"{self.path or self.module}:{self.name}"


def parse_entrypoint(text: str) -> Entrypoint:
    """Read ``file.py:name`` or ``package.module:name``; raises EntrypointError when it is neither."""
    place, colon, name = text.rpartition(":")
    if not colon or not place or not all(part.isidentifier() for part in name.split(".")):
        advice = "write it as path/to/file.py:name or package.module:name"
        raise EntrypointError(f"{text!r} is no entrypoint: {advice}")
    if is_path(place):
        return Entrypoint(name, path=place)
    return Entrypoint(name, module=place)


def is_path(place: str) -> bool:
    """Does this name a file, rather than a module?"""
    return place.endswith((".py", ".ipynb", ".pyw")) or "/" in place or os.sep in place


def load_entrypoint(entrypoint: str | Entrypoint) -> Any:
    """Import what an entrypoint leads to. A file is imported anew each time, a module once.

    Raises EntrypointError when there is no such file, module or name, and ScriptError, with the user's error and
    traceback as its cause, when the import itself fails or ends the program.
    """
    if isinstance(entrypoint, str):
        entrypoint = parse_entrypoint(entrypoint)
    module = load_script(entrypoint.path) if entrypoint.path is not None else _import(entrypoint.module or "")
    return _follow(module, entrypoint)


def load_script(path: str) -> ModuleType:
    """Import a Python file by its path.

    While it is imported its directory and the working directory can be imported from, as when it is run by itself;
    afterwards ``sys.path`` is as before. The module's name is the same in every process, for this path. Flow calls in
    it are passed over, with a warning: loading a file finds flows, it does not run them.
    """
    absolute = os.path.abspath(path)  # noqa: PTH100 - pathlib costs more to import than this whole module
    if not os.path.isfile(absolute):  # noqa: PTH113 - as above
        raise EntrypointError(f"There is no file {path}{_neighbour(absolute)} (looked for {absolute})")
    name = module_name_for(absolute)
    spec = importlib.util.spec_from_file_location(name, absolute)
    if spec is None or spec.loader is None:
        raise EntrypointError(f"{path} cannot be imported: its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(name)
    sys.modules[name] = module  # dataclasses and pydantic look their own module up while it is being imported
    with loading(path) as load, importable(os.path.dirname(absolute), os.getcwd()):  # noqa: PTH109, PTH120 - as above
        try:
            spec.loader.exec_module(module)
        except BaseException as error:
            if before is None:
                del sys.modules[name]
            else:
                sys.modules[name] = before
            if not isinstance(error, _OF_A_FILE):
                raise
            cause = error.with_traceback(_from_users_code(error.__traceback__, absolute))
            raise ScriptError(error, path, note=load.note()) from cause
    return module


def module_name_for(path: str) -> str:
    """The name under which a script is imported: its own, and a mark of where it is, so that no module is shadowed."""
    stem = os.path.splitext(os.path.basename(path))[0]  # noqa: PTH119, PTH122 - as above
    clean = "".join(c if c.isalnum() else "_" for c in stem)
    mark = blake2b(os.fsencode(os.path.realpath(path)), digest_size=4).hexdigest()
    return f"{SCRIPT_PREFIX}{clean}_{mark}"


@contextmanager
def importable(*directories: str) -> Iterator[None]:
    """While this is open these directories can be imported from."""
    added = [directory for directory in dict.fromkeys(directories) if directory not in sys.path]
    sys.path[:0] = added
    try:
        yield
    finally:
        for directory in added:
            if directory in sys.path:
                sys.path.remove(directory)


def _from_users_code(traceback: TracebackType | None, path: str) -> TracebackType | None:
    """The traceback from the user's file on: how it came to be imported says nothing to its author."""
    here = traceback
    while here is not None and here.tb_frame.f_code.co_filename != path:
        here = here.tb_next
    return here or traceback


def _neighbour(absolute: str) -> str:
    directory, name = os.path.split(absolute)
    try:
        return did_you_mean(name, [other for other in os.listdir(directory) if other.endswith(".py")])  # noqa: PTH208
    except OSError:
        return ""


def _import(name: str) -> ModuleType:
    with loading(name) as load, importable(os.getcwd()):  # noqa: PTH109 - as above
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
                raise EntrypointError(f"There is no module {error.name!r} that could be imported from here") from error
            raise ScriptError(error, name, note=load.note()) from error
        except _OF_A_FILE as error:
            raise ScriptError(error, name, note=load.note()) from error


def _follow(module: ModuleType, entrypoint: Entrypoint) -> Any:
    found: Any = module
    where = entrypoint.path or entrypoint.module
    for part in entrypoint.name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            there = _defined_in(found, module.__name__)
            advice = did_you_mean(part, there) or f"; it has {one_of(there)}"
            owner = where if found is module else f"{getattr(found, '__name__', found)} in {where}"
            raise MissingFlowError(f"{owner} has no {part!r}{advice}") from None
    return found


def _defined_in(owner: Any, module_name: str) -> list[str]:
    """The public names that were made here, not imported."""
    return [
        name
        for name, value in getattr(owner, "__dict__", {}).items()
        if not name.startswith("_")
        and not isinstance(value, ModuleType)
        and (not isinstance(owner, ModuleType) or getattr(value, "__module__", None) == module_name)
    ]
