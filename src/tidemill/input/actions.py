"""Inputs of flow runs, one by one: keep, read, find, delete.

Without a ``flow_run_id`` they are those of the flow run that the code is in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import msgspec

from tidemill.engine.context import FlowRunContext
from tidemill.engine.drivers import sync
from tidemill.engine.effects import Block, unwrap
from tidemill.engine.pausing import new_input
from tidemill.engine.runtime import runtime
from tidemill.exceptions import MissingContextError, ObjectAlreadyExists, ObjectNotFound, OptionError
from tidemill.store.errors import InputExistsError, UnknownRunError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel

    from tidemill.domain.runs import FlowRunInput
    from tidemill.engine.effects import Steps
    from tidemill.engine.runtime import Runtime

T = TypeVar("T")

__all__ = [
    "acreate_flow_run_input",
    "acreate_flow_run_input_from_model",
    "adelete_flow_run_input",
    "afilter_flow_run_input",
    "aread_flow_run_input",
    "create_flow_run_input",
    "create_flow_run_input_from_model",
    "delete_flow_run_input",
    "ensure_flow_run_id",
    "filter_flow_run_input",
    "read_flow_run_input",
]


def ensure_flow_run_id(flow_run_id: UUID | None = None) -> UUID:
    """The id given, else that of the flow run that the code is in. Raises ``MissingContextError`` outside of one."""
    if flow_run_id is not None:
        return UUID(str(flow_run_id))
    context = FlowRunContext.get()
    if context is None:
        raise MissingContextError("expected a 'flow_run_id', or to be called within a flow run")
    return UUID(context.run_id)


def create_flow_run_input(key: str, value: Any, flow_run_id: UUID | None = None, sender: str | None = None) -> None:
    """Keep a value, anything that JSON can carry, as an input of a flow run.

    Raises ``ObjectAlreadyExists`` if it has one of this key, ``ObjectNotFound`` if there is no such run.
    """
    perform(put(key, _json(value), flow_run_id, sender))


async def acreate_flow_run_input(
    key: str, value: Any, flow_run_id: UUID | None = None, sender: str | None = None
) -> None:
    """As ``create_flow_run_input``, without holding up the event loop."""
    await aperform(put(key, _json(value), flow_run_id, sender))


def create_flow_run_input_from_model(
    key: str, model_instance: BaseModel, flow_run_id: UUID | None = None, sender: str | None = None
) -> None:
    """Keep a pydantic model as an input of a flow run; raises as ``create_flow_run_input``."""
    perform(put(key, model_instance.model_dump_json(), flow_run_id, sender))


async def acreate_flow_run_input_from_model(
    key: str, model_instance: BaseModel, flow_run_id: UUID | None = None, sender: str | None = None
) -> None:
    """As ``create_flow_run_input_from_model``, without holding up the event loop."""
    await aperform(put(key, model_instance.model_dump_json(), flow_run_id, sender))


def filter_flow_run_input(
    key_prefix: str, limit: int = 1, exclude_keys: set[str] | None = None, flow_run_id: UUID | None = None
) -> list[FlowRunInput]:
    """Up to ``limit`` inputs whose keys begin so, oldest first."""
    return perform(find(key_prefix, limit, exclude_keys, flow_run_id))


async def afilter_flow_run_input(
    key_prefix: str, limit: int = 1, exclude_keys: set[str] | None = None, flow_run_id: UUID | None = None
) -> list[FlowRunInput]:
    """As ``filter_flow_run_input``, without holding up the event loop."""
    return await aperform(find(key_prefix, limit, exclude_keys, flow_run_id))


def read_flow_run_input(key: str, flow_run_id: UUID | None = None) -> Any:
    """The value of an input; ``None`` where there is none of this key."""
    return perform(read(key, flow_run_id))


async def aread_flow_run_input(key: str, flow_run_id: UUID | None = None) -> Any:
    """As ``read_flow_run_input``, without holding up the event loop."""
    return await aperform(read(key, flow_run_id))


def delete_flow_run_input(key: str, flow_run_id: UUID | None = None) -> None:
    """Forget an input. Raises ``ObjectNotFound`` where there is none of this key."""
    perform(delete(key, flow_run_id))


async def adelete_flow_run_input(key: str, flow_run_id: UUID | None = None) -> None:
    """As ``delete_flow_run_input``, without holding up the event loop."""
    await aperform(delete(key, flow_run_id))


def perform(steps: Steps[T]) -> T:
    """Perform them in this thread."""
    return sync.drive(steps, runtime_here())


async def aperform(steps: Steps[T]) -> T:
    """Perform them on this event loop."""
    from tidemill.engine.drivers import asynchronous  # noqa: PLC0415 - synchronous programs never load asyncio

    return await asynchronous.drive(steps, runtime_here())


def runtime_here() -> Runtime:
    """That of the run that the code is in, else that of the process."""
    context = FlowRunContext.get()
    return context.runtime if context is not None else runtime()


def put(
    key: str, text: str, flow_run_id: UUID | None, sender: str | None = None, *, replace: bool = False
) -> Steps[None]:
    """Keep an input that is JSON already."""
    here, run = runtime_here(), str(ensure_flow_run_id(flow_run_id))
    unwrap((yield Block(here.recorder.wait_applied)))

    def write() -> None:
        here.ledger.store.put_flow_run_input(new_input(here, run, key, text, sender), replace=replace)

    try:
        unwrap((yield Block(write)))
    except InputExistsError as error:
        raise ObjectAlreadyExists(error) from error
    except UnknownRunError as error:
        raise ObjectNotFound(error, f"{error}; list them with: tidemill flow-run ls") from error


def find(
    key_prefix: str, limit: int, exclude_keys: set[str] | None, flow_run_id: UUID | None
) -> Steps[list[FlowRunInput]]:
    """Inputs whose keys begin so."""
    store, run = runtime_here().ledger.store, str(ensure_flow_run_id(flow_run_id))

    def look() -> list[FlowRunInput]:
        return store.find_flow_run_inputs(run, key_prefix, limit=limit, exclude_keys=exclude_keys or ())

    return unwrap((yield Block(look)))


def read(key: str, flow_run_id: UUID | None) -> Steps[Any]:
    """The value of an input."""
    look: Callable[..., str | None] = runtime_here().ledger.store.read_flow_run_input
    text = unwrap((yield Block(look, (str(ensure_flow_run_id(flow_run_id)), key))))
    return None if text is None else msgspec.json.decode(text)


def delete(key: str, flow_run_id: UUID | None) -> Steps[None]:
    """Forget an input."""
    store, run = runtime_here().ledger.store, str(ensure_flow_run_id(flow_run_id))
    if not unwrap((yield Block(store.delete_flow_run_input, (run, key)))):
        missing = LookupError(f"flow run {run} has no input {key!r}")
        raise ObjectNotFound(missing) from None


def _json(value: Any) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError) as error:
        raise OptionError(f"expected 'value' to be something that JSON can carry: {error}") from error
