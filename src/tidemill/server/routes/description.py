"""The API's own description."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from tidemill.api.operations import description as operations
from tidemill.server.calls import Answer
from tidemill.server.docs_page import page
from tidemill.server.openapi import document
from tidemill.server.serving import Routes, every_route

if TYPE_CHECKING:
    from tidemill.server.calls import Call

routes: Final = Routes()
#: The page brings its style along, and nothing else.
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'"
)


@routes.serves(operations.READ_DOCUMENT)
def read_document(call: Call) -> Answer:
    """The schema document."""
    return Answer(raw=_document(call.prefix))


@routes.serves(operations.READ_DOCS)
def read_docs(call: Call) -> Answer:
    """The docs page."""
    headers = {"content-security-policy": _POLICY}
    return Answer(raw=page(_document(call.prefix)), content_type="text/html; charset=utf-8", headers=headers)


@cache
def _document(prefix: str) -> bytes:
    return document(prefix, tuple(operation for operation, _ in every_route()))
