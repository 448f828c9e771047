"""Artifacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from tidemill.api.operations import artifacts as operations
from tidemill.client.methods import method
from tidemill.client.orchestration.asker import Asker, given
from tidemill.client.schemas.objects import Artifact, ArtifactCollection

if TYPE_CHECKING:
    from uuid import UUID

    from tidemill.client.schemas.actions import ArtifactCreate, ArtifactUpdate
    from tidemill.client.schemas.filters import ArtifactCollectionFilter, ArtifactFilter, FlowRunFilter, TaskRunFilter
    from tidemill.client.schemas.sorting import ArtifactCollectionSort, ArtifactSort
    from tidemill.system.asking import Asking


class ArtifactReadParams(TypedDict, total=False):
    """What ``read_artifacts`` takes."""

    artifact_filter: ArtifactFilter | None
    flow_run_filter: FlowRunFilter | None
    task_run_filter: TaskRunFilter | None
    sort: ArtifactSort | None
    limit: int | None
    offset: int


class ArtifactCollectionReadParams(TypedDict, total=False):
    """What ``read_latest_artifacts`` takes."""

    artifact_filter: ArtifactCollectionFilter | None
    flow_run_filter: FlowRunFilter | None
    task_run_filter: TaskRunFilter | None
    sort: ArtifactCollectionSort | None
    limit: int | None
    offset: int


class ArtifactMethods(Asker):
    """What can be asked about artifacts."""

    @method
    def create_artifact(self, artifact: ArtifactCreate) -> Asking[Artifact]:
        """Make an artifact, or a new version of one where there is one of its key."""
        return (yield from self._ask(operations.CREATE_ARTIFACT, Artifact, artifact))

    @method
    def update_artifact(self, artifact_id: UUID | str, artifact: ArtifactUpdate) -> Asking[None]:
        """Change one version of an artifact. Raises ObjectNotFound."""
        yield from self._do(operations.UPDATE_ARTIFACT, artifact, id=artifact_id)

    @method
    def delete_artifact(self, artifact_id: UUID | str) -> Asking[None]:
        """Delete one version of an artifact. Raises ObjectNotFound."""
        yield from self._do(operations.DELETE_ARTIFACT, id=artifact_id)

    @method
    def read_artifacts(self, **kwargs: Unpack[ArtifactReadParams]) -> Asking[list[Artifact]]:
        """Artifacts, every version of each. Arguments: ``ArtifactReadParams``."""
        return (yield from self._ask(operations.READ_ARTIFACTS, list[Artifact], _wanted(dict(kwargs))))

    @method
    def read_latest_artifacts(self, **kwargs: Unpack[ArtifactCollectionReadParams]) -> Asking[list[ArtifactCollection]]:
        """Artifacts, the latest version of each key. Arguments: ``ArtifactCollectionReadParams``."""
        found = yield from self._ask(operations.READ_LATEST_ARTIFACTS, list[ArtifactCollection], _wanted(dict(kwargs)))
        return found


_NAMES = {"artifact_filter": "artifacts", "flow_run_filter": "flow_runs", "task_run_filter": "task_runs"}
_TAKEN = {*_NAMES, "sort", "limit", "offset"}


def _wanted(kwargs: dict[str, Any]) -> dict[str, Any]:
    from tidemill.suggestions import did_you_mean  # noqa: PLC0415 - only mistakes need it

    for name in kwargs:
        if name not in _TAKEN:
            raise TypeError(f"unknown argument {name!r}{did_you_mean(name, _TAKEN)}")
    return given(**{_NAMES.get(name, name): value for name, value in kwargs.items()})
