"""What is sent to a flow run, and received by it."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from pydantic import BaseModel, ValidationError

from tests.engine.fixtures import home_in_use
from tidemill import flow
from tidemill.engine.context import FlowRunContext
from tidemill.exceptions import MissingContextError, ObjectAlreadyExists, ObjectNotFound, OptionError
from tidemill.input import (
    RunInput,
    acreate_flow_run_input,
    adelete_flow_run_input,
    afilter_flow_run_input,
    aread_flow_run_input,
    create_flow_run_input,
    create_flow_run_input_from_model,
    delete_flow_run_input,
    filter_flow_run_input,
    keyset_from_base_key,
    keyset_from_paused_state,
    read_flow_run_input,
    receive_input,
    send_input,
)
from tidemill.input.run_input import asend_input, run_input_subclass_from_type
from tidemill.states import Paused, Running, Suspended
from tidemill.system.clock import JumpingClock


class Order(RunInput):
    dish: str
    count: int = 1


class Plain(BaseModel):
    a: int


@pytest.fixture
def home(tmp_path):
    with home_in_use(tmp_path / "home", JumpingClock()) as home:
        yield home


@pytest.fixture
def run(home):
    """A flow run to send things to."""

    @flow
    def finds_itself():
        return FlowRunContext.get().run_id

    return UUID(finds_itself())


def test_keys_follow_from_the_state():
    assert keyset_from_base_key("b") == {"description": "b-description", "response": "b-response", "schema": "b-schema"}
    assert keyset_from_paused_state(Paused(pause_key="2"))["response"] == "paused-2-response"
    assert keyset_from_paused_state(Suspended(pause_key="k"))["schema"] == "suspended-k-schema"
    with pytest.raises(RuntimeError, match="paused"):
        keyset_from_paused_state(Running())


def test_inputs_are_kept_read_found_and_forgotten(run):
    create_flow_run_input("a-1", {"x": [1, None, "é"]}, run)
    create_flow_run_input_from_model("a-2", Plain(a=3), run, sender="me")

    assert read_flow_run_input("a-1", run) == {"x": [1, None, "é"]}
    found = filter_flow_run_input("a-", 10, {"a-1"}, run)
    assert [(one.key, one.decoded_value, one.sender) for one in found] == [("a-2", {"a": 3}, "me")]
    delete_flow_run_input("a-1", run)
    assert read_flow_run_input("a-1", run) is None


def test_async_code_does_the_same(run):
    async def story():
        await acreate_flow_run_input("k", 1, run)
        found = await afilter_flow_run_input("k", flow_run_id=run)
        value = await aread_flow_run_input("k", run)
        await adelete_flow_run_input("k", run)
        return found[0].key, value, await aread_flow_run_input("k", run)

    assert asyncio.run(story()) == ("k", 1, None)


def test_what_cannot_be_done_says_why(run):
    create_flow_run_input("k", 1, run)

    with pytest.raises(ObjectAlreadyExists, match="'k'"):
        create_flow_run_input("k", 2, run)
    with pytest.raises(ObjectNotFound, match="no flow run"):
        create_flow_run_input("k", 2, UUID(int=1))
    with pytest.raises(ObjectNotFound, match="'nothing'"):
        delete_flow_run_input("nothing", run)
    with pytest.raises(OptionError, match="JSON"):
        create_flow_run_input("o", object(), run)
    with pytest.raises(MissingContextError, match="flow_run_id"):
        read_flow_run_input("k")


def test_within_a_flow_run_its_own_inputs_are_meant(home):
    @flow
    def remembers():
        create_flow_run_input("note", "to myself")
        return read_flow_run_input("note")

    assert remembers() == "to myself"


def test_what_is_sent_is_received_in_order(home):
    @flow
    def kitchen():
        here = UUID(FlowRunContext.get().run_id)
        for dish in ("soup", "fish"):
            Order(dish=dish).send_to(here)
        send_input(7, here)
        return list(Order.receive(timeout=1)), list(receive_input(int, timeout=1))

    orders, numbers = kitchen()

    assert [order.dish for order in orders] == ["soup", "fish"]
    assert numbers == [7]
    assert orders[0].metadata.sender == f"prefect.flow-run.{orders[0].metadata.receiver}"


def test_async_flows_receive_too(home):
    @flow
    async def kitchen():
        here = UUID(FlowRunContext.get().run_id)
        await asend_input(Plain(a=1), here)
        return [plain.a async for plain in receive_input(Plain, timeout=1)]

    assert asyncio.run(kitchen()) == [1]


def test_each_input_is_received_once_by_an_iterator(run):
    send_input("x", run)
    receiver = receive_input(str, timeout=0, flow_run_id=run, with_metadata=True)

    first = receiver.next()

    assert (first.value, first.metadata.receiver) == ("x", run)
    with pytest.raises(TimeoutError, match="no input 'strautomaticruninput-auto'"):
        receiver.next()
    assert receiver.filter_for_inputs_sync() == []
    assert list(receive_input(str, timeout=0, flow_run_id=run)) == ["x"]


def test_a_receiver_can_be_told_to_complain(run):
    with pytest.raises(TimeoutError):
        list(Order.receive(timeout=3, raise_timeout_error=True, flow_run_id=run))


def test_an_answer_goes_back_to_the_sender(home, run):
    @flow
    def asks():
        Order(dish="soup").send_to(run)
        order = Order.receive(flow_run_id=run).next()
        order.respond(Order(dish="sold out"))
        return Order.receive(timeout=1).next().dish

    assert asks() == "sold out"


def test_nobody_can_be_answered_who_did_not_sign(run):
    Order(dish="soup").send_to(run)

    with pytest.raises(RuntimeError, match="nobody to respond to"):
        Order.receive(flow_run_id=run).next().respond(Order(dish="x"))


def test_a_question_is_put_and_its_answer_loaded(run):
    keys = Order.keyset_from_type()
    asked = Order.with_initial_data("What will it be?", dish="soup")
    asked.save(keys, run)
    asked.save(keys, run)

    assert read_flow_run_input("order-schema", run)["properties"]["dish"]["default"] == "soup"
    assert read_flow_run_input("order-description", run) == "What will it be?"
    assert asked.load(keys, run).dish == "soup"
    create_flow_run_input(keys["response"], {"dish": "fish"}, run)
    assert asked.load(keys, run).dish == "fish"


def test_initial_data_must_be_of_the_fields():
    with pytest.raises(OptionError, match="did you mean 'dish'"):
        Order.with_initial_data(dihs="soup")


def test_types_become_inputs():
    assert run_input_subclass_from_type(Order) is Order
    model = run_input_subclass_from_type(Plain)
    assert (model.__name__, issubclass(model, Plain), issubclass(model, RunInput)) == ("PlainRunInput", True, True)
    assert run_input_subclass_from_type(list[int]).__name__ == "listAutomaticRunInput"
    with pytest.raises(OptionError, match="a RunInput, a pydantic model or a type"):
        run_input_subclass_from_type(3)
    with pytest.raises(ValidationError):
        Order(dish="soup", extra=1)
