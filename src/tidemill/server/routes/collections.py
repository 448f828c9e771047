"""Views of what the server brings along: types of blocks, and types of workers with their job templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.api.operations import collections as operations
from tidemill.domain.block_schemas import checksum_of
from tidemill.server.refusals import Refusal
from tidemill.server.serving import Routes
from tidemill.server.system_blocks import SYSTEM_BLOCKS
from tidemill.suggestions import did_you_mean

if TYPE_CHECKING:
    from tidemill.server.calls import Call
    from tidemill.server.system_blocks import SystemBlock

routes: Final = Routes()
_BLOCKS: Final = "aggregate-block-metadata"
_FLOWS: Final = "aggregate-flow-metadata"
_WORKERS: Final = "aggregate-worker-metadata"
_VIEWS: Final = (_BLOCKS, _FLOWS, _WORKERS)


def _text(title: str, description: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "description": description, "type": "string"} | more


_MAPPING: Final[dict[str, Any]] = {"type": "object", "additionalProperties": {"type": "string"}}
_PROCESS: Final[dict[str, Any]] = {
    "type": "process",
    "display_name": "Process",
    "description": "Runs each flow run in a process of its own on the worker's machine.",
    "install_command": "pip install tidemill",
    "is_beta": False,
    "default_base_job_configuration": {
        "job_configuration": {
            "command": "{{ command }}",
            "env": "{{ env }}",
            "labels": "{{ labels }}",
            "name": "{{ name }}",
            "stream_output": "{{ stream_output }}",
            "working_dir": "{{ working_dir }}",
        },
        "variables": {
            "type": "object",
            "properties": {
                "name": _text("Name", "What the process is called."),
                "env": {"title": "Environment Variables", "description": "Set for the process."} | _MAPPING,
                "labels": {"title": "Labels", "description": "Kept with the process."} | _MAPPING,
                "command": _text("Command", "What is run. By default, what runs the flow run."),
                "stream_output": {
                    "title": "Stream Output",
                    "description": "Whether the worker shows what the process writes.",
                    "type": "boolean",
                    "default": True,
                },
                "working_dir": _text(
                    "Working Directory", "Where it runs. By default, in a new temporary folder.", format="path"
                ),
            },
        },
    },
}


@routes.serves(operations.READ_VIEW_CONTENT)
def read_view_content(call: Call, view: str) -> dict[str, Any]:  # noqa: ARG001 - the same for everybody
    """What the server brings along, by collection."""
    if view == _BLOCKS:
        return {"tidemill": {"block_types": {block.slug: _shown(block) for block in SYSTEM_BLOCKS}}}
    if view == _WORKERS:
        return {"tidemill": {"process": _PROCESS}}
    if view == _FLOWS:
        return {}
    raise Refusal(404, f"no view '{view}'{did_you_mean(view, _VIEWS)}")


def _shown(block: SystemBlock) -> dict[str, Any]:
    schema = {
        "checksum": checksum_of(block.fields),
        "fields": block.fields,
        "capabilities": list(block.capabilities),
        "version": "non-versioned",
    }
    return {"name": block.name, "slug": block.slug, "description": block.description, "block_schema": schema}
