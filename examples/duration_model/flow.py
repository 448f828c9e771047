"""The pipeline as a flow: which steps there are, what is tried again, what is kept, what runs side by side.

What the steps do stands in ``data``, ``features``, ``training`` and ``tracking``, which know nothing of flows.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from examples.duration_model import tracking, training
from examples.duration_model.data import DownloadFailed, download_month, flights_month, local_month
from examples.duration_model.features import build, read_journeys
from examples.duration_model.report import Outcome
from tidemill import flow, task, unmapped
from tidemill.cache_policies import INPUTS, NO_CACHE, TASK_SOURCE, CacheKeyFnPolicy
from tidemill.exceptions import FailedRun
from tidemill.runtime import flow_run
from tidemill.states import Failed
from tidemill.task_runners import ThreadPoolTaskRunner

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from examples.duration_model.data import MonthFile
    from examples.duration_model.features import Features
    from examples.duration_model.training import Model, SavedModel, Trial


def pipeline_code(_context: Any, _inputs: dict[str, Any]) -> str:
    """Changes with the code that the slow steps call; ``TASK_SOURCE`` sees only a task's own few lines."""
    here = Path(__file__).parent
    return sha256((here / "features.py").read_bytes() + (here / "training.py").read_bytes()).hexdigest()


# Features are large, so their fingerprint, an input of its own, stands for them in the key.
SAME_WORK: Final = INPUTS - "features" + TASK_SOURCE + CacheKeyFnPolicy(cache_key_fn=pipeline_code)
A_MONTH: Final = timedelta(days=30)


@task(retries=2, retry_delay_seconds=0.5, cache_policy=NO_CACHE, log_prints=True)
def download(month: str, folder: Path) -> Any:
    """Fetch a month of trips from the TLC. A file that is there already is not fetched again.

    That there is no network is nothing to show a traceback for: the task gives a failed state, and is tried again.
    """
    try:
        file = download_month(month, folder)
    except DownloadFailed as failure:
        return Failed(message=str(failure))
    print(f"trips of {month} are in {file.path}")
    return file


@task(cache_policy=SAME_WORK, cache_expiration=A_MONTH, persist_result=True, log_prints=True)
def build_features(train: MonthFile, validate: MonthFile) -> Features:
    """Read both months and turn them into matrices."""
    built = build(read_journeys(train), read_journeys(validate))
    print(f"{built.train.shape[0]:,} journeys to learn from, {built.validate.shape[0]:,} to check with")
    return built


@task(cache_policy=SAME_WORK, cache_expiration=A_MONTH, persist_result=True, log_prints=True)
def try_parameters(parameters: Mapping[str, float], features: Features, fingerprint: str) -> Trial:
    """Try one set of parameters on a sample."""
    trial = training.try_out(features, parameters)
    print(f"RMSE {trial.rmse:.3f} on a sample of {fingerprint[:8]} with {training.difference(parameters)}")
    return trial


@task(cache_policy=SAME_WORK, cache_expiration=A_MONTH, persist_result=True, log_prints=True)
def train_model(parameters: Mapping[str, float], features: Features, fingerprint: str) -> Model:
    """Train on the whole month: the slowest step."""
    model = training.fit(features, parameters)
    print(f"{model.rounds} rounds on {fingerprint[:8]} with {training.difference(parameters)}")
    return model


@task(cache_policy=NO_CACHE, log_prints=True)
def evaluate(model: Model, features: Features) -> float:
    """Score the model on the month that it did not learn from."""
    error = training.rmse(model, features)
    print(f"RMSE {error:.3f} minutes")
    return error


@task(cache_policy=NO_CACHE)
def save(model: Model, features: Features, folder: Path) -> SavedModel:
    """Write the model and the preprocessor that belongs to it."""
    return training.save(model, features.vectorizer, folder)


@task(cache_policy=NO_CACHE, retries=2, retry_delay_seconds=0.5)
def record(home: Path, *, model: Model, rmse: float, trials: Sequence[Trial], saved: SavedModel) -> str:
    """Record the training in MLflow. Repeated for the same run, it stays one record."""
    return tracking.record(home, str(flow_run.id), model=model, rmse=rmse, trials=trials, saved=saved)


@flow(name="duration-model", log_prints=True, task_runner=ThreadPoolTaskRunner(max_workers=2))
def duration_model(
    train_month: str = "2023-01",
    validate_month: str = "2023-02",
    folder: Path | None = None,
    out: Path = Path(".demo"),
    use_best: bool = False,
) -> Outcome:
    """Train on one month of trips, check on another, and keep what came out under ``out``.

    Without a ``folder`` of trips the months are downloaded. The search on a sample is reported; the model is trained
    with the published parameters unless ``use_best`` says to follow the search.
    """
    train, validate = find_months([train_month, validate_month], folder, out)
    features = build_features(train, validate)

    trials = try_parameters.map(
        training.CANDIDATES, features=unmapped(features), fingerprint=unmapped(features.fingerprint)
    ).result()
    best = min(trials, key=lambda trial: trial.rmse)

    model = train_model(best.parameters if use_best else training.PUBLISHED, features, features.fingerprint)
    rmse = evaluate(model, features)
    saved = save(model, features, out / "model")
    mlflow_run_id = record(out, model=model, rmse=rmse, trials=trials, saved=saved)
    return Outcome(
        flow_run_id=str(flow_run.id),
        train=train,
        validate=validate,
        parameters=model.parameters,
        rounds=model.rounds,
        rmse=rmse,
        trials=trials,
        saved=saved,
        mlflow_run_id=mlflow_run_id,
    )


def find_months(months: Sequence[str], folder: Path | None, out: Path) -> Sequence[MonthFile]:
    """The months in ``folder``, else downloaded; without a network, real flights, and the log says so."""
    if folder is not None:
        return [local_month(month, folder) for month in months]
    try:
        files: Sequence[MonthFile] = download.map(months, unmapped(out / "trips")).result()
    except FailedRun as failure:
        print(f"{failure}. Going on with flights out of New York in 2013 instead of taxi trips.")
        files = [flights_month(month) for month in months]
    return files
