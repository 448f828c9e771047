"""Runs that were handed out, as they are answered."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from tidemill.store.nouns import Wanted
from tidemill.wire.filters import FlowRunFilter
from tidemill.wire.operators import IdsOrNot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidemill.server.calls import Call
    from tidemill.wire.flow_runs import FlowRunResponse


def in_this_order(call: Call, ids: Sequence[str]) -> list[FlowRunResponse]:
    """The runs of these ids, in their order."""
    if not ids:
        return []
    wanted = Wanted(flow_runs=FlowRunFilter(id=IdsOrNot(any_=[UUID(id_) for id_ in ids])))
    found = {run.id: run for run in call.store.list_flow_runs(wanted, now=call.now, limit=len(ids))}
    return [found[id_] for id_ in ids if id_ in found]
