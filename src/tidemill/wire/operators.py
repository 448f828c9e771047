"""The operators of filters, in the groups in which fields offer them.

Within a group, and within a filter, all that is given must hold; where there is an ``operator``, it may say otherwise.
``like_`` finds parts and ignores case; ``before_`` and ``after_`` include the moment itself.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from tidemill.domain.states import StateType
from tidemill.wire.base import Body, Int
from tidemill.wire.workers import WorkerStatus


class Operator(StrEnum):
    """Whether all conditions must hold, or one."""

    and_ = "and_"
    or_ = "or_"
    AND = and_
    OR = or_


class Filter(Body):
    """Conditions on a thing, or on one field of it. What is None asks nothing."""


class OperatorMixin(Filter):
    """Conditions of which all must hold, or one."""

    operator: Operator = Operator.AND


class Ids(Filter):
    """By id."""

    any_: list[UUID] | None = None


class IdsOrNot(Filter):
    """By id, or by not having one of some ids."""

    any_: list[UUID] | None = None
    not_any_: list[UUID] | None = None


class IdsOrNull(Filter):
    """By an id that may be missing."""

    any_: list[UUID] | None = None
    is_null_: bool | None = None


class CombinedIds(OperatorMixin):
    """By id."""

    any_: list[UUID] | None = None


class CombinedIdsOrNull(OperatorMixin):
    """By an id that may be missing."""

    any_: list[UUID] | None = None
    is_null_: bool | None = None


class FlowRunsOfTasks(OperatorMixin):
    """By the flow run that made a task run. Unlike elsewhere, ``is_null_=False`` is the default and asks nothing."""

    any_: list[UUID] | None = None
    is_null_: bool | None = False


class Texts(Filter):
    """By text, as it is written."""

    any_: list[str] | None = None


class TextsOrNot(Filter):
    """By text, or by not having one of some texts."""

    any_: list[str] | None = None
    not_any_: list[str] | None = None


class CombinedTextsOrNull(OperatorMixin):
    """By a text that may be missing."""

    any_: list[str] | None = None
    is_null_: bool | None = None


class Names(Filter):
    """By name, or by a part of it."""

    any_: list[str] | None = None
    like_: str | None = None


class NamesByBeginning(Filter):
    """By name, or by how it begins."""

    any_: list[str] | None = None
    startswith_: list[str] | None = None


class Like(Filter):
    """By a part of a name."""

    like_: str | None = None


class Keys(Filter):
    """By a key that may be missing."""

    any_: list[str] | None = None
    like_: str | None = None
    exists_: bool | None = None


class AllTexts(Filter):
    """By a list that has all of these."""

    all_: list[str] | None = None


class Tags(OperatorMixin):
    """By tags: all of these, or none at all (``is_null_``)."""

    all_: list[str] | None = None
    is_null_: bool | None = None


class TagsOrAny(OperatorMixin):
    """By tags: all of these, any of these, or none at all (``is_null_``)."""

    all_: list[str] | None = None
    any_: list[str] | None = None
    is_null_: bool | None = None


class Missing(OperatorMixin):
    """By whether there is something."""

    is_null_: bool | None = None


class Flag(Filter):
    """By yes or no."""

    eq_: bool | None = None


class Exists(Filter):
    """By whether there is one."""

    exists_: bool | None = None


class Until(Filter):
    """By time, up to a moment."""

    before_: datetime | None = None


class Times(Filter):
    """By time."""

    after_: datetime | None = None
    before_: datetime | None = None


class TimesOrNull(Filter):
    """By a time that may not have come."""

    after_: datetime | None = None
    before_: datetime | None = None
    is_null_: bool | None = None


class Range(Filter):
    """By number."""

    ge_: Int | None = None
    le_: Int | None = None


class RangeOrNull(Filter):
    """By a number that may be missing."""

    ge_: Int | None = None
    le_: Int | None = None
    is_null_: bool | None = None


class StateTypes(Filter):
    """By type of state."""

    any_: list[StateType] | None = None


class StateTypesOrNot(Filter):
    """By type of state, or by another than these."""

    any_: list[StateType] | None = None
    not_any_: list[StateType] | None = None


class FlowRunStates(OperatorMixin):
    """By the state that a flow run is in."""

    type: StateTypesOrNot | None = None
    name: TextsOrNot | None = None


class TaskRunStates(OperatorMixin):
    """By the state that a task run is in."""

    type: StateTypes | None = None
    name: Texts | None = None


class Creators(OperatorMixin):
    """By who or what made it."""

    id_: list[UUID] | None = None
    type_: list[str] | None = None
    is_null_: bool | None = None


class WorkerStatuses(Filter):
    """By whether a worker is heard of."""

    any_: list[WorkerStatus] | None = None
    not_any_: list[WorkerStatus] | None = None


class TextSearch(Filter):
    """By words: all must occur; ``-word`` must not; ``"in quotes"`` as it stands. Case does not count."""

    query: Annotated[str, Meta(max_length=200)]
