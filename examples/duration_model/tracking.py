"""Writing a finished training down in MLflow, in a SQLite file and a folder beside it: no server."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Final

# Before MLflow is imported: an example that runs without a network should not try to report its use.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

from mlflow.entities import Metric, Param
from mlflow.tracking import MlflowClient

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from examples.duration_model.training import Model, SavedModel, Trial

EXPERIMENT: Final = "trip-duration"


def record(
    home: Path,
    flow_run_id: str,
    *,
    model: Model,
    rmse: float,
    trials: Sequence[Trial],
    saved: SavedModel,
) -> str:
    """Record one training under ``home`` and return MLflow's run id.

    One flow run is one MLflow run, however often this is repeated: a task that was killed while recording is run
    again, and finds by its tag what the first attempt began.
    """
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    client = MlflowClient(f"sqlite:///{(home / 'mlflow.db').resolve()}")
    run_id = _run_of(client, _experiment(client, home), flow_run_id)
    now = client.get_run(run_id).info.start_time
    client.log_batch(
        run_id,
        metrics=[
            Metric("rmse", rmse, now, 0),
            *(Metric("trial_rmse", trial.rmse, now, step) for step, trial in enumerate(trials)),
        ],
        params=[Param(name, str(value)) for name, value in model.parameters.items()],
    )
    client.log_artifact(run_id, str(saved.model), "model")
    client.log_artifact(run_id, str(saved.preprocessor), "model")
    client.set_terminated(run_id)
    return run_id


def _experiment(client: MlflowClient, home: Path) -> str:
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is not None:
        return str(found.experiment_id)
    return str(client.create_experiment(EXPERIMENT, artifact_location=(home / "mlflow").resolve().as_uri()))


def _run_of(client: MlflowClient, experiment_id: str, flow_run_id: str) -> str:
    begun = client.search_runs([experiment_id], f"tags.flow_run_id = '{flow_run_id}'", max_results=1)
    run = begun[0] if begun else client.create_run(experiment_id, tags={"flow_run_id": flow_run_id})
    return str(run.info.run_id)
