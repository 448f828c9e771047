"""What a task in another process of the flow's runner knows of its flow run."""

from __future__ import annotations

import threading

from tests.engine import pooled


def test_small_parameters_of_the_flow_are_known_there_and_can_be_the_key_of_a_cache(runtime):
    assert pooled.with_parameters({"day": 3}) == ({"given": {"day": 3}}, "Cached")


def test_parameters_that_cannot_go_along_stop_no_task(runtime):
    assert pooled.with_parameters(threading.Lock()) == ({}, "Completed")
