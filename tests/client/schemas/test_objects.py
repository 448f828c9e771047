"""What clients give and take: the wire's fields with ids that are UUIDs, states that answer, parts given as dicts."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import get_type_hints
from uuid import UUID, uuid4

import msgspec
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill import states
from tidemill.client.schemas import actions, filters, objects, responses, schedules
from tidemill.client.schemas.shape import Shape, convert, decode, encode, plain
from tidemill.wire.base import Id


def shapes(*modules: ModuleType):
    found = {one for module in modules for _, one in inspect.getmembers(module, inspect.isclass)}
    return sorted((one for one in found if issubclass(one, Shape) and one is not Shape), key=lambda one: one.__name__)


ANSWERED = shapes(objects, responses)
ALL = shapes(objects, responses, actions, filters, schedules)


def test_no_id_that_a_client_gives_is_a_text():
    texts = [
        (shape, name)
        for shape in ANSWERED
        for name, hint in get_type_hints(shape, include_extras=True).items()
        if name in shape.__struct_fields__ and "uuid'" in str(hint)
    ]

    assert "uuid'" in str(Id)
    assert texts == []


def test_lengths_of_time_are_timedeltas():
    lengths = {"estimated_run_time", "total_run_time", "estimated_start_time_delta", "time_in_current_state"}
    hints = {shape: get_type_hints(shape) for shape in ANSWERED}
    plain_numbers = [
        (shape, name)
        for shape in ANSWERED
        for name in (lengths | {"sum_estimated_run_time"}) & hints[shape].keys()
        if "float" in str(hints[shape][name])
    ]

    assert plain_numbers == []


def test_a_length_of_time_is_seconds_in_json():
    run = decode(b'{"flow_id": "%s", "total_run_time": 1.5}' % str(uuid4()).encode(), objects.FlowRun)

    assert run.total_run_time == timedelta(seconds=1.5)
    assert run.model_dump(mode="json")["total_run_time"] == 1.5
    assert run.model_dump()["total_run_time"] == timedelta(seconds=1.5)


def test_the_ids_in_a_states_details_are_uuids():
    run = uuid4()
    said = {"type": "RUNNING", "id": str(uuid4()), "state_details": {"flow_run_id": str(run), "pause_key": "k"}}
    state = decode(msgspec.json.encode({"flow_id": str(uuid4()), "state": said}), objects.FlowRun).state

    assert (state.state_details.flow_run_id, state.state_details.pause_key) == (run, "k")
    assert plain(state)["state_details"]["flow_run_id"] == str(run)


@pytest.mark.parametrize("shape", ALL)
def test_every_shape_is_made_by_keyword_and_comes_back_from_json(shape):
    ids = {"id", "flow_id", "flow_run_id"}
    needed = {}
    for field in msgspec.structs.fields(shape):
        if field.required:
            needed[field.name] = str(uuid4()) if field.name in ids or field.name.endswith("_id") else _some(field.type)
    made = convert(needed, shape)

    assert decode(encode(made), shape) == made
    assert shape.model_validate(plain(made)) == made


def _some(type_):
    samples = {
        timedelta: 60.0,
        float: 1.0,
        str: "x",
        int: 1,
        bool: True,
        datetime: "2024-01-01T00:00:00Z",
        UUID: str(uuid4()),
    }
    text = str(type_)
    if type_ in samples:
        return samples[type_]
    if "list" in text:
        return []
    if "ConcurrencyLimitStrategy" in text:
        return "ENQUEUE"
    if "SetStateStatus" in text:
        return "ACCEPT"
    if "StateAcceptDetails" in text:
        return {"type": "accept_details"}
    if "StateType" in text:
        return "PENDING"
    if "domain.states.State" in text:
        return {"type": "PENDING", "id": str(uuid4())}
    if "WorkQueueHealthPolicy" in text:
        return {}
    if "FlowRun" in text:
        return {"flow_id": str(uuid4())}
    if "Trigger" in text:
        return {"type": "event", "posture": "Reactive"}
    if "Literal" in text:
        return "flow_run"
    if text == "typing.Any":
        return {"cron": "* * * * *"}
    return _some(next(inner for inner in samples if inner.__name__ in text))


def test_a_flow_run_has_a_state_that_answers():
    run = objects.FlowRun(flow_id=uuid4(), state=states.Completed(data=3))

    assert run.state.is_completed()
    assert run.state.result() == 3
    assert isinstance(run.id, UUID)


def test_a_state_from_json_has_ids_that_are_uuids():
    said = {"id": str(uuid4()), "type": "RUNNING", "state_details": {"flow_run_id": str(uuid4())}}

    state = convert({"flow_id": str(uuid4()), "state": said}, objects.FlowRun).state

    assert state.id == UUID(said["id"])
    assert state.state_details.flow_run_id == UUID(said["state_details"]["flow_run_id"])
    assert state.name == "Running"


def test_parts_may_be_given_as_dicts():
    by_parts = filters.FlowRunFilter(
        name=filters.FlowRunFilterName(like_="x"),
        state=filters.FlowRunFilterState(type=filters.FlowRunFilterStateType(any_=["RUNNING"])),
    )

    assert filters.FlowRunFilter(name={"like_": "x"}, state={"type": {"any_": ["RUNNING"]}}) == convert(
        plain(by_parts), filters.FlowRunFilter
    )


@pytest.mark.parametrize("wrong", [{"nmae": {}}, {"name": {"lik_": "x"}}, {"id": {"any_": ["no id"]}}])
def test_what_does_not_fit_is_refused_at_once(wrong):
    with pytest.raises((TypeError, msgspec.ValidationError)):
        filters.FlowRunFilter(**wrong)


def test_what_was_not_given_is_not_sent():
    assert plain(actions.DeploymentUpdate(paused=True)) == {"paused": True}
    assert plain(actions.VariableUpdate(name="x", value=None)) == {"name": "x", "value": None}


def test_the_methods_that_users_of_models_know():
    run = objects.Flow(name="f", tags=["a"])

    assert run.model_dump(include={"name", "tags"}) == {"name": "f", "tags": ["a"]}
    assert run.model_dump(mode="json", exclude_none=True) == {
        "id": str(run.id),
        "labels": {},
        "name": "f",
        "tags": ["a"],
    }
    assert run.model_dump(exclude_unset=True) == {"id": run.id, "name": "f", "tags": ["a"]}
    assert run.model_copy(update={"name": "g"}).name == "g"
    assert objects.Flow.model_validate_json(run.model_dump_json()) == run
    with pytest.raises(TypeError, match="does not know wrong"):
        run.model_dump(wrong=1)


def test_users_models_may_hold_them():
    class Order(pydantic.BaseModel):
        run: objects.FlowRun

    flow_id = uuid4()
    order = Order(run={"flow_id": str(flow_id)})

    assert order.run.flow_id == flow_id
    assert Order.model_validate_json(order.model_dump_json()).run.flow_id == flow_id
    with pytest.raises(pydantic.ValidationError):
        Order(run={"flow_id": "no id"})


@given(st.timedeltas(min_value=timedelta(microseconds=1), max_value=timedelta(days=9999)))
def test_an_interval_may_be_a_timedelta_or_seconds(every):
    assert schedules.IntervalSchedule(interval=every) == schedules.IntervalSchedule(interval=every.total_seconds())


@pytest.mark.parametrize(
    ("given_", "made"),
    [
        ({"cron": "* * * * *"}, schedules.CronSchedule(cron="* * * * *")),
        ({"rrule": "FREQ=DAILY"}, schedules.RRuleSchedule(rrule="FREQ=DAILY")),
        (
            {"interval": 60, "anchor_date": "2024-01-01T00:00:00+00:00"},
            schedules.IntervalSchedule(interval=60.0, anchor_date=datetime(2024, 1, 1, tzinfo=UTC)),
        ),
    ],
)
def test_a_schedule_is_constructed_by_what_is_given(given_, made):
    assert schedules.construct_schedule(**given_) == made
    assert actions.DeploymentScheduleCreate(schedule=plain(made)).schedule == made
    assert schedules.is_schedule_type(made)


@pytest.mark.parametrize("wrong", [{}, {"cron": "* * * * *", "rrule": "FREQ=DAILY"}, {"cron": "*", "anchor_date": "x"}])
def test_a_schedule_is_one_thing(wrong):
    with pytest.raises(ValueError, match="expected"):
        schedules.construct_schedule(**wrong)


def test_a_rule_becomes_dateutils():
    rule = schedules.RRuleSchedule(rrule="DTSTART:20240101T000000\nRRULE:FREQ=DAILY;COUNT=2")

    assert len(list(rule.to_rrule())) == 2
    assert "FREQ=DAILY" in schedules.RRuleSchedule.from_rrule(rule.to_rrule()).rrule


def test_job_variables_are_held_against_the_template():
    template = {"variables": {"properties": {"cpu": {"type": "integer", "default": 1}}, "required": ["cpu"]}}
    deployment = actions.DeploymentCreate(name="d", flow_id=uuid4(), job_variables={"cpu": "many"})

    actions.DeploymentCreate(name="d", flow_id=uuid4()).check_valid_configuration(template)
    with pytest.raises(ValueError, match="cpu"):
        deployment.check_valid_configuration(template)


def test_a_queue_that_is_not_polled_is_not_healthy():
    policy = objects.WorkQueueHealthPolicy(maximum_late_runs=1, maximum_seconds_since_last_polled=60)

    assert policy.evaluate_health_status(1, datetime.now(UTC))
    assert not policy.evaluate_health_status(2, datetime.now(UTC))
    assert not policy.evaluate_health_status(0, None)
    assert not policy.evaluate_health_status(0, datetime.now(UTC) - timedelta(minutes=2))


def test_a_state_that_is_proposed_leaves_its_value_here():
    proposed = states.to_state_create(states.Completed(data=object(), message="m"))

    assert (proposed.type, proposed.message, proposed.data) == ("COMPLETED", "m", None)
