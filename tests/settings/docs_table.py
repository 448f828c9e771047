"""The table of all settings in ``docs/settings.md``, made from their declarations.

``python -m tests.settings.docs_table`` writes it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tidemill.settings.declare import BelowHome, Field
from tidemill.settings.registry import FIELDS

PAGE: Final = Path(__file__).parents[2] / "docs" / "settings.md"
MARK: Final = "<!-- from here on: made by `python -m tests.settings.docs_table` -->\n"


def table() -> str:
    """One line for each setting, under a heading for each top-level group."""
    lines: list[str] = []
    heading = None
    for field in FIELDS.values():
        group = field.path.rpartition(".")[0].split(".")[0] or "top level"
        if group != heading:
            heading = group
            lines += [f"\n### {group}\n", "| setting | default | what for |", "|---|---|---|"]
        lines.append(f"| `{field.name}` | {default(field)} | {purpose(field)} |")
    return "\n".join(lines).lstrip("\n") + "\n"


def default(field: Field) -> str:
    """The default with its unit."""
    if isinstance(field.default, BelowHome):
        return f"`{field.default}` in the home"
    text = field.write(field.default)
    unit = f" {field.unit}" if field.unit and text else " seconds" if field.kind_name == "timedelta" else ""
    return f"`{text}`{unit}" if text else ""


def purpose(field: Field) -> str:
    """What it is for, and what else to know."""
    also = f"; also `{'`, `'.join(field.aliases)}`" if field.aliases else ""
    ignored = f"; no effect: {field.no_effect}" if field.no_effect else ""
    return f"{field.why}{also}{ignored}".replace("|", "\\|")


def page(text: str) -> str:
    """The page with its table as it should be."""
    return text.partition(MARK)[0] + MARK + "\n" + table()


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
