"""What a client asks for counts once, though requests and answers are lost, doubled, delayed and cut off (F16)."""

from __future__ import annotations

import pytest

from tests.client.forms import FORMS
from tests.faults.proxy import Fate, misbehaving
from tests.serving import free_port, serving
from tidemill import flow
from tidemill.client.schemas.actions import VariableCreate
from tidemill.settings import temporary_settings

BAD = {Fate.PASSES: 4, Fate.LOST: 1, Fate.ANSWER_LOST: 2, Fate.DOUBLED: 2, Fate.CUT: 1, Fate.LATE: 1}


@flow
def etl():
    """Is only named."""


@pytest.mark.parametrize("form", FORMS)
def test_what_is_made_is_made_once(store, form):
    port = free_port()
    with (
        temporary_settings({"TIDEMILL_CLIENT_MAX_RETRIES": 20}),
        serving(store, port=port),
        misbehaving(port, 7, BAD) as (proxy, url),
        FORMS[form](url, httpx_settings={"timeout": 10}) as client,
    ):
        deployment = client.create_deployment(client.create_flow(etl), "one")
        made = {client.create_flow_run_from_deployment(deployment).id for _ in range(10)}
        variables = [client.create_variable(VariableCreate(name=f"v{number}", value=number)) for number in range(10)]
        proxy.calm = True

        assert client.count_flow_runs() == len(made) == 10
        assert len(client.read_variables()) == len(variables) == 10
    assert all(proxy.seen[fate] for fate in BAD), proxy.seen
