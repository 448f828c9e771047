"""How slots are waited for: one sequence of steps, for threads and event loops."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from tidemill.domain.entries import TaskRunCreated, TaskRunStateSet
from tidemill.domain.limits import SlotsDenied, waits_for
from tidemill.domain.states import State, StateDetails, StateType, from_us
from tidemill.engine.effects import Block, Record, Sleep, WaitFor, unwrap
from tidemill.engine.slot_news import SlotNews
from tidemill.engine.slots import Lease, Wish
from tidemill.exceptions import AcquireConcurrencySlotTimeoutError, ConcurrencySlotAcquisitionError
from tidemill.store.errors import LimitError, StoreBusyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.domain.entries import TaskRunStarted
    from tidemill.engine.context import TaskRunContext
    from tidemill.engine.effects import Steps
    from tidemill.engine.slots import SlotDesk, Ticket

logger = logging.getLogger("tidemill.concurrency")

#: Slots that another process gives back are noticed after this at the latest, in seconds, where no server tells of it.
_LONGEST_PAUSE: Final = 0.1
_FIRST_PAUSE: Final = 0.005
#: Who waits for slots to decay, or for those before it in the line, looks up after so many seconds: the limit may have
#: been raised, the run asked to leave.
_LOOK_EVERY: Final = 1.0


def take_slots(
    desk: SlotDesk,
    wish: Wish,
    *,
    timeout: float | None = None,
    retries: int | None = None,
    on_wait: Callable[[SlotsDenied], Steps[None]] | None = None,
    look_up: Callable[[], None] = lambda: None,
) -> Steps[Lease]:
    """Wait until the slots are held. ``timeout`` is in seconds; ``retries`` is how often to ask again.

    ``on_wait`` is done once, if there is a wait; ``look_up`` at least once a second, and may end it by what it raises.
    Raises AcquireConcurrencySlotTimeoutError, and ConcurrencySlotAcquisitionError where waiting cannot help.
    """
    lease = Lease(desk, wish)
    try:
        denied = None if desk.has_line(wish.names) else (yield from _ask(lease))
        if lease.granted is None:
            yield from _wait_in_line(desk, lease, denied, timeout, retries, on_wait, look_up)
    except BaseException:
        lease.give_back()
        raise
    _tell_missing(lease)
    return lease


def _ask(lease: Lease) -> Steps[SlotsDenied | None]:
    try:
        answer = unwrap((yield Block(lease.ask)))
    except LimitError as error:
        raise ConcurrencySlotAcquisitionError(str(error)) from error
    except StoreBusyError as error:
        if not lease.told_away:
            _tell_away(f"whether slots of {', '.join(lease.wish.names)} are free", error)
        lease.told_away = True
        return SlotsDenied(retry_after=_LOOK_EVERY, limit=lease.wish.names[0])
    return answer if isinstance(answer, SlotsDenied) else None


def _wait_in_line(
    desk: SlotDesk,
    lease: Lease,
    denied: SlotsDenied | None,
    timeout: float | None,
    retries: int | None,
    on_wait: Callable[[SlotsDenied], Steps[None]] | None,
    look_up: Callable[[], None],
) -> Steps[None]:
    wish = lease.wish
    begun = desk.clock.monotonic()
    waiting = denied or SlotsDenied(retry_after=0.0, limit=wish.names[0])
    asked = 0 if denied is None else 1
    ticket = desk.line_up(wish.names)
    waits = _Waits(desk, lease, ticket)
    try:
        if on_wait is not None:
            yield from on_wait(waiting)
        while True:
            look_up()
            left = None if timeout is None else timeout - (desk.clock.monotonic() - begun)
            if left is not None and left <= 0:
                raise AcquireConcurrencySlotTimeoutError((yield from _why(desk, wish, waiting, f"in {timeout:g} s")))
            if desk.is_first(ticket):
                if denied is not None:
                    if retries is not None and asked > retries:
                        raise ConcurrencySlotAcquisitionError(
                            (yield from _why(desk, wish, waiting, f"after asking {asked} times"))
                        )
                    unwrap((yield Block(desk.bury_dead)))
                    if not (yield from waits.until_it_may_pay(denied, left)):
                        continue
                denied = yield from _ask(lease)
                if denied is None:
                    return
                asked += 1
                waiting = denied
            else:
                yield WaitFor([ticket], _LOOK_EVERY if left is None else min(_LOOK_EVERY, left))
                denied = None
    finally:
        desk.leave(ticket)


class _Waits:
    """The waits of the first in the line, between one question for slots and the next."""

    def __init__(self, desk: SlotDesk, lease: Lease, ticket: Ticket) -> None:
        self._desk = desk
        self._lease = lease
        self._ticket = ticket
        self._news = SlotNews(desk, ticket)
        self._pause = _FIRST_PAUSE

    def until_it_may_pay(self, denied: SlotsDenied, left: float | None) -> Steps[bool]:
        """Wait until somebody gives slots back, or it is time to ask again: whether to ask, or to wait on."""
        if self._lease.wish.mode == "concurrency" and not self._lease.told_away:
            longest = _LOOK_EVERY if left is None else min(_LOOK_EVERY, left)
            told = yield from self._news.wait(denied.limit, longest)
            if told is not None:
                return told
        yield self._by_the_clock(denied, left)
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        return True

    def _by_the_clock(self, denied: SlotsDenied, left: float | None) -> Sleep | WaitFor:
        if self._lease.wish.mode == "rate_limit":
            decayed = min(denied.retry_after, _LOOK_EVERY)
            return Sleep(decayed if left is None else min(decayed, left))
        if self._desk.only_time_helps(denied.limit, self._lease.owner):
            return Sleep(self._pause if left is None else left)
        return WaitFor([self._ticket], self._pause if left is None else min(self._pause, left))


def _why(desk: SlotDesk, wish: Wish, waiting: SlotsDenied, how_long: str) -> Steps[str]:
    wanted = f"{wish.slots} slots" if wish.slots > 1 else "slot"
    told = f"No {wanted} of concurrency limit '{waiting.limit}' came free {how_long}"
    if wish.mode == "rate_limit":
        return f"{told}: they come back at the limit's slot_decay_per_second. Allow more time, or raise the limit"
    try:
        holders = unwrap((yield Block(desk.holders, (waiting.limit,))))
    except StoreBusyError as error:
        return f"{told}: {error}"
    return (
        f"{told}. Held by: {holders or 'others in this line, until just now'}. Allow more time, or raise it with: "
        f"tidemill global-concurrency-limit update {waiting.limit} --limit N"
    )


def _tell_missing(lease: Lease) -> None:
    granted = lease.granted
    if granted is not None and granted.missing:
        logger.warning(
            "There is no concurrency limit %s, so nothing holds this back. Create it with: "
            "tidemill global-concurrency-limit create %s --limit N",
            ", ".join(f"'{name}'" for name in granted.missing),
            granted.missing[0],
        )


def take_for_tags(context: TaskRunContext, started: Callable[[], TaskRunStarted]) -> Steps[Lease | None]:
    """Before each attempt of a task: slots of the limits that its tags have. While it waits, its state says so."""
    desk = context.runtime.slots
    if desk is None:
        return None
    if not desk.knows_limited_tags():
        yield from _look_up_limited_tags(desk)
    names = desk.limited_tags(context.tags)
    if not names:
        return None
    wish = Wish(names, holder=f"task_run:{context.run_id}")
    return (yield from take_slots(desk, wish, on_wait=lambda denied: _say_waiting(context, started, denied)))


def _look_up_limited_tags(desk: SlotDesk) -> Steps[None]:
    away = False
    while True:
        try:
            unwrap((yield Block(desk.look_up_limited_tags)))
        except StoreBusyError as error:
            if not away:
                _tell_away("whether tags have concurrency limits", error)
            away = True
            yield Sleep(_LOOK_EVERY)
        else:
            return


def _tell_away(what: str, error: Exception) -> None:
    logger.warning("Nobody can say now %s; this waits until somebody can: %s", what, error)


def _say_waiting(context: TaskRunContext, started: Callable[[], TaskRunStarted], denied: SlotsDenied) -> Steps[None]:
    now = context.runtime.clock.now_us()
    message = waits_for(denied.limit)
    if context.run_count == 0:
        run = started()
        yield Record(
            TaskRunCreated(
                run.root,
                run.id,
                run.flow_run_id,
                run.name,
                run.task_key,
                run.dynamic_key,
                run.tags,
                run.inputs,
                now,
                "Pending",
                None,
                run.task_version,
                run.empirical_policy,
                run.parent_task_run_id,
            )
        )
    name = "AwaitingConcurrencySlot"
    details: dict[str, Any] = {"scheduled_us": now}
    context.state = State(
        StateType.SCHEDULED, name, message, timestamp_us=now, state_details=StateDetails(scheduled_time=from_us(now))
    )
    yield Record(
        TaskRunStateSet(context.root, context.run_id, "SCHEDULED", name, message, now, context.run_count, details)
    )
