"""Every operation there is, one module for each kind of thing."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from tidemill.api.operation import Operation


@cache
def every_operation() -> tuple[Operation, ...]:
    """All that are declared in this package's modules, in the order of modules and declarations."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    return tuple(one for module in modules for said in vars(module).values() for one in _operations(said))


def _operations(said: object) -> list[Operation]:
    if isinstance(said, dict):
        return [one for one in said.values() if isinstance(one, Operation)]
    return [said] if isinstance(said, Operation) else []
