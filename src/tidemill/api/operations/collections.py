"""What can be asked about collections."""

from __future__ import annotations

from typing import Any, Final

from tidemill.api.operation import Tag

_tagged: Final = Tag("Collections")

READ_VIEW_CONTENT: Final = _tagged.get(
    "/collections/views/{view}", "read_view_content", permission="blocks:read", answer=dict[str, Any], refuses=(404,)
)
