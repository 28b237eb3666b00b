"""What the constraints of the register mean, in plain words, and what is told after a change."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy

from foedera.platform.actions.performing import explain_constraint

for _constraint, _words in {
    "agreements_link_circle": gettext_lazy(
        "This would make a circle: the other agreement already leads back to this one."
    ),
    "agreements_framework_circle": gettext_lazy("This would make a circle of frameworks."),
    "agreements_not_its_own_framework": gettext_lazy("An agreement cannot be its own framework."),
    "agreements_link_other": gettext_lazy("An agreement cannot be linked to itself."),
    "agreements_link_once": gettext_lazy("This link exists already."),
    "agreements_party_named": gettext_lazy("A party needs a territory, a body or a name."),
    "agreements_signed_has_date": gettext_lazy("A signed agreement needs its date of signature."),
    "agreements_unsigned_has_none": gettext_lazy("An agreement that is not signed has no date of signature."),
    "agreements_end_has_ground": gettext_lazy("An ended agreement needs the ground of its end."),
    "agreements_suspension_period": gettext_lazy("A suspension ends after it begins."),
    "agreements_notice_order": gettext_lazy("A notice is received after it was sent."),
    "agreements_notice_dated": gettext_lazy("A notice needs the day it was sent or received."),
    "agreements_agreement_publicity": gettext_lazy("“Public after a date” needs the date."),
    "agreements_tie_publicity": gettext_lazy("“Public after a date” needs the date."),
    "agreements_tie_once": gettext_lazy("This tie is in the register already."),
    "agreements_tie_order": gettext_lazy("A tie needs two different ends."),
    "agreements_registered_has_entry": gettext_lazy(
        "A registered agreement needs the day or the number of its registration."
    ),
}.items():
    explain_constraint(_constraint, _words)


@dataclass(frozen=True, slots=True)
class AgreementChanged:
    """Told after an agreement was made or changed."""

    agreement_id: int
    action: str


@dataclass(frozen=True, slots=True)
class AgreementsMade:
    """Told after many agreements were made at once."""

    agreement_ids: tuple[int, ...]
