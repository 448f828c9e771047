"""In which order things are answered."""

from __future__ import annotations

from tidemill.wire.artifacts import ArtifactCollectionSort, ArtifactSort
from tidemill.wire.automations import AutomationSort
from tidemill.wire.blocks import BlockDocumentSort
from tidemill.wire.deployments import DeploymentSort
from tidemill.wire.flow_runs import FlowRunSort
from tidemill.wire.flows import FlowSort
from tidemill.wire.logs import LogSort
from tidemill.wire.task_runs import TaskRunSort
from tidemill.wire.variables import VariableSort

__all__ = [
    "ArtifactCollectionSort",
    "ArtifactSort",
    "AutomationSort",
    "BlockDocumentSort",
    "DeploymentSort",
    "FlowRunSort",
    "FlowSort",
    "LogSort",
    "TaskRunSort",
    "VariableSort",
]
