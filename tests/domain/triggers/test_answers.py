"""Windows fire when those of a real server of the field did, for events and for moments at which time was judged.

``answers.json`` has a trigger, what happened step by step (when, which event or none, about what), and at which steps
it fired, for which keys. Left out is where we are otherwise on purpose: there a window that is over swallows the event that
should begin the next one, and takes nothing any more that comes late for the window behind it; and a trigger with
``after``, but without ``for_each``, waits without having seen what must come first.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .rules import Story, rule, seen

STORIES = json.loads(Path(__file__).with_name("answers.json").read_text())


@pytest.mark.parametrize("number", range(len(STORIES)))
def test_as_it_was_answered(number):
    told = STORIES[number]
    asked = {name: tuple(value) if isinstance(value, list) else value for name, value in told["rule"].items()}
    story = Story(rule(proactive=asked.pop("posture") == "Proactive", **asked))

    fired = []
    for step, (at, name, resource) in enumerate(told["steps"]):
        found = story.wait_until(at) if name is None else story.tell(seen(at, name, resource))
        fired += [[step, sorted(one.labels.values())] for one in found]

    assert sorted(fired) == told["fired"]
