"""The main program of a run that another program goes on with.

A run of ``python script.py`` records values of classes that belonged to ``__main__``. Whoever resumes it has another
main program and imports the script as a module, which then stands in: such values come back as instances of the
module's classes, and count as what they were. So do those of a script that ``tidemill run`` imported by its path and
that lies elsewhere now.
"""

from __future__ import annotations

import pickle
import sys
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from types import ModuleType

#: How the names of modules begin that are scripts, imported by their path.
SCRIPT_PREFIX: Final = "tidemill_script_"
_MAIN: Final = "__main__"
_CLOUDPICKLE: Final = "cloudpickle.cloudpickle"
_chosen: list[ModuleType] = []


def stand_in(module: ModuleType | None) -> None:
    """Have a module be the main program of the runs that this process goes on with; ``None`` ends that."""
    _chosen[:] = [] if module is None else [module]


def main_module() -> ModuleType | None:
    """The module that runs call ``__main__``."""
    return _chosen[0] if _chosen else sys.modules.get(_MAIN)


def loads(data: bytes) -> Any:
    """What was pickled; what belonged to the main program is looked for in the module that stands in for it."""
    if not _chosen or not any(name.encode() in data for name in (_MAIN, SCRIPT_PREFIX)):
        return pickle.loads(data)
    return _Unpickler(BytesIO(data)).load()


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if module == _MAIN or module.startswith(SCRIPT_PREFIX):
            found = _own(name)
            return super().find_class(module, name) if found is None else found
        found = super().find_class(module, name)
        if module == _CLOUDPICKLE:
            wrap = _INSTEAD.get(name)
            return found if wrap is None else wrap(found)
        return found


def _own(name: str) -> Any:
    found: Any = _chosen[0]
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _skeleton(make: Any) -> Any:
    """Classes pickled by value come as a skeleton and a state: the real class takes the place of the first."""

    def class_(kind: Any, name: str, bases: Any, attributes: Any, *more: Any) -> Any:
        found = _own(name) if attributes.get("__module__") == _MAIN else None
        return found if isinstance(found, type) else make(kind, name, bases, attributes, *more)

    return class_


def _enum(make: Any) -> Any:
    def class_(bases: Any, name: str, qualname: str, members: Any, module: str, *more: Any) -> Any:
        found = _own(qualname) if module == _MAIN else None
        return found if isinstance(found, type) else make(bases, name, qualname, members, module, *more)

    return class_


def _state(set_state: Any) -> Any:
    """The real class has its methods already."""

    def unless_real(class_: Any, state: Any) -> Any:
        return class_ if class_.__module__ == _chosen[0].__name__ else set_state(class_, state)

    return unless_real


_INSTEAD: Final = {"_make_skeleton_class": _skeleton, "_make_skeleton_enum": _enum, "_class_setstate": _state}
