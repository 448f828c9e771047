"""Lines that the engine says itself: like any other record, made faster."""

from __future__ import annotations

import logging

import pytest

from tidemill import flow
from tidemill.engine.quick_records import say

logger = logging.getLogger("tests.quick_records")


class Kept(logging.Handler):
    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        self.records.append(record)


@pytest.fixture
def kept():
    handler = Kept()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    yield handler.records
    logger.removeHandler(handler)
    logger.propagate = True


def both(message, *args):
    context = object()
    say(logger, logging.INFO, context, message, *args)
    logger.info(message, *args, extra={"run_context": context})


CHANGING = {"created", "msecs", "relativeCreated", "lineno"}


def test_it_says_of_itself_what_a_standard_record_says(kept):
    both("%s of %d", "one", 2)

    quick, standard = kept
    assert quick.getMessage() == standard.getMessage() == "one of 2"
    for name in standard.__dict__.keys() - CHANGING:
        assert getattr(quick, name) == getattr(standard, name), name
    assert quick.__dict__.keys() >= standard.__dict__.keys()
    assert standard.created - quick.created < 60
    assert standard.lineno == quick.lineno + 1


def test_a_factory_of_the_users_makes_it(kept):
    class Own(logging.LogRecord):
        pass

    standard = logging.getLogRecordFactory()
    logging.setLogRecordFactory(Own)
    try:
        both("mine")
    finally:
        logging.setLogRecordFactory(standard)

    said, logged = kept
    assert type(said) is type(logged) is Own
    assert said.lineno == logged.lineno - 1


def test_below_the_level_nothing_is_made(kept):
    say(logger, logging.DEBUG, object(), "no")
    assert kept == []


def test_a_flow_says_that_it_begins_and_how_it_ends(runtime, caplog):
    with caplog.at_level(logging.INFO, "tidemill"):
        flow(name="told")(lambda: 1)()
    said = [record.getMessage() for record in caplog.records if record.name == "tidemill.flow_runs"]
    assert said[0].startswith("Beginning flow run")
    assert said[-1] == "Finished as Completed"
