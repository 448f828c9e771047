"""What of the contract's SDK is there, what is missing, and what is there but different."""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import sys
import textwrap
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Final

from tests.contract.facts import Name, sdk_names
from tests.contract.signatures import default_differs, differences, parsed, signature_of

CLASSES: Final = ("class", "model", "enum", "typed_dict")
CALLABLES: Final = ("function", "callable_object")
ABSENT: Final = object()
#: A default that must not be shared between objects; None may stand for it.
EMPTY: Final = ("[]", "{}", "set()")


@dataclass(slots=True)
class Survey:
    """The outcome, by label: ``module:Name`` or ``module:Name.member``."""

    present: set[str] = field(default_factory=set)
    missing: dict[str, str] = field(default_factory=dict)
    deviating: dict[str, list[str]] = field(default_factory=dict)

    def deviates(self, label: str, said: list[str]) -> None:
        """Note differences, if any."""
        if said:
            self.deviating.setdefault(label, []).extend(said)


def survey(tiers: tuple[int, ...] = (1, 2)) -> Survey:
    """Look at every name of the contract."""
    outcome = Survey()
    for name in sdk_names():
        if name.tier not in tiers:
            continue
        try:
            found = look_up(name)
        except ImportError as error:
            outcome.deviating[name.module] = [f"cannot be imported: {error}"]
            found = ABSENT
        if found is ABSENT:
            outcome.missing[name.label] = name.written
        else:
            outcome.present.add(name.label)
            _compare(name, found, outcome)
    return outcome


def module_named(path: str) -> ModuleType | None:
    """The module, or None where there is no such file; what breaks while it loads is not hidden."""
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError as error:
        if error.name and (path == error.name or path.startswith(f"{error.name}.")):
            return None
        raise


def look_up(name: Name) -> Any:
    """Our object behind the name, or ABSENT."""
    module = module_named(name.module)
    return ABSENT if module is None else getattr(module, name.name, ABSENT)


def _compare(name: Name, found: Any, outcome: Survey) -> None:
    kind = name.facts["kind"]
    if kind == "reexport":
        _same_object(name, found, outcome)
    elif kind in CALLABLES:
        _callable(name.label, name.facts, found, outcome)
        _members(name, found, outcome)
    elif kind in CLASSES:
        if not inspect.isclass(found):
            outcome.deviates(name.label, [f"is {type(found).__name__}, not a class"])
            return
        _class(name, found, outcome)
        _members(name, found, outcome)


def _same_object(name: Name, found: Any, outcome: Survey) -> None:
    module, _, origin = name.facts["from"].partition(":")
    source = module_named(module)
    if source is not None and getattr(source, origin, found) is not found:
        outcome.deviates(name.label, [f"is not the object {module}:{origin}"])


def _callable(label: str, facts: dict[str, Any], found: Any, outcome: Survey, *, of_instance: bool = False) -> None:
    if not callable(found):
        outcome.deviates(label, [f"is {type(found).__name__}, not callable"])
        return
    signature = signature_of(found, of_instance=of_instance)
    if signature is not None:
        outcome.deviates(label, differences(parsed(facts["signature"]), signature))
    waits = inspect.iscoroutinefunction(inspect.unwrap(found))
    if waits != bool(facts.get("async")):
        outcome.deviates(label, ["is a coroutine function" if waits else "is not a coroutine function"])


def _class(name: Name, found: type, outcome: Survey) -> None:
    if "init" in name.facts:
        signature = signature_of(found)
        if signature is not None:
            outcome.deviates(name.label, differences(parsed(name.facts["init"]), signature))
    for member, value in name.facts.get("members", {}).items():
        if getattr(getattr(found, member, None), "value", ABSENT) != value:
            outcome.deviates(name.label, [f"member {member} is not {value!r}"])
    ancestors = {ancestor.__name__ for ancestor in found.__mro__}
    outcome.deviates(
        name.label,
        [
            f"does not derive from {base}"
            for base in name.facts.get("bases", ())
            if base not in ancestors and _tells_callers_something(base, module_named(name.module))
        ],
    )


