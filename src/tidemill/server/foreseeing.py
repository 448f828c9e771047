"""Which requests move one flow run and write nothing else that others ask: what they ask can be asked in advance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.api.operations.flow_runs import CREATE_FLOW_RUN, SET_FLOW_RUN_STATE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidemill.api.operation import Operation

#: Of a request that makes a flow run: there is none yet.
NEW_RUN: Final = ""


def moved_run(operation: Operation, given: Mapping[str, str]) -> str | None:
    """The flow run that a request moves; ``NEW_RUN`` where it makes one, None where it may write anything."""
    if operation is SET_FLOW_RUN_STATE:
        return given["id"]
    return NEW_RUN if operation is CREATE_FLOW_RUN else None
