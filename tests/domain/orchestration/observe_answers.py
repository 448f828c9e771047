"""Ask the reference server's own policies for every step there is, and write down what they answer.

Run by hand, in an environment that has ``prefect==3.8.8`` and not tidemill, with ``PREFECT_HOME`` and
``PREFECT_API_DATABASE_CONNECTION_URL`` somewhere new::

    python observe_answers.py answers.json

Each step is one of a new run that came into its state 5 s ago, as plain as it can be: no result, no policy, nothing
started for it; a task run has a running flow run. A cell is the status and, where a state was written, its name.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from prefect.server.database import provide_database_interface
from prefect.server.models import deployments, flow_runs, flows, task_runs
from prefect.server.orchestration import core_policy
from prefect.server.schemas import core
from prefect.server.schemas.states import State, StateType
from prefect.types._datetime import now

FLOW_POLICIES = ("CoreFlowPolicy", "CoreFlowPolicy with a deployment", "MinimalFlowPolicy", "MarkLateRunsPolicy")
TASK_POLICIES = ("CoreTaskPolicy", "ClientSideTaskOrchestrationPolicy", "BackgroundTaskPolicy", "MinimalTaskPolicy")


async def answer(session, flow, name, present, proposed) -> str:
    """One cell."""
    policy = getattr(core_policy, name.partition(" ")[0])
    state = present and State(type=present, timestamp=now("UTC") - timedelta(seconds=5))
    if name in FLOW_POLICIES:
        deployment = core.Deployment(name=str(uuid4()), flow_id=flow.id)
        made = (await deployments.create_deployment(session, deployment)).id if "deployment" in name else None
        run = await flow_runs.create_flow_run(session, core.FlowRun(flow_id=flow.id, deployment_id=made, state=state))
        result = await flow_runs.set_flow_run_state(session, run.id, State(type=proposed), flow_policy=policy)
    else:
        parent = await flow_runs.create_flow_run(session, core.FlowRun(flow_id=flow.id, state=State(type="RUNNING")))
        wanted = core.TaskRun(flow_run_id=parent.id, task_key="t", dynamic_key=str(uuid4()), state=state)
        run = await task_runs.create_task_run(session, wanted)
        result = await task_runs.set_task_run_state(session, run.id, State(type=proposed), task_policy=policy)
    await session.flush()
    await session.refresh(run)
    written = result.status.value == "ACCEPT" or run.state_type != present
    return f"{result.status.value} {run.state_name}" if written and run.state_name else result.status.value


async def main(path: str) -> None:
    """The whole table."""
    database = provide_database_interface()
    await database.create_db()
    lines = []
    async with database.session_context(begin_transaction=True) as session:
        flow = await flows.create_flow(session, core.Flow(name="observed"))
        for name in (*FLOW_POLICIES, *TASK_POLICIES):
            for present in (None, *StateType):
                row = [await answer(session, flow, name, present, proposed) for proposed in StateType]
                lines.append(json.dumps([name, present and present.value, row]))
    Path(path).write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
