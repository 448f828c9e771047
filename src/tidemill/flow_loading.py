"""From an entrypoint to its flow: by importing the code, or from its source where it cannot be imported here."""

from __future__ import annotations

import ast
import logging
import sys
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar, cast

from tidemill.entrypoints import Entrypoint, load_entrypoint, parse_entrypoint
from tidemill.exceptions import EntrypointError, MissingFlowError, ScriptError, UnspecifiedFlowError
from tidemill.flow_source import Remains, definition_at, keywords_of_flow
from tidemill.flows import Flow
from tidemill.suggestions import did_you_mean, one_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

P = ParamSpec("P")
R = TypeVar("R")

__all__ = [
    "is_entrypoint_async",
    "load_flow_arguments_from_entrypoint",
    "load_flow_from_entrypoint",
    "load_function_and_convert_to_flow",
    "load_placeholder_flow",
    "safe_load_flow_from_entrypoint",
    "select_flow",
]

logger = logging.getLogger("tidemill.loading")

#: The options of ``@flow`` whose values are numbers, texts and truths.
_SIMPLE_OPTIONS: Final = frozenset(
    {
        "name",
        "version",
        "retries",
        "retry_delay_seconds",
        "description",
        "timeout_seconds",
        "validate_parameters",
        "persist_result",
        "cache_result_in_memory",
        "log_prints",
    }
)


def load_flow_from_entrypoint(entrypoint: str, use_placeholder_flow: bool = True) -> Flow[P, Any]:
    """The flow at ``file.py:name``, ``file.py:Class.name``, ``package.module:name`` or ``package.module.name``.

    The file is executed, its flow calls are passed over. Where that fails, most often for a package that is missing
    here, ``use_placeholder_flow`` (the default) settles for what ``safe_load_flow_from_entrypoint`` finds: enough to
    look at the flow, perhaps not enough to run it.

    Raises EntrypointError for a file or module that is not there, MissingFlowError if there is no such flow in it, and
    ScriptError, with the user's error as its cause.
    """
    try:
        return cast("Flow[P, Any]", flow_in(load_entrypoint(_read(entrypoint)), entrypoint))
    except ScriptError as error:
        flow: Flow[P, Any] | None = safe_load_flow_from_entrypoint(entrypoint) if use_placeholder_flow else None
        if flow is None:
            raise
        logger.warning("Flow %r stands in without the parts of its file that failed: %s", flow.name, error)
        return flow


def safe_load_flow_from_entrypoint(entrypoint: str) -> Flow[P, Any] | None:
    """The flow, made of what can be had of its file; ``None`` where not even that gives one.

    Only what defines something is executed (imports, assignments, functions, classes), and what fails is left out: a
    flow's annotation of a type that is missing here, a default that cannot be computed. Raises nothing.
    """
    try:
        found = Remains(definition_at(_read(entrypoint))).found()
    except (EntrypointError, SyntaxError) as error:
        logger.info("No flow could be had of %s: %s", entrypoint, error)
        return None
    return found if isinstance(found, Flow) else None


def load_function_and_convert_to_flow(entrypoint: str) -> Flow[P, Any]:
    """The flow at an entrypoint; a plain function there is made one, with ``log_prints=True``.

    Raises as ``load_flow_from_entrypoint`` does, and TypeError for what cannot be called.
    """
    found = load_entrypoint(_read(entrypoint))
    return found if isinstance(found, Flow) else Flow(found, log_prints=True)


def load_placeholder_flow(entrypoint: str, raises: Exception) -> Flow[P, Any]:
    """A flow with the name and options that the source gives to the one at an entrypoint; runs of it raise ``raises``.

    For looking at a flow whose code cannot be imported here. Raises EntrypointError if the source has no such function.
    """

    def placeholder(*_: Any, **__: Any) -> Any:
        raise raises

    async def async_placeholder(*_: Any, **__: Any) -> Any:
        raise raises

    stand_in: Any = async_placeholder if is_entrypoint_async(entrypoint) else placeholder
    return Flow(stand_in, **load_flow_arguments_from_entrypoint(entrypoint))


