"""The driver of async generator functions: on the event loop, where whoever takes the items goes on between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from tidemill.engine import context as contexts
from tidemill.engine.cancelling import interruption_in
from tidemill.engine.drivers.asynchronous import PERFORM, Whereabouts, within
from tidemill.engine.drivers.sync import recalled_items
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
    body: _Body | None = None
    here = Whereabouts()
    perform: dict[type, Callable[[Any, Runtime], Awaitable[Any]]] = {**PERFORM, Attend: here.attend}
    try:
        effect = steps.send(None)
        while True:
            if type(effect) is Call:
                begun()
                body = _Body(effect, runtime.clock)
                while await body.goes_on():
                    here.elsewhere()
                    try:
                        body.sent((yield body.item))
                    except GeneratorExit:
                        # Whoever took its items has had enough: the run is over, and nothing went wrong.
                        await body.close()
                    except BaseException as error:  # noqa: BLE001 - thrown in: the body's to deal with
                        body.thrown(error)
                    here.in_this_task()
                effect = steps.send(body.outcome)
                continue
            try:
                answer = await perform[type(effect)](effect, runtime)
            except BaseException as error:  # noqa: BLE001 - as there
                effect = steps.throw(error)
            else:
                effect = steps.send(answer)
    except StopIteration as stop:
        value: T = stop.value
    for item in recalled_items(value) if body is None else ():
        yield item
    ended(value)


class _Body:
    """A generator body: within its context only while it runs, and only then its time counts."""

    def __init__(self, effect: Call, clock: Clock) -> None:
        self._context = effect.context
        self._items: AsyncGenerator[Any, Any] = effect.function(*effect.args, **effect.kwargs)
        self._left = effect.timeout
        self._clock = clock
        self._go_on: Callable[[], Awaitable[Any]]
        self.item: Any = None
        self.outcome: Outcome[Any] | None = None
        self.sent(None)

    def sent(self, value: Any) -> None:
        """What its ``yield`` gives when it goes on."""
        self._go_on = lambda: self._items.asend(value)

    def thrown(self, error: BaseException) -> None:
        """What its ``yield`` raises when it goes on."""
        self._go_on = lambda: self._items.athrow(error)

    async def goes_on(self) -> bool:
        """Have it run to its next ``item``; false where it is over, and there is its ``outcome``."""
        if self.outcome is not None:
            return False
        began = self._clock.monotonic()
        token = contexts.enter(self._context)
        try:
            cause = interruption_in(self._context)
            if cause is not None:
                self.thrown(cause)
            self.item = await self._next()
        except StopAsyncIteration:
            self.outcome = Outcome(None)
        except BaseException as error:  # noqa: BLE001 - whatever the user's code raises is its outcome
            self.outcome = Outcome(raised=error)
        finally:
            contexts.leave(token)
            if self._left is not None:
                self._left -= self._clock.monotonic() - began
        return self.outcome is None

    async def _next(self) -> Any:
        if self._left is None:
            return await self._go_on()
        return unwrap(await within(self._left, self._go_on(), self._context))

    async def close(self) -> None:
        """Nobody takes its items any more."""
        token = contexts.enter(self._context)
        try:
            await self._items.aclose()
        except BaseException as error:  # noqa: BLE001 - as in goes_on
            self.outcome = Outcome(raised=error)
        else:
            self.outcome = Outcome(None)
        finally:
            contexts.leave(token)
