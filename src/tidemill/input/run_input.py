"""Models of what a flow run is sent: subclass ``RunInput``, or use plain types and pydantic models as they are."""

from __future__ import annotations

from inspect import isclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar
from uuid import UUID, uuid4

import pydantic

from tidemill.engine.context import FlowRunContext
from tidemill.engine.pausing import Question
from tidemill.exceptions import OptionError
from tidemill.input.actions import aperform, ensure_flow_run_id, perform, put, read
from tidemill.input.keysets import Keyset, keyset_from_base_key, keyset_from_paused_state
from tidemill.input.receiving import GetAutomaticInputHandler, GetInputHandler

if TYPE_CHECKING:
    from tidemill.domain.runs import FlowRunInput
    from tidemill.engine.effects import Steps

T = TypeVar("T")

__all__ = [
    "AutomaticRunInput",
    "BaseRunInput",
    "GetAutomaticInputHandler",
    "GetInputHandler",
    "Keyset",
    "RunInput",
    "RunInputMetadata",
    "asend_input",
    "keyset_from_base_key",
    "keyset_from_paused_state",
    "receive_input",
    "run_input_subclass_from_type",
    "send_input",
]

#: How a flow run signs what it sends, followed by its id; the spelling is the wire's.
_SENDER = "prefect.flow-run."


class RunInputMetadata(pydantic.BaseModel):
    """Where an input came from, and to whom."""

    key: str
    receiver: UUID
    sender: str | None = None


