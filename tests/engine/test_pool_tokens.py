"""S3: where processes of a pool are to ask with a token, they get that, or they are not started."""

from __future__ import annotations

import pytest

from tests.engine.fixtures import in_use
from tidemill import flow, task
from tidemill.settings import temporary_settings
from tidemill.store.errors import StoreUnavailableError
from tidemill.system.clock import JumpingClock
from tidemill.task_runners import ProcessPoolTaskRunner
from tidemill.testing.memory import MemoryHome

CHOSEN = {"TIDEMILL_TASKS_RUNNER_PROCESS_POOL_RUN_TOKENS": True}


class _ServerAway(MemoryHome):
    asked: tuple[str, int] | None = None

    def run_token(self, root, epoch):
        self.asked = (root, epoch)
        raise StoreUnavailableError("the server cannot be reached")


@task
def double(number):
    return 2 * number


@flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
def pooled():
    return double.submit(1)


@pytest.fixture
def home(tmp_path):
    home = _ServerAway(JumpingClock(), tmp_path)
    yield home
    home.close()


def test_S3_no_process_of_a_pool_is_started_with_the_key_where_no_token_is_to_be_had(home):
    with in_use(home.runtime), temporary_settings(CHOSEN):
        ended = pooled(return_state=True)

    home.recorder.wait_applied()
    (run,) = home.store.find_flow_runs()
    (failed,) = home.store.find_task_runs()
    assert ended.is_failed()
    assert "the server cannot be reached" in failed.state.message
    assert home.asked == (run.id, 1)