def _tells_callers_something(base: str, module: ModuleType | None) -> bool:
    """Can a caller name this base, in an `except` or an `isinstance`? Typing's bases and private ones do not count."""
    found = getattr(module, base, getattr(builtins, base, None))
    package = (module.__name__ if module else "").partition(".")[0]
    return isinstance(found, type) and (issubclass(found, BaseException) or found.__module__.startswith(package))


def _members(name: Name, found: Any, outcome: Survey) -> None:
    attributes = attributes_of(found)
    for plain in (*name.facts.get("properties", ()), *name.facts.get("attributes", ())):
        _note(f"{name.label}.{plain}", plain in attributes, f"attribute {plain}", outcome)
    for title, default in name.facts.get("fields", {}).items():
        label = f"{name.label}.{title}"
        _note(label, title in attributes, f"field {title}{'' if default is None else f' = {default}'}", outcome)
        if title in attributes:
            outcome.deviates(label, _field(found, title, default))
    for title, facts in name.facts.get("methods", {}).items():
        label, method = f"{name.label}.{title}", getattr(found, title, ABSENT)
        written = f"{'async ' if facts.get('async') else ''}method {title}{facts['signature']}"
        _note(label, method is not ABSENT, written, outcome)
        if method is not ABSENT:
            bound = isinstance(inspect.getattr_static(found, title), staticmethod | classmethod)
            _callable(label, facts, method, outcome, of_instance=inspect.isclass(found) and not bound)
        if facts.get("pair") and f"a{title}" not in name.facts["methods"]:
            _note(f"{name.label}.a{title}", hasattr(found, f"a{title}"), f"async method a{title}", outcome)


def _note(label: str, there: bool, written: str, outcome: Survey) -> None:
    if there:
        outcome.present.add(label)
    else:
        outcome.missing[label] = written


def _field(owner: Any, title: str, default: str | None) -> list[str]:
    """A field is given by name when the object is made, and may be left out where the contract has a default."""
    signature = signature_of(owner)
    parameter = signature.parameters.get(title) if signature else None
    if parameter is None or parameter.kind is inspect.Parameter.VAR_KEYWORD:
        return []
    if default is not None and parameter.default is inspect.Parameter.empty:
        return [f"must be given; the contract's default is {default}"]
    made_anew = _built(parameter.default) or (default in EMPTY and parameter.default is None)
    if default is not None and not made_anew and default_differs(default, parameter.default):
        return [f"has the default {parameter.default!r}; the contract's is {default}"]
    return []


def _built(default: Any) -> bool:
    """Is the default made anew for each object, so that the signature cannot show it?"""
    return type(default).__name__ in ("_HAS_DEFAULT_FACTORY_CLASS", "PydanticUndefinedType", "ellipsis", "Factory") or (
        repr(default).startswith("<")
    )


def attributes_of(owner: Any) -> set[str]:
    """What an instance has: declared, computed, or set while it is made."""
    found = set(dir(owner))
    for ancestor in getattr(owner, "__mro__", ()):
        found |= _annotated(ancestor) | set(vars(ancestor))
        for listing in ("__slots__", "__struct_fields__", "__pydantic_fields__"):
            said = vars(ancestor).get(listing)
            found |= set(said) if isinstance(said, tuple | list | dict) else set()
        found |= _set_in_init(vars(ancestor).get("__init__"))
    return found


def _annotated(owner: Any) -> set[str]:
    if sys.version_info >= (3, 14):  # from here on a class has its annotations when it is asked for them
        import annotationlib

        return set(annotationlib.get_annotations(owner, format=annotationlib.Format.FORWARDREF))
    annotations = vars(owner).get("__annotations__")
    return set(annotations) if isinstance(annotations, dict) else set()


def _set_in_init(init: Any) -> set[str]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(init)))
    except (OSError, TypeError, SyntaxError):
        return set()
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name)
    }
