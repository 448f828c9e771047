"""The driver of async generator functions: on the event loop, where whoever takes the items goes on between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from tidemill.engine import context as contexts
from tidemill.engine.cancelling import interruption_in
from tidemill.engine.drivers.asynchronous import PERFORM, Whereabouts, within
from tidemill.engine.effects import Attend, Call, Outcome, unwrap

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from tidemill.engine.effects import Steps
    from tidemill.engine.runtime import Runtime
    from tidemill.system.clock import Clock

T = TypeVar("T")


async def drive_iterating(
    steps: Steps[T], runtime: Runtime, ended: Callable[[T], object], begun: Callable[[], object] = lambda: None
) -> AsyncGenerator[Any, Any]:
    """As ``asynchronous.drive``, for an async generator function: what the body yields is yielded on as it comes.

    What ``ended`` raises, which is told of the outcome, is raised to whoever takes the items or closes it. ``begun`` is
    called before each attempt.
    """
    here = Whereabouts()
    perform: dict[type, Callable[[Any, Runtime], Awaitable[Any]]] = {**PERFORM, Attend: here.attend}
    try:
        effect = steps.send(None)
        while True:
            if type(effect) is Call:
                begun()
                body, outcome = _Body(effect, runtime.clock), None
                while outcome is None:
                    item, outcome = await body.next()
                    if outcome is None:
                        here.elsewhere()
                        try:
                            body.sent((yield item))
                        except GeneratorExit:
                            # Whoever took its items has had enough: the run is over, and nothing went wrong.
                            outcome = await body.close()
                        except BaseException as error:  # noqa: BLE001 - thrown in: the body's to deal with
                            body.thrown(error)
                        here.in_this_task()
                effect = steps.send(outcome)
                continue
            try:
                answer = await perform[type(effect)](effect, runtime)
            except BaseException as error:  # noqa: BLE001 - as there
                effect = steps.throw(error)
            else:
                effect = steps.send(answer)
    except StopIteration as stop:
        value: T = stop.value
    ended(value)


class _Body:
    """A generator body: within its context only while it runs, and only then its time counts."""

    def __init__(self, effect: Call, clock: Clock) -> None:
        self._context = effect.context
        self._items: AsyncGenerator[Any, Any] = effect.function(*effect.args, **effect.kwargs)
        self._left = effect.timeout
        self._clock = clock
        self._go_on: Callable[[], Awaitable[Any]]
        self.sent(None)

    def sent(self, value: Any) -> None:
        """What its ``yield`` gives when it goes on."""
        self._go_on = lambda: self._items.asend(value)

    def thrown(self, error: BaseException) -> None:
        """What its ``yield`` raises when it goes on."""
        self._go_on = lambda: self._items.athrow(error)

    async def next(self) -> tuple[Any, Outcome[Any] | None]:
        """What it yields next, or its outcome."""
        began = self._clock.monotonic()
        token = contexts.enter(self._context)
        try:
            cause = interruption_in(self._context)
            if cause is not None:
                self.thrown(cause)
            if self._left is None:
                return await self._go_on(), None
            return unwrap(await within(self._left, self._go_on())), None
        except StopAsyncIteration:
            return None, Outcome(None)
        except BaseException as error:  # noqa: BLE001 - whatever the user's code raises is its outcome
            return None, Outcome(raised=error)
        finally:
            contexts.leave(token)
            if self._left is not None:
                self._left -= self._clock.monotonic() - began

    async def close(self) -> Outcome[Any]:
        """Nobody takes its items any more; its outcome."""
        token = contexts.enter(self._context)
        try:
            await self._items.aclose()
        except BaseException as error:  # noqa: BLE001 - as in next
            return Outcome(raised=error)
        finally:
            contexts.leave(token)
        return Outcome(None)
