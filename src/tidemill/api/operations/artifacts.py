"""What can be asked about artifacts."""

from __future__ import annotations

from typing import Final

from tidemill.api.operation import Tag
from tidemill.wire.artifacts import (
    Artifact,
    ArtifactCollection,
    ArtifactCollectionSort,
    ArtifactCreate,
    ArtifactSort,
    ArtifactUpdate,
)
from tidemill.wire.base import Limit, Offset
from tidemill.wire.filters import (
    AmongRuns,
    ArtifactCollectionFilter,
    ArtifactFilter,
)


class CountArtifacts(AmongRuns):
    """What is sent to ``/artifacts/count``."""

    artifacts: ArtifactFilter | None = None


class ReadArtifacts(AmongRuns):
    """What is sent to ``/artifacts/filter``."""

    artifacts: ArtifactFilter | None = None
    limit: Limit | None = None
    offset: Offset = 0
    sort: ArtifactSort = ArtifactSort("ID_DESC")


class CountLatestArtifacts(AmongRuns):
    """What is sent to ``/artifacts/latest/count``."""

    artifacts: ArtifactCollectionFilter | None = None


class ReadLatestArtifacts(AmongRuns):
    """What is sent to ``/artifacts/latest/filter``."""

    artifacts: ArtifactCollectionFilter | None = None
    limit: Limit | None = None
    offset: Offset = 0
    sort: ArtifactCollectionSort = ArtifactCollectionSort("ID_DESC")


_tagged: Final = Tag("Artifacts")

CREATE_ARTIFACT: Final = _tagged.post(
    "/artifacts/", "create_artifact", permission="artifacts:write", body=ArtifactCreate, answer=Artifact, also=(201,)
)
COUNT_ARTIFACTS: Final = _tagged.post(
    "/artifacts/count",
    "count_artifacts",
    permission="artifacts:read",
    body=CountArtifacts,
    body_required=False,
    answer=int,
    writes=False,
)
READ_ARTIFACTS: Final = _tagged.post(
    "/artifacts/filter",
    "read_artifacts",
    permission="artifacts:read",
    body=ReadArtifacts,
    body_required=False,
    answer=list[Artifact],
    writes=False,
)
COUNT_LATEST_ARTIFACTS: Final = _tagged.post(
    "/artifacts/latest/count",
    "count_latest_artifacts",
    permission="artifacts:read",
    body=CountLatestArtifacts,
    body_required=False,
    answer=int,
    writes=False,
)
READ_LATEST_ARTIFACTS: Final = _tagged.post(
    "/artifacts/latest/filter",
    "read_latest_artifacts",
    permission="artifacts:read",
    body=ReadLatestArtifacts,
    body_required=False,
    answer=list[ArtifactCollection],
    writes=False,
)
DELETE_ARTIFACT: Final = _tagged.delete(
    "/artifacts/{id:uuid}", "delete_artifact", permission="artifacts:write", status=204, refuses=(404,)
)
READ_ARTIFACT: Final = _tagged.get(
    "/artifacts/{id:uuid}", "read_artifact", permission="artifacts:read", answer=Artifact, refuses=(404,)
)
UPDATE_ARTIFACT: Final = _tagged.patch(
    "/artifacts/{id:uuid}",
    "update_artifact",
    permission="artifacts:write",
    body=ArtifactUpdate,
    status=204,
    refuses=(404,),
)
READ_LATEST_ARTIFACT: Final = _tagged.get(
    "/artifacts/{key}/latest",
    "read_latest_artifact",
    permission="artifacts:read",
    answer=Artifact,
    refuses=(404,),
)
