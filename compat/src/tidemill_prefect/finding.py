"""From ``prefect.x`` to the module ``tidemill.x``, which is the same object under both names."""

from __future__ import annotations

import os
import sys
from dis import opmap
from functools import cache
from importlib import import_module
from importlib.abc import Loader
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec, spec_from_loader
from typing import TYPE_CHECKING, Any

from tidemill_prefect.names import not_there, ours

if TYPE_CHECKING:
    from types import CodeType, FrameType, ModuleType


def spec_of(fullname: str) -> ModuleSpec:
    """The spec of an alias.

    Raises ImportError where Prefect itself is installed, ModuleNotFoundError for a module that tidemill does not have.
    """
    check_alone()
    take_environment()
    name = ours(fullname)
    try:
        found = find_spec(name)
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise ModuleNotFoundError(not_there(name), name=fullname)
    spec = spec_from_loader(
        fullname, Alias(found), origin=found.origin, is_package=found.submodule_search_locations is not None
    )
    assert spec is not None
    return spec


class Alias(Loader):
    """Gives tidemill's module for a spec of the alias."""

    def __init__(self, spec: ModuleSpec) -> None:
        self._ours = spec
        self._before: tuple[Any, Any] = (None, None)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Tidemill's own module, loaded if it is not yet."""
        del spec
        module = import_module(self._ours.name)
        self._before = (module.__spec__, module.__loader__)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Put back what the import system has just written into the module, and let it find renamed names."""
        module.__spec__, module.__loader__ = self._before
        find_renamed(module)

    def get_code(self, fullname: str) -> CodeType | None:
        """For ``python -m prefect``."""
        del fullname
        loader: Any = self._ours.loader
        code: CodeType | None = loader.get_code(self._ours.name)
        return code


def find_renamed(module: ModuleType) -> None:
    """Let a module find ``PrefectX`` as its ``TidemillX``, and say what it knows of names that it has not."""
    before = vars(module).get("__getattr__")
    if getattr(before, "finds_renamed", False):
        return

    def getattr_(name: str) -> Any:
        if before is not None:
            try:
                return before(name)
            except AttributeError:
                pass
        renamed = ours(name)
        if renamed != name:
            try:
                return getattr(module, renamed)
            except AttributeError:
                pass
        said = not_there(module.__name__, renamed)
        if _imports_from(sys._getframe(1)):  # noqa: SLF001 - there is no other way to know
            raise ImportError(said, name=module.__name__)
        raise AttributeError(said, name=name, obj=module)

    getattr_.finds_renamed = True  # type: ignore[attr-defined]  # a mark, so that it is not wrapped twice
    module.__getattr__ = getattr_  # type: ignore[method-assign]  # this is how modules do it


def _imports_from(frame: FrameType) -> bool:
    """Whether a frame is at ``from … import …``, which would hide what an AttributeError says."""
    return frame.f_code.co_code[frame.f_lasti] == opmap["IMPORT_FROM"]


@cache
def check_alone() -> None:
    """Raise ImportError where there is a real ``prefect`` that would be hidden."""
    for place in sys.path:
        found = PathFinder.find_spec("prefect", [place])
        if found is not None and found.origin is not None:
            raise ImportError(
                f"tidemill-prefect stands in for Prefect, and there is one at {found.origin}. Keep one of both: "
                "pip uninstall tidemill-prefect, or pip uninstall prefect",
                name="prefect",
            )


@cache
def take_environment() -> None:
    """Let settings that are in the environment under the field's prefix count, unless ours are there, too."""
    said = {name: value for name, value in os.environ.items() if name.startswith("PREFECT_")}
    if not said:
        return
    from tidemill.settings.registry import find  # noqa: PLC0415 - only where there is something to look up

    for name, value in said.items():
        if name == "PREFECT_HOME" or find(ours(name)) is not None:
            os.environ.setdefault(ours(name), value)
