"""Automations that would set themselves off for ever: they run a deployment when a flow run is made or begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    Specification = Mapping[str, Any]

#: What every flow run of a deployment goes through.
_PASSED_BY_ALL: Final = frozenset(f"prefect.flow-run.{name}" for name in ("Scheduled", "Pending", "Running", "*"))
_RESOURCE: Final = "prefect.resource.id"
_ANY_FLOW_RUN: Final = frozenset({"*", "prefect.flow-run.*"})


def runs_itself(
    expect: Collection[str], match: Specification, related: Collection[Specification], sources: Collection[str]
) -> str | None:
    """Why a reactive trigger with these would lead to ever more runs; None where it need not.

    ``sources`` are those of its actions that run deployments: selected ones, or inferred from the flow run.
    """
    if not sources or not _PASSED_BY_ALL & set(expect):
        return None
    if "inferred" in sources:
        return "the deployment is inferred from the flow run whose state changes, so each run would start the next"
    if _means_every_flow_run(match) and any(_means_every_flow_run(one) for one in related):
        return "any flow run sets it off, those of the deployment that it runs too: say in match or match_related which"
    return None


def _means_every_flow_run(specification: Specification) -> bool:
    if not specification:
        return True
    said = specification.get(_RESOURCE)
    values = [said] if isinstance(said, str) else said or []
    return len(specification) == 1 and bool(_ANY_FLOW_RUN & set(values))
