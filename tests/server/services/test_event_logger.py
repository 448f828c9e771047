import logging

from tests.server.services.telling import NOW, turn
from tidemill.domain.states import from_us
from tidemill.server.services.event_logger import EventLogger
from tidemill.settings import Settings

ON = Settings(server={"services": {"event_logger": {"enabled": True}}})


def test_it_is_off_unless_somebody_wants_it():
    assert not EventLogger(Settings()).enabled
    assert EventLogger(ON).enabled


def test_what_comes_in_is_logged_once(store, told, caplog):
    run, service = told.flow_run(), EventLogger(ON)
    told.beats(run, NOW)

    with caplog.at_level(logging.INFO, "tidemill.server.events"):
        service.run_once(turn(store, NOW))
        told.beats(run, NOW + 1)
        while not lines_of(caplog, NOW + 1):  # who else writes to the server of this database may keep it waiting
            service.run_once(turn(store, NOW))
        service.run_once(turn(store, NOW))

    (line,) = lines_of(caplog, NOW + 1)
    assert f"prefect.flow-run.heartbeat of prefect.flow-run.{run}" in line


def lines_of(caplog, at):
    said = [record.getMessage() for record in caplog.records]
    return [line for line in said if line.endswith(f"at {from_us(at)}")]
