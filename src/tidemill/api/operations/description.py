"""What describes the API itself. These stand beside the API's own prefix too, where people look for them."""

from __future__ import annotations

from typing import Any, Final

from tidemill.api.operation import Tag

_tagged: Final = Tag("Description")

READ_DOCUMENT: Final = _tagged.get("/openapi.json", "read_document", permission="api:read", answer=dict[str, Any])
READ_DOCS: Final = _tagged.get("/docs", "read_docs", permission="api:read", answer=str)
