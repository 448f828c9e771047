"""What is sent to a flow run while it runs or waits: answers to its pauses, and messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.lazily import lazily

if TYPE_CHECKING:
    from tidemill.input.actions import (
        acreate_flow_run_input,
        acreate_flow_run_input_from_model,
        adelete_flow_run_input,
        afilter_flow_run_input,
        aread_flow_run_input,
        create_flow_run_input,
        create_flow_run_input_from_model,
        delete_flow_run_input,
        filter_flow_run_input,
        read_flow_run_input,
    )
    from tidemill.input.keysets import Keyset, keyset_from_base_key, keyset_from_paused_state
    from tidemill.input.receiving import GetInputHandler
    from tidemill.input.run_input import RunInput, RunInputMetadata, receive_input, send_input

_ACTIONS = "tidemill.input.actions"
_KEYSETS = "tidemill.input.keysets"
_RUN_INPUT = "tidemill.input.run_input"

#: Loaded when first asked for: run inputs are pydantic models, and most programs have none.
_HOMES = {
    "GetInputHandler": "tidemill.input.receiving",
    "Keyset": _KEYSETS,
    "RunInput": _RUN_INPUT,
    "RunInputMetadata": _RUN_INPUT,
    "acreate_flow_run_input": _ACTIONS,
    "acreate_flow_run_input_from_model": _ACTIONS,
    "adelete_flow_run_input": _ACTIONS,
    "afilter_flow_run_input": _ACTIONS,
    "aread_flow_run_input": _ACTIONS,
    "create_flow_run_input": _ACTIONS,
    "create_flow_run_input_from_model": _ACTIONS,
    "delete_flow_run_input": _ACTIONS,
    "filter_flow_run_input": _ACTIONS,
    "keyset_from_base_key": _KEYSETS,
    "keyset_from_paused_state": _KEYSETS,
    "read_flow_run_input": _ACTIONS,
    "receive_input": _RUN_INPUT,
    "send_input": _RUN_INPUT,
}

__all__ = [
    "GetInputHandler",
    "Keyset",
    "RunInput",
    "RunInputMetadata",
    "acreate_flow_run_input",
    "acreate_flow_run_input_from_model",
    "adelete_flow_run_input",
    "afilter_flow_run_input",
    "aread_flow_run_input",
    "create_flow_run_input",
    "create_flow_run_input_from_model",
    "delete_flow_run_input",
    "filter_flow_run_input",
    "keyset_from_base_key",
    "keyset_from_paused_state",
    "read_flow_run_input",
    "receive_input",
    "send_input",
]

__getattr__ = lazily(__name__, _HOMES)
