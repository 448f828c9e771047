"""Fitting a model to features, trying out parameters on a sample, and saving what came out."""

from __future__ import annotations

import math
import pickle
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xgboost as xgb

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from examples.duration_model.features import Features

SEED: Final = 42
ROUNDS: Final = 100
PATIENCE: Final = 20  # rounds without a better validation error before training stops
SAMPLE_ROWS: Final = 4_000
SAMPLE_ROUNDS: Final = 30

PUBLISHED: Final[Mapping[str, float]] = {
    "learning_rate": 0.09585355369315604,
    "max_depth": 30,
    "min_child_weight": 1.060597050922164,
    "reg_alpha": 0.018060244040060163,
    "reg_lambda": 0.011658731377413597,
}
"""What a long search by others found for these trips; the figures in the README are for these."""

CANDIDATES: Final[Sequence[Mapping[str, float]]] = (
    PUBLISHED,
    {**PUBLISHED, "max_depth": 12},
    {**PUBLISHED, "learning_rate": 0.2},
    {**PUBLISHED, "reg_lambda": 1.0},
)


def difference(parameters: Mapping[str, float]) -> str:
    """How a set of parameters differs from the published one, for people."""
    changed = [f"{name}={value:g}" for name, value in parameters.items() if value != PUBLISHED.get(name)]
    return ", ".join(changed) or "the published parameters"


@dataclass(frozen=True)
class Trial:
    """How well one set of parameters did on the sample: comparable among trials only."""

    parameters: Mapping[str, float]
    rmse: float


@dataclass(frozen=True)
class Model:
    """A fitted model, cut at its best round, with the parameters that made it."""

    booster: xgb.Booster
    parameters: Mapping[str, float]
    rounds: int


@dataclass(frozen=True)
class SavedModel:
    """Where the model and the preprocessor that belongs to it were written."""

    model: Path
    preprocessor: Path


def fit(features: Features, parameters: Mapping[str, float], *, rounds: int = ROUNDS, threads: int = 0) -> Model:
    """Train on the first month and stop early by the second. ``threads=0`` takes every core."""
    options = {**parameters, "objective": "reg:squarederror", "seed": SEED, "nthread": threads}
    booster = xgb.train(
        options,
        xgb.DMatrix(features.train, features.train_minutes),
        num_boost_round=rounds,
        evals=[(xgb.DMatrix(features.validate, features.validate_minutes), "validate")],
        early_stopping_rounds=PATIENCE,
        verbose_eval=False,
    )
    best = booster.best_iteration + 1
    return Model(booster[:best], parameters, best)


def try_out(features: Features, parameters: Mapping[str, float]) -> Trial:
    """Fit on a sample, always the same one, with one thread: trials run side by side."""
    few = sample(features, SAMPLE_ROWS)
    return Trial(parameters, rmse(fit(few, parameters, rounds=SAMPLE_ROUNDS, threads=1), few))


def sample(features: Features, rows: int) -> Features:
    """At most ``rows`` journeys of each month, without the columns that are empty in the training half."""
    chosen = np.random.default_rng(SEED)
    train, validate = (
        np.sort(chosen.permutation(len(minutes))[:rows])
        for minutes in (features.train_minutes, features.validate_minutes)
    )
    used = np.flatnonzero(features.train[train].getnnz(axis=0))
    return replace(
        features,
        train=features.train[train][:, used],
        train_minutes=features.train_minutes[train],
        validate=features.validate[validate][:, used],
        validate_minutes=features.validate_minutes[validate],
        fingerprint=f"{features.fingerprint}:{rows}",
    )


def rmse(model: Model, features: Features) -> float:
    """Root mean square error in minutes on the second month, which the model never saw."""
    errors = model.booster.predict(xgb.DMatrix(features.validate)) - features.validate_minutes
    return math.sqrt(float(np.mean(errors**2)))


def save(model: Model, vectorizer: Any, folder: Path) -> SavedModel:
    """Write ``model.ubj`` and ``preprocessor.pkl`` into ``folder``, in place of what was there."""
    folder.mkdir(parents=True, exist_ok=True)
    saved = SavedModel(folder / "model.ubj", folder / "preprocessor.pkl")
    model.booster.save_model(saved.model)
    saved.preprocessor.write_bytes(pickle.dumps(vectorizer))
    return saved
