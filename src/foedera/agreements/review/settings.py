"""When the review speaks up, by the settings of the installation."""

from __future__ import annotations

from typing import Any

from foedera.countries import available, load_profile
from foedera.countries.profile import ReviewSettings
from foedera.directory.models import Installation

# Used before a country profile is loaded.
UNSET = ReviewSettings(
    expiry_warning_days=180,
    renewal_warning_days=180,
    dormant_months=24,
    default_cycle_months=36,
    cycle_months={},
    record_age_months=12,
)


def review_settings() -> ReviewSettings:
    """The settings of the loaded country profile, with what the installation itself sets under "review" above them."""
    row = Installation.objects.values_list("profile", "settings").first()
    if row is None:
        return UNSET
    code, own = row
    chosen = load_profile(code).review if code in available() else UNSET
    overlay: dict[str, Any] = (own or {}).get("review", {})
    if not overlay:
        return chosen
    return ReviewSettings.model_validate({**chosen.model_dump(), **overlay})
