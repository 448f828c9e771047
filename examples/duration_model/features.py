"""From a month of journeys to what a model learns from: where from and where to, how far, and how many minutes."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from sklearn.feature_extraction import DictVectorizer

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from examples.duration_model.data import MonthFile

TRIP_COLUMNS: Final = ["lpep_pickup_datetime", "lpep_dropoff_datetime", "PULocationID", "DOLocationID", "trip_distance"]
FLIGHT_COLUMNS: Final = ["month", "origin", "dest", "air_time", "distance"]
FEATURES: Final = ["PU_DO", "trip_distance"]
SHORTEST_MINUTES: Final = 1  # below: the meter was started and stopped
LONGEST_MINUTES: Final = 60  # above: the meter was forgotten


@dataclass(frozen=True)
class Features:
    """Two months as matrices, and what made them. ``fingerprint`` names the numbers: a cheap key for caches."""

    train: csr_matrix
    train_minutes: np.ndarray[Any, Any]
    validate: csr_matrix
    validate_minutes: np.ndarray[Any, Any]
    vectorizer: DictVectorizer
    fingerprint: str


def read_journeys(file: MonthFile) -> pd.DataFrame:
    """A month as a frame of ``PU_DO``, ``trip_distance`` and ``duration`` (minutes)."""
    if not file.holds_flights:
        return trips(pd.read_parquet(file.path, columns=TRIP_COLUMNS))
    flights_of_year = pd.read_csv(file.path, usecols=FLIGHT_COLUMNS)
    return flights(flights_of_year[flights_of_year["month"] == int(file.month[-2:])])


def trips(raw: pd.DataFrame) -> pd.DataFrame:
    """Taxi trips of a believable length, one to sixty minutes."""
    duration = (raw["lpep_dropoff_datetime"] - raw["lpep_pickup_datetime"]).dt.total_seconds() / 60
    pair = raw["PULocationID"].astype(str) + "_" + raw["DOLocationID"].astype(str)
    journeys = pd.DataFrame({"PU_DO": pair, "trip_distance": raw["trip_distance"], "duration": duration})
    return journeys[journeys["duration"].between(SHORTEST_MINUTES, LONGEST_MINUTES)].reset_index(drop=True)


def flights(raw: pd.DataFrame) -> pd.DataFrame:
    """Flights that flew (a cancelled one has no air time), in the columns of trips."""
    flown = raw.dropna(subset=["air_time"])
    pair = flown["origin"] + "_" + flown["dest"]
    journeys = pd.DataFrame({"PU_DO": pair, "trip_distance": flown["distance"], "duration": flown["air_time"]})
    return journeys.reset_index(drop=True)


def build(train: pd.DataFrame, validate: pd.DataFrame) -> Features:
    """Learn the vocabulary of places from the training month only, and put both months through it."""
    vectorizer = DictVectorizer()
    known = vectorizer.fit_transform(train[FEATURES].to_dict("records"))
    unseen = vectorizer.transform(validate[FEATURES].to_dict("records"))
    known_minutes, unseen_minutes = train["duration"].to_numpy(), validate["duration"].to_numpy()
    return Features(
        train=known,
        train_minutes=known_minutes,
        validate=unseen,
        validate_minutes=unseen_minutes,
        vectorizer=vectorizer,
        fingerprint=_fingerprint(known, known_minutes, unseen, unseen_minutes),
    )


def _fingerprint(*numbers: Any) -> str:
    digest = blake2b(digest_size=16)
    for one in numbers:
        for array in (one,) if isinstance(one, np.ndarray) else (one.indptr, one.indices, one.data):
            digest.update(array.tobytes())
    return digest.hexdigest()
