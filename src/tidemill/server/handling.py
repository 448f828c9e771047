"""From a request that has passed the guard to its answer: what runs in the writer's and the readers' threads."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.api.operation import REQUEST_ID
from tidemill.server.calls import Answer
from tidemill.server.messages import answer_of, body_of, query_of, refuse_large_parameters, refuse_long_names
from tidemill.server.refusals import not_valid
from tidemill.server.run_scope import check_run_scope
from tidemill.store.access.answers import KeptAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidemill.server.calls import Call
    from tidemill.server.routing import Route

_HEADER: Final = REQUEST_ID.lower()
_LONGEST_ID: Final = 200
_REFUSED: Final = 400


def run_handler(route: Route, call: Call, given: dict[str, Any], raw: bytes, query: bytes) -> Answer:
    """Read what was sent, run the handler, and write down what it answers."""
    operation = route.operation
    if operation.body is not None:
        given["body"] = body_of(operation, raw)
        if not operation.forgiving:
            refuse_long_names(given["body"], raw)
        refuse_large_parameters(given["body"], raw, call.settings.server.api.max_parameter_size)
    if operation.query is not None:
        given["query"] = query_of(operation, query)
    check_run_scope(call, given)
    return answer_of(operation, route.handler(call, **given))


def run_once(route: Route, call: Call, given: dict[str, Any], raw: bytes, query: bytes) -> Answer:
    """As ``run_handler``, of what changes something: a request that comes again under its id is answered as before."""
    request = call.headers.get(_HEADER)
    if request is None:
        return run_handler(route, call, given, raw, query)
    if not request or len(request) > _LONGEST_ID:
        raise not_valid("header", f"expected 1 to {_LONGEST_ID} characters", REQUEST_ID)
    known = call.store.kept_answer(request)
    asked = _asked(call, given, query)
    if known is not None:
        if known.operation != asked:
            raise not_valid("header", "this id was given to another request before", REQUEST_ID)
        return Answer(status=known.status, raw=known.body, content_type=known.content_type)
    answer = run_handler(route, call, given, raw, query)
    status = answer.status or 200
    if status < _REFUSED and not answer.unfinished:  # who was told to wait may ask again
        kept = KeptAnswer(asked, status, answer.content_type, answer.raw or b"")
        call.store.keep_answer(request, kept, call.now)
    return answer


def _asked(call: Call, given: Mapping[str, str], query: bytes) -> str:
    """What is asked for, of what, by whom: an answer is for them alone. A body may say when it was sent."""
    said = msgspec.json.encode((call.actor.kind, call.actor.id, *given.values(), query))
    return f"{call.operation.name} {sha256(said).hexdigest()[:32]}"
