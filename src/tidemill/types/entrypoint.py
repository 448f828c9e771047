"""How a deployment says where its flow's code is."""

from __future__ import annotations

from enum import Enum


class EntrypointType(Enum):
    """A file and a name in it (``path/to/file.py:flow``), or a module and a name in it (``module.flow``)."""

    FILE_PATH = "file_path"
    MODULE_PATH = "module_path"
