"""The store, for processes that run flows elsewhere: its methods one by one, and journals in batches."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from tidemill.api.operations import store as operations
from tidemill.api.remote.methods import by_our_clock, is_time
from tidemill.domain.entries import Batch
from tidemill.domain.runs import Condition, Operator
from tidemill.server.calls import Answer
from tidemill.server.messages import encode
from tidemill.server.serving import Routes

if TYPE_CHECKING:
    from collections.abc import Iterator

    import msgspec

    from tidemill.server.calls import Call

routes: Final = Routes()
_TAG_LENGTH: Final = 32


def ask(call: Call, body: msgspec.Struct, *, method: str) -> Any:
    """Ask the store. Times are moved from the caller's clock to ours."""
    given = {name: getattr(body, name) for name in body.__struct_fields__}
    sent_us = given.pop("sent_us")
    shift = call.now - sent_us if sent_us else 0
    arguments = {name: _argument(name, value, shift) for name, value in given.items()}
    return _answered(getattr(call.store, method)(**arguments))


def claim(call: Call, body: Any) -> Any:
    """Claim a run; whose token was made for that has the lease of who made it."""
    if call.actor.run is None:
        return ask(call, body, method="claim_flow_run")
    return call.store.hand_over_run(call.actor.run, body.producer, call.now, allow=body.allow)


for _method, _operation in operations.ASK.items():
    routes.serves(_operation)(claim if _method == "claim_flow_run" else partial(ask, method=_method))


def wait(call: Call, body: Any, *, method: str) -> Answer:
    """Ask the store, and again until the answer is another than the one that is known."""
    answer = encode(ask(call, body.asked, method=method))
    tag = sha256(answer).hexdigest()[:_TAG_LENGTH]
    told = b'{"tag":"%b","answer":%b}' % (tag.encode(), answer)
    return Answer(raw=told, again_within=body.seconds if tag == body.known else None)


for _method, _operation in operations.AWAIT.items():
    routes.serves(_operation)(partial(wait, method=_method))


def _argument(name: str, value: Any, shift: int) -> Any:
    if is_time(name) and value is not None:
        return value + shift
    if name == "conditions":
        return [_with_moments(condition) for condition in value]
    return by_our_clock(value, shift)


def _with_moments(condition: Condition) -> Condition:
    if condition.operator in (Operator.BEFORE, Operator.AFTER) and isinstance(condition.value, str):
        return replace(condition, value=datetime.fromisoformat(condition.value))
    return condition


def _answered(value: Any | Iterator[Any]) -> Any:
    return list(value) if hasattr(value, "__next__") else value


@routes.serves(operations.APPLY)
def apply_journal(call: Call, body: operations.JournalBatch) -> operations.JournalTaken:
    """Take in a batch of a journal, once, however often it is sent."""
    entries = [(kind, bytes(entry)) for kind, entry in body.entries]
    batch = Batch(body.producer, body.first_seq, body.last_seq, entries, body.roots)
    return operations.JournalTaken(call.store.apply(batch))