class BaseRunInput(pydantic.BaseModel):
    """What all inputs can do."""

    model_config = pydantic.ConfigDict(extra="forbid")

    _description: ClassVar[str | None] = None
    _metadata: RunInputMetadata = pydantic.PrivateAttr()

    @property
    def metadata(self) -> RunInputMetadata:
        """Where it came from; there is none before it was received."""
        return self._metadata

    @classmethod
    def keyset_from_type(cls) -> Keyset:
        """The keys of a question of this type."""
        return keyset_from_base_key(cls.__name__.lower())

    @classmethod
    def save(cls, keyset: Keyset, flow_run_id: UUID | None = None) -> None:
        """Put the question: the schema of this type, and its words."""
        perform(cls._save(keyset, flow_run_id))

    @classmethod
    async def asave(cls, keyset: Keyset, flow_run_id: UUID | None = None) -> None:
        """As ``save``, without holding up the event loop."""
        await aperform(cls._save(keyset, flow_run_id))

    @classmethod
    def load(cls, keyset: Keyset, flow_run_id: UUID | None = None) -> Any:
        """The answer that stands under the keys; without one, what the defaults make."""
        return perform(cls._load(keyset, flow_run_id))

    @classmethod
    async def aload(cls, keyset: Keyset, flow_run_id: UUID | None = None) -> Any:
        """As ``load``, without holding up the event loop."""
        return await aperform(cls._load(keyset, flow_run_id))

    @classmethod
    def load_from_flow_run_input(cls, flow_run_input: FlowRunInput) -> Any:
        """The instance that an input is."""
        return cls.received(
            flow_run_input.decoded_value, flow_run_input.key, flow_run_input.flow_run_id, flow_run_input.sender
        )

    @classmethod
    def received(cls, value: Any, key: str, receiver: str, sender: str | None = None) -> Self:
        """An instance of what came. Raises pydantic's ``ValidationError`` for what is no such thing."""
        instance = cls.model_validate(value or {})
        instance._metadata = RunInputMetadata(key=key, receiver=UUID(receiver), sender=sender)  # noqa: SLF001 - its own
        return instance

    @classmethod
    def with_initial_data(cls, description: str | None = None, **kwargs: Any) -> type[Self]:
        """A subclass whose fields have these defaults, shown to whoever is asked, with ``description`` above them."""
        fields: dict[str, Any] = {}
        for name, value in kwargs.items():
            if name not in cls.model_fields:
                from tidemill.suggestions import did_you_mean  # noqa: PLC0415 - only mistakes need it

                raise OptionError(f"{cls.__name__} has no field {name!r}{did_you_mean(name, cls.model_fields)}")
            fields[name] = (cls.model_fields[name].annotation, value)
        model = pydantic.create_model(cls.__name__, __base__=cls, **fields)
        if description is not None:
            model._description = description  # noqa: SLF001 - its own
        return model

    @classmethod
    def question(cls) -> Question:
        """What a person is asked for."""
        import msgspec  # noqa: PLC0415 - small, but only this needs it

        return Question(msgspec.json.encode(cls.model_json_schema()).decode(), cls._description)

    def respond(self, run_input: RunInput, sender: str | None = None, key_prefix: str | None = None) -> None:
        """Send something back to the flow run that sent this. Raises ``RuntimeError`` if no flow run did."""
        perform(_send(run_input, self._sending_run(), sender, key_prefix))

    async def arespond(self, run_input: RunInput, sender: str | None = None, key_prefix: str | None = None) -> None:
        """As ``respond``, without holding up the event loop."""
        await aperform(_send(run_input, self._sending_run(), sender, key_prefix))

    def send_to(self, flow_run_id: UUID, sender: str | None = None, key_prefix: str | None = None) -> None:
        """Send this to a flow run."""
        perform(_send(self, flow_run_id, sender, key_prefix))

    async def asend_to(self, flow_run_id: UUID, sender: str | None = None, key_prefix: str | None = None) -> None:
        """As ``send_to``, without holding up the event loop."""
        await aperform(_send(self, flow_run_id, sender, key_prefix))

    def _sending_run(self) -> UUID:
        sender = self._metadata.sender
        if sender is None or not sender.startswith(_SENDER):
            raise RuntimeError(
                f"this input was not sent by a flow run (its sender is {sender!r}), so there is nobody to respond to"
            )
        return UUID(sender.removeprefix(_SENDER))

    @classmethod
    def _save(cls, keyset: Keyset, flow_run_id: UUID | None) -> Steps[None]:
        import msgspec  # noqa: PLC0415 - as in question

        asked = cls.question()
        yield from put(keyset["schema"], asked.schema, flow_run_id, replace=True)
        if asked.description is not None:
            text = msgspec.json.encode(asked.description).decode()
            yield from put(keyset["description"], text, flow_run_id, replace=True)

    @classmethod
    def _load(cls, keyset: Keyset, flow_run_id: UUID | None) -> Steps[Any]:
        run = ensure_flow_run_id(flow_run_id)
        value = yield from read(keyset["response"], run)
        return cls.answered(value, keyset["response"], str(run))

    @classmethod
    def answered(cls, value: Any, key: str, receiver: str) -> Any:
        """What the asking code is given."""
        return cls.received(value, key, receiver)


class RunInput(BaseRunInput):
    """Subclass this for what a flow asks for or is sent."""

    @classmethod
    def receive(
        cls,
        timeout: float | None = 3600,
        poll_interval: float = 10,
        raise_timeout_error: bool = False,
        exclude_keys: set[str] | None = None,
        key_prefix: str | None = None,
        flow_run_id: UUID | None = None,
    ) -> GetInputHandler[Self]:
        """An iterator over the inputs of this type that come; see ``GetInputHandler``."""
        return GetInputHandler(
            cls, key_prefix or _prefix(cls), timeout, poll_interval, raise_timeout_error, exclude_keys, flow_run_id
        )

    @classmethod
    def subclass_from_base_model_type(cls, model_cls: type[pydantic.BaseModel]) -> type[RunInput]:
        """The input that is shaped like a pydantic model."""
        model: type[RunInput] = type(f"{model_cls.__name__}RunInput", (RunInput, model_cls), {})
        return model


