"""What can be asked about tidemill itself, under a path that other servers of this API do not have."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from tidemill.api.operation import Tag
from tidemill.wire.base import MOST, Wire


class RunTokenCreate(Wire):
    """What a run token is made for: the epoch under which whoever asks knows the run to be held."""

    epoch: Annotated[int, Meta(ge=0, le=MOST)]


class RunToken(Wire):
    """A run token. It is shown this once."""

    token: str

    def __repr__(self) -> str:
        return "<a run token>"


_tagged: Final = Tag("Tidemill")

READ_TIDEMILL_VERSION: Final = _tagged.get("/tm/version", "read_tidemill_version", permission="api:read", answer=str)
#: It changes nothing: tokens are not kept. So no answer of it is kept either, for who asks twice.
CREATE_RUN_TOKEN: Final = _tagged.post(
    "/tm/flow_runs/{id:uuid}/run_token",
    "create_run_token",
    permission="runs:write",
    body=RunTokenCreate,
    answer=RunToken,
    refuses=(404, 409),
    writes=False,
)
