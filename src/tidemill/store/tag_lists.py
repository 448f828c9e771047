"""Finding flow runs by their tags, where most runs have one of a few lists of tags.

The index ``flow_run_tags`` leads from one list to the next, so that every list is looked into once and no run is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from tidemill.store.asking import all_rows
from tidemill.store.nouns import Wanted, conditions
from tidemill.wire.operators import Operator

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.store.finding import Bindings
    from tidemill.store.session import Session
    from tidemill.wire.operators import TagsOrAny

#: Of where there are more lists than these, runs are looked into one by one.
_MOST_LISTS: Final = 4_000
#: So much of a list stands in the index.
_KEPT: Final = 500
_LIST: Final = f"substr(flow_run.tags, 1, {_KEPT})"
_NEXT: Final = f"SELECT {_LIST} FROM flow_run WHERE flow_run.tags <> '[]' {{behind}} ORDER BY {_LIST} LIMIT 1"
_LISTS: Final = f"""
WITH RECURSIVE list (tags) AS (
    SELECT * FROM ({_NEXT.format(behind="")}) AS first
    UNION ALL
    SELECT ({_NEXT.format(behind=f"AND {_LIST} > list.tags")}) FROM list WHERE list.tags IS NOT NULL)
SELECT tags FROM list WHERE tags IS NOT NULL LIMIT {_MOST_LISTS + 1}
"""


def flow_run_conditions(session: Session, wanted: Wanted, bindings: Bindings) -> str:
    """What must hold of a flow run, as ``conditions`` says it; by its list of tags where tags are asked for."""
    asked = wanted.flow_runs
    if asked is None or asked.tags is None or asked.operator is Operator.OR or _fits(asked.tags, ()):
        return conditions("flow_run", wanted, bindings)
    lists = [tags for (tags,) in all_rows(session, _LISTS)]
    if len(lists) > _MOST_LISTS:
        return conditions("flow_run", wanted, bindings)
    cut = [tags for tags in lists if len(tags) >= _KEPT]
    fitting = [tags for tags in lists if len(tags) < _KEPT and _fits(asked.tags, msgspec.json.decode(tags))]
    if not cut and not fitting:
        return "false"
    if not cut:  # what the index has says all
        wanted = msgspec.structs.replace(wanted, flow_runs=msgspec.structs.replace(asked, tags=None))
    found = f"flow_run.tags <> '[]' AND @among({_LIST}, {bindings.bind(fitting + cut)})"
    rest = conditions("flow_run", wanted, bindings)
    return found if rest == "true" else f"{found} AND {rest}"


def _fits(asked: TagsOrAny, tags: Collection[str]) -> bool:
    """Whether a run of these tags is asked for."""
    has = set(tags)
    answers = []
    if asked.all_ is not None:
        answers.append(has.issuperset(asked.all_))
    if asked.any_ is not None:
        answers.append(not has.isdisjoint(asked.any_))
    if asked.is_null_ is not None:
        answers.append(asked.is_null_ is not bool(has))
    return (any if asked.operator is Operator.OR else all)(answers) if answers else True
