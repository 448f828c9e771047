"""Flows."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from tidemill.wire.base import Body, Id, Int, Wire


class Flow(Wire):
    """A flow, as it is answered."""

    id: Id
    name: Annotated[str, Meta(pattern="^[^/%&><]+$")]
    created: datetime | None = None
    labels: dict[str, bool | int | float | str] | None = {}
    tags: list[str] = []
    updated: datetime | None = None


class FlowBulkDeleteResponse(Wire):
    """The ids of the flows that were deleted."""

    deleted: list[Id] = []


class FlowCreate(Body):
    """What a flow is made from."""

    name: Annotated[str, Meta(pattern="^[^/%&><]+$")]
    labels: dict[str, bool | Int | float | str] | None = {}
    tags: list[str] = []


class FlowPaginationResponse(Wire):
    """A page of flows, and how many there are."""

    count: int
    limit: int
    page: int
    pages: int
    results: list[Flow]


class FlowSort(StrEnum):
    """In which order flows are answered."""

    CREATED_DESC = "CREATED_DESC"
    UPDATED_DESC = "UPDATED_DESC"
    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"


class FlowUpdate(Body):
    """What of a flow is changed; what is absent stays as it is."""

    tags: list[str] | UnsetType = UNSET