class AutomaticRunInput(BaseRunInput, Generic[T]):
    """An input that is one value of a plain type."""

    value: T

    @classmethod
    def receive(
        cls,
        timeout: float | None = 3600,
        poll_interval: float = 10,
        raise_timeout_error: bool = False,
        exclude_keys: set[str] | None = None,
        key_prefix: str | None = None,
        flow_run_id: UUID | None = None,
        with_metadata: bool = False,
    ) -> GetAutomaticInputHandler[T]:
        """An iterator over the values of this type that come; see ``GetAutomaticInputHandler``."""
        return GetAutomaticInputHandler(
            cls, key_prefix or _prefix(cls), timeout, poll_interval, raise_timeout_error, exclude_keys, flow_run_id,
            with_metadata,
        )  # fmt: skip

    @classmethod
    def subclass_from_type(cls, _type: type[T]) -> type[AutomaticRunInput[T]]:
        """The input that is one value of this type."""
        name = f"{getattr(_type, '__name__', '')}AutomaticRunInput"
        fields: dict[str, Any] = {"value": (_type, ...)}
        model: type[AutomaticRunInput[T]] = pydantic.create_model(name, __base__=AutomaticRunInput, **fields)
        return model

    @classmethod
    def answered(cls, value: Any, key: str, receiver: str) -> Any:
        """The value alone."""
        return cls.received(value, key, receiver).value


def run_input_subclass_from_type(_type: Any) -> type[Any]:
    """The input for a ``RunInput`` subclass (itself), a pydantic model, or a plain type. Raises ``OptionError``."""
    if isclass(_type) and issubclass(_type, BaseRunInput):
        return _type
    if isclass(_type) and issubclass(_type, pydantic.BaseModel):
        return RunInput.subclass_from_base_model_type(_type)
    try:
        return AutomaticRunInput.subclass_from_type(_type)
    except pydantic.errors.PydanticUserError as error:
        raise OptionError.expected("input type", "a RunInput, a pydantic model or a type", _type) from error


def send_input(run_input: Any, flow_run_id: UUID, sender: str | None = None, key_prefix: str | None = None) -> None:
    """Send a ``RunInput``, a pydantic model or a plain value to a flow run, which gets it by ``receive_input``."""
    perform(_send(run_input, flow_run_id, sender, key_prefix))


async def asend_input(
    run_input: Any, flow_run_id: UUID, sender: str | None = None, key_prefix: str | None = None
) -> None:
    """As ``send_input``, without holding up the event loop."""
    await aperform(_send(run_input, flow_run_id, sender, key_prefix))


def receive_input(
    input_type: Any,
    timeout: float | None = 3600,
    poll_interval: float = 10,
    raise_timeout_error: bool = False,
    exclude_keys: set[str] | None = None,
    key_prefix: str | None = None,
    flow_run_id: UUID | None = None,
    with_metadata: bool = False,
) -> Any:
    """An iterator over what is sent to this flow run of a type, as it comes: ``for number in receive_input(int)``."""
    model = run_input_subclass_from_type(input_type)
    options: dict[str, Any] = {"with_metadata": with_metadata} if issubclass(model, AutomaticRunInput) else {}
    return model.receive(timeout, poll_interval, raise_timeout_error, exclude_keys, key_prefix, flow_run_id, **options)


def _prefix(model: type[BaseRunInput]) -> str:
    return f"{model.__name__.lower()}-auto"


def _send(run_input: Any, flow_run_id: UUID, sender: str | None, key_prefix: str | None) -> Steps[None]:
    if isinstance(run_input, BaseRunInput):
        model = run_input
    else:
        cls = run_input_subclass_from_type(type(run_input))
        is_model = isinstance(run_input, pydantic.BaseModel)
        model = cls.model_validate(run_input.model_dump() if is_model else {"value": run_input})
    context = FlowRunContext.get()
    if sender is None and context is not None:
        sender = _SENDER + context.run_id
    key = f"{key_prefix or _prefix(type(model))}-{uuid4()}"
    yield from put(key, model.model_dump_json(), flow_run_id, sender)
