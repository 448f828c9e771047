"""From an operation and its arguments to a request, and from the answer to the type that a method promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from tidemill.api.client.client import target_of
from tidemill.api.remote.refusals import is_ours, no_api
from tidemill.client.refusals import refused_as
from tidemill.client.schemas.shape import decode, encode
from tidemill.exceptions.http import TidemillHTTPStatusError
from tidemill.system.asking import Ask, Asking

if TYPE_CHECKING:
    import httpx

    from tidemill.api.operation import Operation

T = TypeVar("T")


class Asker:
    """What the methods of a client ask through."""

    _client: Any

    def _ask(
        self, operation: Operation, answer: type[T], body: Any = None, query: Any = None, **path: Any
    ) -> Asking[T]:
        """Ask for an operation; the answer comes as the type given.

        Raises ObjectNotFound, ObjectAlreadyExists and TidemillHTTPStatusError for what the server refuses,
        ConfigurationError where something else than a server answers.
        """
        response = yield from self._send(operation, body, query, path)
        if not is_ours(response):
            raise no_api(response)
        return decode(response.content, answer)

    def _do(self, operation: Operation, body: Any = None, query: Any = None, **path: Any) -> Asking[httpx.Response]:
        """Ask for an operation whose answer says no more than that it was done. Raises as ``_ask`` does."""
        return (yield from self._send(operation, body, query, path))

    def _send(self, operation: Operation, body: Any, query: Any, path: dict[str, Any]) -> Asking[httpx.Response]:
        content = None if body is None else encode(body)
        headers = {} if content is None else {"Content-Type": "application/json"}
        target = target_of(operation, path, query)
        request = self._client.build_request(operation.method, target, content=content, headers=headers)
        try:
            response: httpx.Response = yield Ask(self._client, "send", (request,), {}, "send")
            response.raise_for_status()
        except TidemillHTTPStatusError as error:
            raise_refused(error)
        return response


def raise_refused(error: TidemillHTTPStatusError) -> NoReturn:
    """Raise a refusal by its name, if it has one."""
    named = refused_as(error)
    if named is None:
        raise error
    raise named from error


def given(**fields: Any) -> dict[str, Any]:
    """The fields that are not None: what is left out is as the server has it by default."""
    return {name: value for name, value in fields.items() if value is not None}
