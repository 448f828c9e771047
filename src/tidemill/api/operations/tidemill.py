"""What can be asked about tidemill itself, under a path that other servers of this API do not have."""

from __future__ import annotations

from typing import Final

from tidemill.api.operation import Tag

_tagged: Final = Tag("Tidemill")

READ_TIDEMILL_VERSION: Final = _tagged.get("/tm/version", "read_tidemill_version", permission="api:read", answer=str)
