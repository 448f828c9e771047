"""The server itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx

from tidemill._version import __version__
from tidemill.api.operations import admin as operations
from tidemill.client.methods import method
from tidemill.client.orchestration.asker import Asker
from tidemill.client.schemas.objects import ServerDefaultResultStorage

if TYPE_CHECKING:
    from uuid import UUID

    from tidemill.system.asking import Asking

#: The major version of the API that this client speaks.
_MAJOR: Final = "3"
_checked: set[str] = set()


class ServerMethods(Asker):
    """What can be asked about the server."""

    @property
    def api_url(self) -> httpx.URL:
        """The URL of the API."""
        url: httpx.URL = self._client.base_url
        return url

    @method
    def api_healthcheck(self) -> Asking[Exception | None]:
        """What is wrong with the API; None if nothing is."""
        try:
            yield from self._do(operations.HEALTH_CHECK)
        except Exception as error:  # noqa: BLE001 - that is the answer
            return error
        return None

    @method
    def hello(self) -> Asking[httpx.Response]:
        """Ask whether somebody is there."""
        return (yield from self._do(operations.HELLO))

    @method
    def api_version(self) -> Asking[str]:
        """The version of the API that the server speaks."""
        return (yield from self._ask(operations.READ_VERSION, str))

    def client_version(self) -> str:
        """The version of this client."""
        return __version__

    @method
    def raise_for_api_version_mismatch(self) -> Asking[None]:
        """Raise RuntimeError where the server speaks another major version of the API, or does not answer."""
        yield from _check_version(self)

    @method
    def raise_for_api_version_mismatch_once(self) -> Asking[None]:
        """As ``raise_for_api_version_mismatch``, asked once in a process for each server."""
        where = str(self.api_url)
        if where not in _checked:
            yield from _check_version(self)
            _checked.add(where)

    @method
    def read_server_default_result_storage(self) -> Asking[ServerDefaultResultStorage]:
        """The block that results are kept in unless told otherwise."""
        return (yield from self._ask(operations.READ_SERVER_DEFAULT_RESULT_STORAGE, ServerDefaultResultStorage))

    @method
    def update_server_default_result_storage(
        self, default_result_storage_block_id: UUID
    ) -> Asking[ServerDefaultResultStorage]:
        """Choose the block that results are kept in unless told otherwise. Raises ObjectNotFound."""
        body = {"default_result_storage_block_id": default_result_storage_block_id}
        operation = operations.UPDATE_SERVER_DEFAULT_RESULT_STORAGE
        return (yield from self._ask(operation, ServerDefaultResultStorage, body))

    @method
    def clear_server_default_result_storage(self) -> Asking[None]:
        """Choose no block to keep results in."""
        yield from self._do(operations.CLEAR_SERVER_DEFAULT_RESULT_STORAGE)


def _check_version(client: ServerMethods) -> Asking[None]:
    try:
        theirs = yield from client._ask(operations.READ_VERSION, str)  # noqa: SLF001 - its methods' other half
    except httpx.HTTPError as error:
        raise RuntimeError(f"the API at {client.api_url} does not answer: {error}") from error
    if theirs.partition(".")[0] != _MAJOR:
        raise RuntimeError(
            f"the API at {client.api_url} has version {theirs}; this client speaks {_MAJOR}.x. Upgrade the older one"
        )
