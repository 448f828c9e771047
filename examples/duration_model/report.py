"""What the demo says at the end: how good the model is, where it lies, what took how long, what to try next."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from examples.duration_model.training import difference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from examples.duration_model.data import MonthFile
    from examples.duration_model.history import TaskTime
    from examples.duration_model.training import SavedModel, Trial


@dataclass(frozen=True)
class Outcome:
    """What a run of the pipeline came to; ``rmse`` in minutes, on the month that the model did not learn from."""

    flow_run_id: str
    train: MonthFile
    validate: MonthFile
    parameters: Mapping[str, float]
    rounds: int
    rmse: float
    trials: Sequence[Trial]
    saved: SavedModel
    mlflow_run_id: str


def report(outcome: Outcome, times: Sequence[TaskTime], command: Sequence[str]) -> str:
    """The whole text. ``command`` is how tidemill is called here, as in ``["tidemill"]``."""
    return "\n".join([*_result(outcome), "", *_times(times), "", *_next(outcome.flow_run_id, command)])


def _result(outcome: Outcome) -> Iterator[str]:
    yield f"RMSE {outcome.rmse:.3f} minutes: {_source(outcome)}"
    yield f"  with    {difference(outcome.parameters)}, {outcome.rounds} rounds"
    yield f"  search  {_search(outcome.trials)}"
    yield f"  model   {outcome.saved.model}, preprocessor {outcome.saved.preprocessor}"
    yield f"  MLflow  run {outcome.mlflow_run_id} in {outcome.saved.model.parent.parent / 'mlflow.db'}"


def _source(outcome: Outcome) -> str:
    what = "flights (the trips could not be downloaded)" if outcome.train.holds_flights else "taxi trips"
    return f"{what}, trained on {outcome.train.month}, checked on {outcome.validate.month}"


def _search(trials: Sequence[Trial]) -> str:
    best = min(trials, key=lambda trial: trial.rmse)
    return f"best of {len(trials)} on a sample: {difference(best.parameters)} (RMSE {best.rmse:.3f} there)"


def _times(times: Sequence[TaskTime]) -> Iterator[str]:
    yield "Tasks"
    for time in times:
        yield f"  {time.seconds:7.2f} s  {time.name}{'  (from the cache)' if time.cached else ''}"
    cached = sum(time.cached for time in times)
    if cached:
        yield f"  {cached} of {len(times)} came from the cache of an earlier run."


def _next(flow_run_id: str, command: Sequence[str]) -> Iterator[str]:
    yield "Try next"
    for words in (["ls"], ["logs", flow_run_id], ["inspect", flow_run_id]):
        yield f"  {shlex.join([*command, 'flow-run', *words])}"
