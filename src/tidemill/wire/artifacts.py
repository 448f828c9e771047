"""Artifacts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import UNSET, UnsetType

from tidemill.wire.base import Body, Id, Wire


class Artifact(Wire):
    """An artifact, as it is answered."""

    id: Id
    created: datetime | None = None
    data: Any = None
    description: str | None = None
    flow_run_id: Id | None = None
    key: str | None = None
    metadata_: dict[str, str] | None = None
    task_run_id: Id | None = None
    type: str | None = None
    updated: datetime | None = None


class ArtifactCollection(Wire):
    """A key of artifacts, with its latest version."""

    id: Id
    key: str
    latest_id: Id
    created: datetime | None = None
    data: Any = None
    description: str | None = None
    flow_run_id: Id | None = None
    metadata_: dict[str, str] | None = None
    task_run_id: Id | None = None
    type: str | None = None
    updated: datetime | None = None


class ArtifactCollectionSort(StrEnum):
    """In which order artifact collections are answered."""

    CREATED_DESC = "CREATED_DESC"
    UPDATED_DESC = "UPDATED_DESC"
    ID_DESC = "ID_DESC"
    KEY_DESC = "KEY_DESC"
    KEY_ASC = "KEY_ASC"


class ArtifactCreate(Body):
    """What an artifact is made from."""

    data: Any = None
    description: str | None = None
    flow_run_id: UUID | None = None
    key: str | None = None
    metadata_: dict[str, str] | None = None
    task_run_id: UUID | None = None
    type: str | None = None


class ArtifactSort(StrEnum):
    """In which order artifacts are answered."""

    CREATED_DESC = "CREATED_DESC"
    UPDATED_DESC = "UPDATED_DESC"
    ID_DESC = "ID_DESC"
    KEY_DESC = "KEY_DESC"
    KEY_ASC = "KEY_ASC"


class ArtifactUpdate(Body):
    """What of an artifact is changed; what is absent stays as it is."""

    data: Any | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    metadata_: dict[str, str] | UnsetType | None = UNSET
