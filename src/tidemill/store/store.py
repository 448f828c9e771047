"""What happened, kept: one store, whatever the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.store.access.answers import Answers
from tidemill.store.access.api_keys import ApiKeys
from tidemill.store.access.artifacts import Artifacts
from tidemill.store.access.automations import Automations
from tidemill.store.access.block_documents import BlockDocuments
from tidemill.store.access.block_types import BlockTypes
from tidemill.store.access.deploying import Deploying
from tidemill.store.access.events import Events
from tidemill.store.access.flow_run_changes import FlowRunChanges
from tidemill.store.access.flow_run_counts import FlowRunCounts
from tidemill.store.access.flow_run_lists import FlowRunLists
from tidemill.store.access.flows import Flows
from tidemill.store.access.graphs import Graphs
from tidemill.store.access.health import Health
from tidemill.store.access.lending import Lending
from tidemill.store.access.log_lines import LogLines
from tidemill.store.access.neglected import Neglected
from tidemill.store.access.readiness import Readiness
from tidemill.store.access.retention import Retention
from tidemill.store.access.run_leases import RunLeases
from tidemill.store.access.saved_searches import SavedSearches
from tidemill.store.access.services import Services
from tidemill.store.access.slots import Slots
from tidemill.store.access.states import States
from tidemill.store.access.task_runs import TaskRuns
from tidemill.store.access.variables import Variables
from tidemill.store.run_store import RunStore

if TYPE_CHECKING:
    from tidemill.store.watching import Watch


class Store(
    RunStore,
    Flows,
    FlowRunLists,
    FlowRunChanges,
    FlowRunCounts,
    Graphs,
    TaskRuns,
    States,
    Deploying,
    Variables,
    Events,
    LogLines,
    Answers,
    ApiKeys,
    RunLeases,
    Services,
    Neglected,
    Readiness,
    Retention,
    Lending,
    Slots,
    Artifacts,
    SavedSearches,
    BlockTypes,
    BlockDocuments,
    Automations,
    Health,
):
    """All that is kept: runs, and what people set up around them."""

    def watch(self) -> Watch:
        """What notices that somebody wrote, in this process or another."""
        return self._connections.watch()
