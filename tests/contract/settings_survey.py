"""Settings of the contract against ours: every environment name is also an attribute of ``tidemill.settings``."""

from __future__ import annotations

from tests.contract.facts import ours, raw
from tests.contract.survey import Survey, module_named


def settings_survey() -> Survey:
    """Look for every environment name, older spellings included."""
    outcome, module = Survey(), module_named("tidemill.settings")
    for canonical, about in raw("settings.json")["settings"].items():
        for variable in map(ours, about["env"]):
            if module is not None and hasattr(module, variable):
                outcome.present.add(f"setting {variable}")
            else:
                also = "" if variable == ours(canonical) else f", an older name of {ours(canonical)}"
                outcome.missing[f"setting {variable}"] = (
                    f"{variable}: {about.get('type', 'any of several types')}{also}"
                )
    return outcome
