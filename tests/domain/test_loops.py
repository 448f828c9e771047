from __future__ import annotations

import pytest

from tidemill.domain.loops import runs_itself

PENDING = {"prefect.flow-run.Pending"}
ANY = {"prefect.resource.id": "prefect.flow-run.*"}
ONE = {"prefect.resource.id": ["prefect.flow-run.1"]}


@pytest.mark.parametrize(
    ("expect", "match", "related", "sources", "loops"),
    [
        (PENDING, {}, [{}], {"inferred"}, True),
        (PENDING, ONE, [ONE], {"inferred"}, True),
        (PENDING, {}, [{}], {"selected"}, True),
        (PENDING, ANY, [ANY, ONE], {"selected"}, True),
        ({"prefect.flow-run.*"}, {"prefect.resource.id": ["x", "*"]}, [{}], {"selected"}, True),
        (PENDING, ANY, [ONE], {"selected"}, False),
        (PENDING, ONE, [{}], {"selected"}, False),
        (PENDING, ANY | {"label": "a"}, [{}], {"selected"}, False),
        (PENDING, {}, [{}], set(), False),
        ({"prefect.flow-run.Failed"}, {}, [{}], {"inferred"}, False),
        (set(), {}, [{}], {"inferred"}, False),
    ],
)
def test_which_automations_would_set_themselves_off_for_ever(expect, match, related, sources, loops):
    assert (runs_itself(expect, match, related, sources) is not None) is loops
