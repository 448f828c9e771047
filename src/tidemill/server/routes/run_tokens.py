"""Tokens for the processes that execute runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.api.operations import tidemill as operations
from tidemill.server.serving import Routes
from tidemill.store.errors import RunHeldError, StaleEpochError, UnknownRunError

if TYPE_CHECKING:
    from tidemill.server.calls import Call

routes: Final = Routes()


@routes.serves(operations.CREATE_RUN_TOKEN)
def create_run_token(call: Call, body: operations.RunTokenCreate, id: str) -> operations.RunToken:  # noqa: A002 - the path's name for it
    """A token for a root run that is held under this epoch, which may at most what whoever asks may."""
    assert call.keeping is not None
    lease = call.store.run_lease(id)
    if lease is None:
        raise UnknownRunError(f"no flow run has the id {id}")
    if lease.root_flow_run_id != id:
        raise RunHeldError(
            f"flow run {id} is part of flow run {lease.root_flow_run_id}: that one's token is for it, too"
        )
    if lease.epoch != body.epoch:
        raise StaleEpochError(f"flow run {id} is held under epoch {lease.epoch} now, not {body.epoch}")
    if lease.standing(body.epoch, call.now) != "live":
        raise RunHeldError(f"flow run {id} is held by nobody: a run token is for a run whose process beats")
    return operations.RunToken(call.keeping.guarded.runs.issue(id, body.epoch, call.actor).text())
