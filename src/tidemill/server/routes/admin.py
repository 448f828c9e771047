"""The server itself: how it is, what it is, how it is set."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from tidemill._version import __version__
from tidemill.api.operations import admin as operations
from tidemill.api.operations import tidemill as own_operations
from tidemill.api.remote.clocks import SHOWS
from tidemill.domain.states import from_us
from tidemill.server.auth.csrf import CsrfTokens
from tidemill.server.calls import Answer
from tidemill.server.refusals import Refusal, not_valid
from tidemill.server.serving import Routes
from tidemill.server.versions import API_VERSION
from tidemill.store.errors import StoreError
from tidemill.wire.admin import CsrfToken, ServerDefaultResultStorage, ServerDefaultResultStorageUpdate

if TYPE_CHECKING:
    from tidemill.server.calls import Call

logger = logging.getLogger("tidemill.server")
routes: Final = Routes()

#: Existing clients look for these very words, and go on without tokens when they find them.
_CSRF_IS_OFF: Final = "CSRF protection is disabled. No token is needed here."
#: The release whose API this is. Clients refuse to talk to another major version.
SPOKEN_VERSION: Final = "3.8.8"
#: What a block must be able to do that results are kept in.
_STORING: Final = frozenset({"read-path", "write-path"})
_UNAVAILABLE: Final = 503


@routes.serves(operations.READ_SETTINGS)
def read_settings(call: Call) -> dict[str, Any]:
    """The server's settings; secrets are masked."""
    return call.settings.model_dump(mode="json")


@routes.serves(operations.READ_VERSION)
def read_version(call: Call) -> str:  # noqa: ARG001 - nothing about the call matters
    """The release whose API is spoken here."""
    return SPOKEN_VERSION


@routes.serves(operations.SERVER_VERSION)
def server_version(call: Call) -> str:  # noqa: ARG001 - as above
    """The version of the API."""
    return API_VERSION


@routes.serves(own_operations.READ_TIDEMILL_VERSION)
def read_tidemill_version(call: Call) -> Answer:
    """Our own version; and how late it is here, for whoever reports to us."""
    return Answer(__version__, headers={SHOWS: str(call.now)})


@routes.serves(operations.HELLO)
def hello(call: Call) -> str:  # noqa: ARG001 - as above
    """A greeting, for those who want to know whether anybody is here."""
    return "👋"


@routes.serves(operations.HEALTH_CHECK)
def health_check(call: Call) -> bool:
    """Whether the server and its database answer."""
    complaint = _complaint(call)
    if complaint is not None:
        raise Refusal(_UNAVAILABLE, complaint)
    return True


@routes.serves(operations.PERFORM_READINESS_CHECK)
def perform_readiness_check(call: Call) -> Answer:
    """Whether requests can be answered, and if not, why."""
    complaint = _complaint(call)
    return Answer({"message": complaint or "OK"}, status=_UNAVAILABLE if complaint else 200)


def _complaint(call: Call) -> str | None:
    """Anybody may ask this, so the database is not named in what is answered."""
    try:
        call.store.check_answers()
    except StoreError as error:
        logger.warning("Not ready: %s", error)
        return "The database does not answer; the server's log says why"
    return None


@routes.serves(operations.READ_SERVER_DEFAULT_RESULT_STORAGE)
def read_server_default_result_storage(call: Call) -> ServerDefaultResultStorage:
    """The block that results are kept in unless told otherwise."""
    return ServerDefaultResultStorage(default_result_storage_block_id=call.store.result_storage())


@routes.serves(operations.UPDATE_SERVER_DEFAULT_RESULT_STORAGE)
def update_server_default_result_storage(
    call: Call, body: ServerDefaultResultStorageUpdate
) -> ServerDefaultResultStorage:
    """Say where results are kept unless told otherwise."""
    document = call.store.read_block_document(str(body.default_result_storage_block_id))
    schema = call.store.read_block_schema(document.block_schema_id)
    lacking = sorted(_STORING - set(schema.capabilities))
    if lacking:
        raise not_valid(
            "body",
            f"results cannot be kept in the block '{document.name}', which lacks {' and '.join(lacking)}",
            "default_result_storage_block_id",
        )
    call.store.set_result_storage(document.id)
    return ServerDefaultResultStorage(default_result_storage_block_id=document.id)


@routes.serves(operations.CLEAR_SERVER_DEFAULT_RESULT_STORAGE)
def clear_server_default_result_storage(call: Call) -> None:
    """Keep results on the machines that make them, unless told otherwise."""
    call.store.set_result_storage(None)


@routes.serves(operations.CREATE_CSRF_TOKEN)
def create_csrf_token(call: Call, query: operations.CreateCsrfTokenQuery) -> CsrfToken:
    """A token for a client that names itself so."""
    api = call.settings.server.api
    if not api.csrf_protection_enabled:
        raise Refusal(422, _CSRF_IS_OFF)
    lifetime = api.csrf_token_expiration // timedelta(microseconds=1)
    made = CsrfTokens(call.ring.derived("csrf tokens"), lifetime).issue(query.client, call.now)
    return CsrfToken(
        id=made.id,
        client=made.client,
        token=made.token,
        expiration=from_us(made.expiration_us),
        created=from_us(made.created_us),
        updated=from_us(made.created_us),
    )
