"""The last words of the demo: the error, the model, the times, what came from the cache, what to try next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("numpy")
pytest.importorskip("xgboost")

from examples.duration_model.data import MonthFile
from examples.duration_model.history import TaskTime, times_of
from examples.duration_model.report import Outcome, report
from examples.duration_model.training import PUBLISHED, SavedModel, Trial

OUTCOME = Outcome(
    flow_run_id="0190-run",
    train=MonthFile("2023-01", "green_tripdata_2023-01.parquet", "a"),
    validate=MonthFile("2023-02", "green_tripdata_2023-02.parquet", "b"),
    parameters=PUBLISHED,
    rounds=100,
    rmse=5.1916,
    trials=[Trial(PUBLISHED, 5.77), Trial({**PUBLISHED, "max_depth": 12}, 5.63)],
    saved=SavedModel(Path("out/model/model.ubj"), Path("out/model/preprocessor.pkl")),
    mlflow_run_id="abc",
)


def test_it_says_what_a_reader_wants_to_know():
    text = report(OUTCOME, [TaskTime("train_model-1", 22.5, "Completed")], ["tidemill"])

    assert text.splitlines() == [
        "RMSE 5.192 minutes: taxi trips, trained on 2023-01, checked on 2023-02",
        "  with    the published parameters, 100 rounds",
        "  search  best of 2 on a sample: max_depth=12 (RMSE 5.630 there)",
        "  model   out/model/model.ubj, preprocessor out/model/preprocessor.pkl",
        "  MLflow  run abc in out/mlflow.db",
        "",
        "Tasks",
        "    22.50 s  train_model-1",
        "",
        "Try next",
        "  tidemill flow-run ls",
        "  tidemill flow-run logs 0190-run",
        "  tidemill flow-run inspect 0190-run",
    ]


def test_it_says_what_came_from_the_cache():
    text = report(OUTCOME, [TaskTime("train", 0.01, "Cached"), TaskTime("save", 0.02, "Completed")], ["tidemill"])

    assert "0.01 s  train  (from the cache)" in text
    assert "0.02 s  save\n" in text
    assert "1 of 2 came from the cache of an earlier run." in text


def test_it_says_when_flights_stood_in():
    flights = replace(
        OUTCOME,
        train=MonthFile("2013-01", "flights.csv.zip", "a"),
        validate=MonthFile("2013-02", "flights.csv.zip", "a"),
    )

    first = report(flights, [], ["tidemill"]).splitlines()[0]

    assert first.endswith("flights (the trips could not be downloaded), trained on 2013-01, checked on 2013-02")


def test_commands_can_be_copied_into_a_shell():
    text = report(OUTCOME, [], ["env", "TIDEMILL_HOME=a folder/home", "tidemill"])

    assert "env 'TIDEMILL_HOME=a folder/home' tidemill flow-run ls" in text


def test_times_come_in_the_order_of_starting():
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    runs = [
        SimpleNamespace(name="b", total_run_time=2.0, state_name="Completed", start_time=noon, created=noon),
        SimpleNamespace(
            name="a",
            total_run_time=0.0,
            state_name="Cached",
            start_time=None,
            created=noon - timedelta(seconds=1),
        ),
    ]

    times = times_of(runs)

    assert [(time.name, time.seconds, time.cached) for time in times] == [("a", 0.0, True), ("b", 2.0, False)]
