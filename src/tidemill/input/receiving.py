"""Waiting for what is sent to a flow run.

Inputs stay where they are when they have been received: a run that is resumed receives the same ones, in the same
order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tidemill.engine.looking import Looking
from tidemill.input.actions import aperform, ensure_flow_run_id, find, perform, runtime_here

if TYPE_CHECKING:
    from typing import Self
    from uuid import UUID

    from tidemill.domain.runs import FlowRunInput
    from tidemill.engine.effects import Steps

R = TypeVar("R")


class GetInputHandler(Generic[R]):
    """An iterator over the inputs of one type, as they arrive; ``for`` and ``async for`` both work.

    It ends when none has come for ``timeout`` seconds (``None`` waits for ever), or raises ``TimeoutError`` then if
    ``raise_timeout_error``. ``poll_interval`` is the longest time between two looks, in seconds; we look more often,
    or are told.
    """

    def __init__(
        self,
        run_input_cls: type[Any],
        key_prefix: str,
        timeout: float | None = 3600,
        poll_interval: float = 10,
        raise_timeout_error: bool = False,
        exclude_keys: set[str] | None = None,
        flow_run_id: UUID | None = None,
    ) -> None:
        self.run_input_cls = run_input_cls
        self.key_prefix = key_prefix
        self.timeout = timeout
        self.poll_interval = poll_interval
        self.raise_timeout_error = raise_timeout_error
        self.exclude_keys: set[str] = set(exclude_keys or ())
        self.flow_run_id = ensure_flow_run_id(flow_run_id)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> R:
        try:
            return self.next()
        except TimeoutError:
            if self.raise_timeout_error:
                raise
            raise StopIteration from None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> R:
        try:
            return await self.anext()
        except TimeoutError:
            if self.raise_timeout_error:
                raise
            raise StopAsyncIteration from None

    def next(self) -> R:
        """Wait for the next one. Raises ``TimeoutError``."""
        return self.to_instance(perform(self._next()))

    async def anext(self) -> R:
        """As ``next``, without holding up the event loop."""
        return self.to_instance(await aperform(self._next()))

    async def filter_for_inputs(self) -> list[FlowRunInput]:
        """Those that have arrived and were not received yet, at most one."""
        found: list[FlowRunInput] = await aperform(self._look())
        return found

    def filter_for_inputs_sync(self) -> list[FlowRunInput]:
        """As ``filter_for_inputs``, in this thread."""
        found: list[FlowRunInput] = perform(self._look())
        return found

    def to_instance(self, flow_run_input: FlowRunInput) -> R:
        """The input as an instance of its class."""
        instance: R = self.run_input_cls.load_from_flow_run_input(flow_run_input)
        return instance

    def _look(self) -> Steps[list[FlowRunInput]]:
        found: list[FlowRunInput] = yield from find(self.key_prefix, 1, self.exclude_keys, self.flow_run_id)
        self.exclude_keys.update(one.key for one in found)
        return found

    def _next(self) -> Steps[FlowRunInput]:
        here = runtime_here()
        clock = here.clock
        began = clock.monotonic()
        looking: Looking[list[FlowRunInput]] = Looking(
            here,
            f"what was sent to flow run {self.flow_run_id}",
            "find_flow_run_inputs",
            lambda: {
                "flow_run_id": str(self.flow_run_id),
                "key_prefix": self.key_prefix,
                "limit": 1,
                "exclude_keys": sorted(self.exclude_keys),
            },
            longest=self.poll_interval,
        )
        while True:
            found = yield from looking.look()
            if found:
                self.exclude_keys.update(one.key for one in found)
                return found[0]
            left = None if self.timeout is None else self.timeout - (clock.monotonic() - began)
            if left is not None and left <= 0:
                raise TimeoutError(
                    f"no input {self.key_prefix!r} came to flow run {self.flow_run_id} in {self.timeout:g} s"
                )
            yield from looking.pause(left)


class GetAutomaticInputHandler(GetInputHandler[R]):
    """As ``GetInputHandler``, for plain types: gives their values, or with ``with_metadata`` the models around them."""

    def __init__(
        self,
        run_input_cls: type[Any],
        key_prefix: str,
        timeout: float | None = 3600,
        poll_interval: float = 10,
        raise_timeout_error: bool = False,
        exclude_keys: set[str] | None = None,
        flow_run_id: UUID | None = None,
        with_metadata: bool = False,
    ) -> None:
        super().__init__(
            run_input_cls, key_prefix, timeout, poll_interval, raise_timeout_error, exclude_keys, flow_run_id
        )
        self.with_metadata = with_metadata

    def to_instance(self, flow_run_input: FlowRunInput) -> R:
        """The value, or the model around it."""
        instance = super().to_instance(flow_run_input)
        return instance if self.with_metadata else instance.value  # type: ignore[attr-defined]  # automatic
