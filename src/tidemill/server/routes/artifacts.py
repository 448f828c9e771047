"""Artifacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.api.operations import artifacts as operations
from tidemill.domain.states import from_us
from tidemill.server.calls import Answer
from tidemill.server.plain_names import refuse_unless_plain
from tidemill.server.serving import Routes
from tidemill.server.told_things import tell_of_collection
from tidemill.store.nouns import wanted_by
from tidemill.wire.artifacts import Artifact, ArtifactCollection, ArtifactCreate, ArtifactUpdate
from tidemill.wire.base import changes_of

if TYPE_CHECKING:
    from tidemill.server.calls import Call

routes: Final = Routes()


@routes.serves(operations.CREATE_ARTIFACT)
def create_artifact(call: Call, body: ArtifactCreate) -> Answer:
    """Make an artifact, which is the latest of its key from now on."""
    if body.key is not None:
        refuse_unless_plain(body.key, "key")
    now = from_us(call.now)
    artifact = Artifact(
        id=call.new_id(),
        created=now,
        updated=now,
        key=body.key,
        type=body.type,
        data=body.data,
        description=body.description,
        metadata_=body.metadata_,
        flow_run_id=None if body.flow_run_id is None else str(body.flow_run_id),
        task_run_id=None if body.task_run_id is None else str(body.task_run_id),
    )
    key_id = call.new_id()
    call.store.create_artifact(artifact, key_id, call.now)
    if artifact.key is not None and (known := call.store.artifact_collection(artifact.key)) is not None:
        tell_of_collection(call, "created" if known.id == key_id else "updated", known)
    return Answer(artifact, status=201)


@routes.serves(operations.READ_ARTIFACT)
def read_artifact(call: Call, id: str) -> Artifact:  # noqa: A002 - the path's name for it
    """An artifact."""
    return call.store.read_artifact(id)


@routes.serves(operations.READ_LATEST_ARTIFACT)
def read_latest_artifact(call: Call, key: str) -> Artifact:
    """The latest version of a key."""
    return call.store.latest_artifact(key)


@routes.serves(operations.READ_ARTIFACTS)
def read_artifacts(call: Call, body: operations.ReadArtifacts) -> list[Artifact]:
    """Artifacts by filter, all versions."""
    limit = call.limit(body.limit)
    return call.store.find_artifacts(body.artifacts, wanted_by(body), sort=body.sort, limit=limit, offset=body.offset)


@routes.serves(operations.COUNT_ARTIFACTS)
def count_artifacts(call: Call, body: operations.CountArtifacts) -> int:
    """How many there are, all versions."""
    return call.store.count_artifacts(body.artifacts, wanted_by(body))


@routes.serves(operations.READ_LATEST_ARTIFACTS)
def read_latest_artifacts(call: Call, body: operations.ReadLatestArtifacts) -> list[ArtifactCollection]:
    """Keys with their latest versions, by filter."""
    limit = call.limit(body.limit)
    return call.store.find_latest_artifacts(
        body.artifacts, wanted_by(body), sort=body.sort, limit=limit, offset=body.offset
    )


@routes.serves(operations.COUNT_LATEST_ARTIFACTS)
def count_latest_artifacts(call: Call, body: operations.CountLatestArtifacts) -> int:
    """How many keys there are."""
    return call.store.count_latest_artifacts(body.artifacts, wanted_by(body))


@routes.serves(operations.UPDATE_ARTIFACT)
def update_artifact(call: Call, id: str, body: ArtifactUpdate) -> None:  # noqa: A002 - the path's name for it
    """Change an artifact."""
    call.store.update_artifact(id, changes_of(body), call.now)


@routes.serves(operations.DELETE_ARTIFACT)
def delete_artifact(call: Call, id: str) -> None:  # noqa: A002 - the path's name for it
    """Delete an artifact."""
    key = call.store.read_artifact(id).key
    before = None if key is None else call.store.artifact_collection(key)
    call.store.delete_artifact(id)
    if before is not None and before.latest_id == id:
        after = call.store.artifact_collection(before.key)
        tell_of_collection(call, "deleted" if after is None else "updated", after or before)
