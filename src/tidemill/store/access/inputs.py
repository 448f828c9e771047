"""What is sent to runs while they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.store import inputs
from tidemill.store.access.base import Access

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.domain.runs import FlowRunInput


class Inputs(Access):
    """Keeping and finding the inputs of runs."""

    def put_flow_run_input(self, given: FlowRunInput, *, replace: bool = False) -> None:
        """Keep an input. Raises InputExistsError where the run has one of this key that is not to be replaced."""
        with self._connections.writing() as session:
            inputs.put(session, given, replace=replace)

    def find_flow_run_inputs(
        self, flow_run_id: str, key_prefix: str, *, limit: int = 1, exclude_keys: Collection[str] = ()
    ) -> list[FlowRunInput]:
        """Those whose keys begin so, oldest first."""
        with self._connections.reading() as session:
            return inputs.find(session, flow_run_id, key_prefix, limit, exclude_keys)

    def read_flow_run_input(self, flow_run_id: str, key: str) -> str | None:
        """Its JSON; None where the run has none of this key."""
        with self._connections.reading() as session:
            return inputs.read(session, flow_run_id, key)

    def delete_flow_run_input(self, flow_run_id: str, key: str) -> bool:
        """False if there was none."""
        with self._connections.writing() as session:
            return inputs.delete(session, flow_run_id, key)
