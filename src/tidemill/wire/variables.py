"""Variables."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from tidemill.wire.base import Body, Id, Int, Wire


class Variable(Wire):
    """A variable, as it is answered."""

    id: Id
    name: Annotated[str, Meta(max_length=255)]
    value: str | int | bool | float | dict[str, Any] | list[Any] | None
    created: datetime | None = None
    tags: list[str] = []
    updated: datetime | None = None


class VariableCreate(Body):
    """What a variable is made from."""

    name: Annotated[str, Meta(max_length=255)]
    value: str | Int | bool | float | dict[str, Any] | list[Any] | None
    tags: list[str] = []


class VariableSort(StrEnum):
    """In which order variables are answered."""

    CREATED_DESC = "CREATED_DESC"
    UPDATED_DESC = "UPDATED_DESC"
    NAME_DESC = "NAME_DESC"
    NAME_ASC = "NAME_ASC"


class VariableUpdate(Body):
    """What of a variable is changed; what is absent stays as it is."""

    name: Annotated[str, Meta(max_length=255)] | UnsetType | None = UNSET
    tags: list[str] | UnsetType | None = UNSET
    value: str | Int | bool | float | dict[str, Any] | list[Any] | UnsetType | None = UNSET