def is_entrypoint_async(entrypoint: str) -> bool:
    """Whether the function at an entrypoint is written ``async def``; its file is read, not executed."""
    return isinstance(definition_at(_read(entrypoint)).function, ast.AsyncFunctionDef)


def load_flow_arguments_from_entrypoint(
    entrypoint: str, arguments: list[str] | set[str] | None = None
) -> dict[str, Any]:
    """The options that ``@flow(…)`` is given in the source, by name; ``name`` is there in any case.

    ``arguments`` are the options wanted; by default those whose values are numbers, texts and truths. Constants are
    read; for anything else what the file defines is executed, and an option whose value cannot be had is left out.
    Raises EntrypointError if the source has no such function.
    """
    wanted = _SIMPLE_OPTIONS if arguments is None else arguments
    definition = definition_at(_read(entrypoint))
    options: dict[str, Any] = {}
    remains: Remains | None = None
    for keyword in keywords_of_flow(definition.function):
        if keyword.arg is None or keyword.arg not in wanted:
            continue
        if isinstance(keyword.value, ast.Constant):
            options[keyword.arg] = keyword.value.value
            continue
        remains = remains or Remains(definition)
        try:
            options[keyword.arg] = remains.value(keyword.value)
        except Exception as error:  # noqa: BLE001 - the user's code may raise anything
            shown = ast.unparse(keyword.value)
            logger.info("Option %s=%s of %s is left out: %s", keyword.arg, shown, entrypoint, error)
    if "name" in wanted and options.get("name") is None:
        options["name"] = definition.function.name.replace("_", "-")
    return options


def select_flow(
    flows: Iterable[Flow[P, R]], flow_name: str | None = None, from_message: str | None = None
) -> Flow[P, R]:
    """The flow of that name, or the only one. ``from_message`` ends the message of an error: ``"in file.py"``.

    Raises MissingFlowError if there is none, UnspecifiedFlowError if there are several and no name is given.
    """
    named = {flow.name: flow for flow in flows}
    where = f" {from_message}" if from_message else ""
    if not named:
        raise MissingFlowError(f"There are no flows{where}; a flow is a function with @flow above it")
    if flow_name:
        if flow_name not in named:
            advice = did_you_mean(flow_name, list(named)) or f"; there is {one_of(list(named))}"
            raise MissingFlowError(f"There is no flow {flow_name!r}{where}{advice}")
        return named[flow_name]
    if len(named) > 1:
        raise UnspecifiedFlowError(f"There are several flows{where}: {one_of(sorted(named))}. Name the one you mean")
    return next(iter(named.values()))


def flow_in(found: Any, place: str, flow_name: str | None = None) -> Flow[..., Any]:
    """What was found if it is a flow, else the flow in its module that was made of it, or has this name.

    Raises MissingFlowError.
    """
    if isinstance(found, Flow):
        return found
    for made in flows_of(sys.modules.get(getattr(found, "__module__", ""))):
        if made.fn is found or made.name == flow_name:
            return made
    raise MissingFlowError(f"{place} is no flow but a {type(found).__name__}; put @flow above its definition")


def flows_of(module: ModuleType | None) -> list[Flow[..., Any]]:
    """The flows among a module's names, those that were imported too."""
    return [value for value in vars(module).values() if isinstance(value, Flow)] if module is not None else []


def _read(entrypoint: str) -> Entrypoint:
    """An entrypoint; besides ``module:name`` also ``module.name``."""
    module, dot, name = entrypoint.rpartition(".")
    if ":" not in entrypoint and dot and all(part.isidentifier() for part in (*module.split("."), name)):
        return Entrypoint(name, module=module)
    return parse_entrypoint(entrypoint)
