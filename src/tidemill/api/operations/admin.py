"""What can be asked about admin."""

from __future__ import annotations

from typing import Any, Final

from tidemill.api.operation import OPEN, Tag
from tidemill.wire.admin import CsrfToken, ServerDefaultResultStorage, ServerDefaultResultStorageUpdate
from tidemill.wire.base import Wire


class CreateCsrfTokenQuery(Wire):
    """What is sent to ``/csrf-token``."""

    client: str


_tagged: Final = Tag("Root")

READ_SETTINGS: Final = _tagged.get("/admin/settings", "read_settings", permission="admin:read", answer=dict[str, Any])
CLEAR_SERVER_DEFAULT_RESULT_STORAGE: Final = _tagged.delete(
    "/admin/storage", "clear_server_default_result_storage", permission="admin:write", status=204
)
READ_SERVER_DEFAULT_RESULT_STORAGE: Final = _tagged.get(
    "/admin/storage", "read_server_default_result_storage", permission="admin:read", answer=ServerDefaultResultStorage
)
UPDATE_SERVER_DEFAULT_RESULT_STORAGE: Final = _tagged.put(
    "/admin/storage",
    "update_server_default_result_storage",
    permission="admin:write",
    body=ServerDefaultResultStorageUpdate,
    answer=ServerDefaultResultStorage,
    refuses=(404,),
)
READ_VERSION: Final = _tagged.get("/admin/version", "read_version", permission="api:read", answer=str)
CREATE_CSRF_TOKEN: Final = _tagged.get(
    "/csrf-token", "create_csrf_token", permission="api:read", answer=CsrfToken, query=CreateCsrfTokenQuery
)
HEALTH_CHECK: Final = _tagged.get("/health", "health_check", permission=OPEN, answer=bool, prompt=True)
HELLO: Final = _tagged.get("/hello", "hello", permission="api:read", answer=str)
PERFORM_READINESS_CHECK: Final = _tagged.get(
    "/ready", "perform_readiness_check", permission=OPEN, answer=Any, refuses=(503,), prompt=True
)
SERVER_VERSION: Final = _tagged.get("/version", "server_version", permission="api:read", answer=str)
