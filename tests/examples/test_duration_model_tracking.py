"""A training is recorded once in MLflow, however often the recording is repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow and SQLAlchemy warn about each other


@pytest.fixture
def arguments(tmp_path):
    training = pytest.importorskip("examples.duration_model.training", exc_type=ImportError)
    saved = training.SavedModel(tmp_path / "model.ubj", tmp_path / "preprocessor.pkl")
    saved.model.write_bytes(b"model")
    saved.preprocessor.write_bytes(b"preprocessor")
    trials = [training.Trial(training.PUBLISHED, 6.0), training.Trial({"max_depth": 12}, 5.5)]
    return {"model": training.Model(None, training.PUBLISHED, 100), "rmse": 5.2, "trials": trials, "saved": saved}


def test_a_repeated_recording_is_one_run_with_all_its_figures(tmp_path, arguments):
    tracking = pytest.importorskip("examples.duration_model.tracking", exc_type=ImportError)

    first, again = (tracking.record(tmp_path, "flow-run-1", **arguments) for _ in range(2))
    other = tracking.record(tmp_path, "flow-run-2", **arguments)

    client = tracking.MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")
    run = client.get_run(first)
    assert first == again != other
    assert run.info.status == "FINISHED"
    assert run.data.metrics["rmse"] == 5.2
    assert run.data.params["max_depth"] == "30"
    assert [metric.value for metric in client.get_metric_history(first, "trial_rmse")][:2] == [6.0, 5.5]
    assert {Path(each.path).name for each in client.list_artifacts(first, "model")} == {"model.ubj", "preprocessor.pkl"}
