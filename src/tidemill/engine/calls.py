"""A call of a task, before it runs: its parameters, its place, and the id that follows from them."""

from __future__ import annotations

import logging
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, ClassVar, Self

from tidemill.domain.identity import uuid8_text
from tidemill.engine.context import RunContext, current, current_tags
from tidemill.engine.headroom import require_headroom
from tidemill.engine.inputs import Future, all_short, find_futures, graph, is_bare, is_plain, replace, required_futures
from tidemill.engine.receivers import receivers_in
from tidemill.engine.runtime import Runtime, runtime
from tidemill.exceptions import HashError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tidemill.domain.states import State
    from tidemill.engine.context import FlowRunContext
    from tidemill.engine.workload import TaskWork

logger = logging.getLogger("tidemill.engine")


class TaskCall:
    """One call of a task. ``upstream`` are the futures that must be done before its body may start.

    ``plain``: its parameters are scalars. ``bare``: they are, or hold, no future, state or mark, so that none need be
    looked for again: one look into a list of millions of numbers costs a tenth of a second.
    ``origins``: by parameter, kinds and ids of the runs that its value comes from and no longer shows.
    ``items``: where those of a generator are gathered that nobody takes as they come; they are its value.
    """

    __slots__ = (
        "bare",
        "context",
        "flow_context",
        "items",
        "origins",
        "parameters",
        "parent",
        "plain",
        "required",
        "run_id",
        "runtime",
        "tags",
        "task",
        "upstream",
        "wait_for",
    )

    #: Whether its final state goes to another process.
    travels: ClassVar[bool] = False

    def __init__(
        self,
        task: TaskWork,
        parameters: dict[str, Any],
        wait_for: Any = None,
        origins: Mapping[str, Collection[tuple[str, str]]] | None = None,
    ) -> None:
        require_headroom()
        self.task = task
        self.origins = origins
        self.items: list[Any] | None = None
        self.parameters = parameters
        parent = current()
        self.parent = parent
        self.plain = plain = is_plain(parameters.values())
        self.bare = plain or is_bare(parameters)
        self.upstream: Sequence[Future] = () if self.bare else find_futures(parameters)
        self.wait_for: Sequence[Future] = find_futures(collected(wait_for)) if wait_for is not None else ()
        self.required: Sequence[Future] = required_futures(collected(wait_for)) if self.wait_for else ()
        if parent is None:
            self.runtime: Runtime = runtime()
            self.flow_context: FlowRunContext | None = None
            self.run_id = self.runtime.new_id()
        else:
            self.runtime = parent.runtime
            self.flow_context = parent.flow_context
            self.run_id = call_id(parent, task.task_key_bytes, _inputs(self, parent))
        tags = current_tags()
        self.tags = sorted(tags.union(task.sorted_tags)) if tags else task.sorted_tags

    def checked(self, state: State[Any]) -> State[Any]:
        """The state as it may be recorded; one that travels is Failed if its value cannot."""
        return state

    @classmethod
    def of_another_process(
        cls,
        task: TaskWork,
        parameters: dict[str, Any],
        run_id: str,
        tags: list[str],
        flow: FlowRunContext | None,
        runtime: Runtime,
        origins: Mapping[str, Collection[tuple[str, str]]] | None = None,
    ) -> Self:
        """A call that was made elsewhere, where its id was given and its futures were resolved."""
        call = cls.__new__(cls)
        call.task, call.parameters, call.run_id, call.tags = task, parameters, run_id, tags
        call.parent = call.flow_context = flow
        call.runtime, call.origins = runtime, origins
        call.plain, call.upstream, call.wait_for = is_plain(parameters.values()), (), ()
        call.bare = call.plain
        call.required = ()
        call.items = None
        return call


def edges_of(call: TaskCall) -> dict[str, list[dict[str, str]]]:
    """Which runs the call takes values of or waits for, in the wire's form; asked while its futures are there."""
    made = call.flow_context.made if call.flow_context is not None else None
    edges = graph(call.parameters, made, bare=call.bare, origins=call.origins)
    if call.wait_for:
        edges["wait_for"] = [{"input_type": future.input_type, "id": future.run_id} for future in call.wait_for]
    return edges


def collected(wait_for: Any) -> Any:
    """What ``wait_for`` was given, as something that can be looked into more than once."""
    if wait_for is None:
        return ()
    return wait_for if isinstance(wait_for, Future | list | tuple | set | dict) else list(wait_for)


def call_id(scope: RunContext, work: bytes, inputs: bytes) -> str:
    """The id of a call within its scope: the n-th of this task or flow with these inputs (see ``domain.identity``)."""
    digest = blake2b(inputs, digest_size=16, key=work, salt=scope.key).hexdigest()
    nth = scope.nth_call(digest)
    if nth:
        digest = blake2b(nth.to_bytes(8, "big"), digest_size=16, key=digest.encode(), salt=scope.key).hexdigest()
    return uuid8_text(digest)


def scope_key(run_id: str) -> bytes:
    """Sixteen bytes that stand for a run in the ids of the calls made in it."""
    return bytes.fromhex(run_id.replace("-", ""))


def _inputs(call: TaskCall, scope: RunContext) -> bytes:
    skipped = call.task.unhashed_parameters
    parameters, receiver = call.parameters, call.task.receiver
    if call.plain and not skipped and not receiver and all_short(parameters.values()):
        return repr(tuple(parameters.values())).encode()
    if skipped:
        parameters = {name: value for name, value in parameters.items() if name not in skipped}
        receiver = {name: value for name, value in receiver.items() if name not in skipped}
    return inputs_hash(scope, call.task.name, parameters, receiver, bare=call.bare)


def inputs_hash(
    scope: RunContext, name: str, parameters: dict[str, Any], receiver: dict[str, Any], *, bare: bool = False
) -> bytes:
    """What, within a scope, tells calls with different inputs apart. A future counts by the call it stands for.

    ``receiver``: a method's object, by its parameter's name (see ``receivers``); one that cannot be hashed does not
    count. ``bare``: there is no future, state or mark in the parameters. Those that cannot be hashed count as equal, so
    such calls are told apart by their order alone.
    """
    of_object = b""
    for thing in receiver.values():
        of_object = receivers_in(scope).content(thing, lambda: _of_object(scope.flow_context or scope, name, receiver))
    try:
        return _hashed(scope, parameters, bare=bare) + of_object
    except HashError as error:
        logger.debug("Calls of %r are recognised on resume by their order: %s", name, error)
        return b"by position" + of_object


def _of_object(scope: RunContext, name: str, receiver: dict[str, Any]) -> bytes:
    try:
        return _hashed(scope, receiver, bare=False)
    except HashError as error:
        logger.debug("Calls of %r are recognised on resume whatever their object: %s", name, error)
        return b""


def _hashed(scope: RunContext, inputs: dict[str, Any], *, bare: bool) -> bytes:
    from tidemill.hashing import hash_inputs  # noqa: PLC0415 - calls with a few scalars never need it

    seed = int.from_bytes(scope.key[-8:], "little")
    return hash_inputs(inputs if bare else replace(inputs, _by_key), seed)


def _by_key(thing: Future | State[Any], _forgiving: bool) -> Any:
    return ("future", thing.run_id) if isinstance(thing, Future) else thing
