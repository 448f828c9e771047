"""Training is repeatable, what is saved predicts as what was trained, and the real months give the known errors."""

from __future__ import annotations

import pickle

import pytest

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")
xgb = pytest.importorskip("xgboost")
pytest.importorskip("sklearn")
pytest.importorskip("pyarrow")

from examples.duration_model import training  # noqa: E402 - after the skips
from examples.duration_model.data import local_month  # noqa: E402 - after the skips
from examples.duration_model.features import FEATURES, build, read_journeys  # noqa: E402 - after the skips


def made_up_month(seed, rows=300):
    random = np.random.default_rng(seed)
    miles = random.uniform(1, 10, rows)
    pair = [f"{start}_{start + 1}" for start in random.integers(1, 6, rows)]
    return pd.DataFrame({"PU_DO": pair, "trip_distance": miles, "duration": 4 * miles + random.normal(0, 1, rows)})


@pytest.fixture(scope="module")
def features():
    return build(made_up_month(1), made_up_month(2))


def test_a_model_learns_and_stops_at_its_best_round(features):
    model = training.fit(features, training.PUBLISHED, threads=1)

    assert 0 < model.rounds == model.booster.num_boosted_rounds() <= training.ROUNDS
    assert training.rmse(model, features) < float(np.std(features.validate_minutes)) / 2


def test_training_twice_gives_the_same_model(features):
    first, second = (training.fit(features, training.PUBLISHED, threads=1) for _ in range(2))

    assert first.booster.save_raw() == second.booster.save_raw()


def test_a_saved_model_predicts_as_the_one_that_was_trained(features, tmp_path):
    model = training.fit(features, training.PUBLISHED, threads=1)

    saved = training.save(model, features.vectorizer, tmp_path / "model")

    loaded = xgb.Booster(model_file=saved.model)
    vectorizer = pickle.loads(saved.preprocessor.read_bytes())
    matrix = xgb.DMatrix(vectorizer.transform(made_up_month(2)[FEATURES].to_dict("records")))
    assert np.array_equal(loaded.predict(matrix), model.booster.predict(xgb.DMatrix(features.validate)))


def test_a_sample_is_small_and_always_the_same(features):
    first, second = (training.sample(features, 50) for _ in range(2))

    assert first.train.shape[0] == first.validate.shape[0] == len(first.validate_minutes) == 50
    assert first.train.shape[1] == first.validate.shape[1]
    assert (first.train != second.train).nnz == 0
    assert first.fingerprint != features.fingerprint


def test_a_trial_is_told_apart_by_what_it_changes(features):
    trial = training.try_out(features, {**training.PUBLISHED, "max_depth": 12})

    assert training.difference(trial.parameters) == "max_depth=12"
    assert training.difference(training.PUBLISHED) == "the published parameters"


@pytest.mark.timeout(600)  # half a minute of one idle core each
@pytest.mark.parametrize(
    ("train", "validate", "expected"),
    [
        ("2023-01", "2023-02", 5.199),
        pytest.param("2023-02", "2023-03", 5.37, marks=pytest.mark.slow),
        pytest.param("2021-01", "2021-02", 6.46, marks=pytest.mark.slow),
    ],
)
@pytest.mark.timeout(600)  # a training takes about 100 s on two cores
def test_real_months_give_the_known_error(trips, train, validate, expected):
    features = build(*(read_journeys(local_month(month, trips)) for month in (train, validate)))

    model = training.fit(features, training.PUBLISHED, threads=1)  # cores are shared with other tests

    assert training.rmse(model, features) == pytest.approx(expected, abs=0.03)
