"""The one description of ties."""

from __future__ import annotations

from django.db.models import Func, TextField
from django.utils.translation import gettext_lazy, pgettext_lazy

from foedera.agreements import actions
from foedera.agreements.access import withheld_from
from foedera.agreements.models import (
    Tie,
    TieKind,
    TieState,
)
from foedera.platform.history.undoing import offer_undo
from foedera.platform.lists.description import (
    Column,
    Kind,
    RecordType,
    Synonym,
    choices_of,
    register,
)
from foedera.platform.merging.actions import offer_merging
from foedera.platform.records.models import Publicity

from .values import AGREEMENT, BODY, DATES, IS, codes_of, filter_territory, in_language, territory_facet

TIE_COLUMNS: tuple[Column, ...] = (
    Column(name="number", label=gettext_lazy("Number"), kind=Kind.NUMBERS, shown=True, sortable=True),
    Column(
        name="ends", label=gettext_lazy("Between"), field="end_text", shown=True, filters=("contains",), weight="A", sortable=True,
        group="tie",
        expression=lambda c: Func(
            in_language("first__names", c, "first__name"),
            in_language("second__names", c, "second__name"),
            template="concat_ws(' – ', %(expressions)s)", output_field=TextField(),
        ),
    ),
    Column(
        name="kind", label=gettext_lazy("Kind"), kind=Kind.CHOICE, choices=choices_of(TieKind),
        default="twinning", shown=True, filters=IS, facet=True,
        editable=True, required=True, group="tie",
    ),
    Column(
        name="state", label=gettext_lazy("State"), kind=Kind.CHOICE,
        choices=choices_of(TieState, {"active": "green", "frozen": "violet", "closed": "red"}),
        default="unknown", shown=True, filters=IS, facet=True,
        editable=True, required=True, group="tie",
    ),
    Column(name="first", label=gettext_lazy("One end"), kind=Kind.REFERENCE, reference=BODY, editable=True, required=True, group="tie"),
    Column(name="second", label=gettext_lazy("Other end"), kind=Kind.REFERENCE, reference=BODY, editable=True, required=True, group="tie"),
    Column(
        name="region", label=gettext_lazy("Region"), kind=Kind.CHOICES, filters=IS, facet=True, finder="territories",
        expression=codes_of("own_ids", "agreements_tie"),
        filter_by=filter_territory("own_ids"), facet_from=territory_facet("own_ids"), group="tie", shown=True,
    ),
    Column(
        name="partner", label=gettext_lazy("Partner state"), kind=Kind.CHOICES, filters=IS, facet=True, finder="territories",
        expression=codes_of("partner_ids", "agreements_tie"),
        filter_by=filter_territory("partner_ids"), facet_from=territory_facet("partner_ids"), group="tie", shown=True,
    ),
    Column(name="since", label=gettext_lazy("Since"), kind=Kind.PARTIAL_DATE, shown=True, filters=DATES, editable=True, group="tie"),
    Column(
        name="last_activity_on", label=gettext_lazy("Last activity"), kind=Kind.PARTIAL_DATE, shown=True, sortable=True,
        filters=DATES, editable=True, group="tie",
    ),
    Column(name="next_activity_on", label=gettext_lazy("Next activity"), kind=Kind.PARTIAL_DATE, editable=True, group="tie"),
    Column(name="agreement", label=gettext_lazy("Agreement"), kind=Kind.REFERENCE, reference=AGREEMENT, editable=True, group="tie"),
    Column(name="counted", label=gettext_lazy("Counts by the country's rule"), kind=Kind.BOOLEAN, editable=True, filters=IS, group="tie"),
    Column(name="evidence", label=gettext_lazy("Evidence"), kind=Kind.LONG_TEXT, editable=True, group="tie"),
    Column(name="sources", label=gettext_lazy("Sources"), kind=Kind.CHOICES, group="tie"),
    Column(
        name="publicity", label=gettext_lazy("Publicity"), kind=Kind.CHOICE, choices=choices_of(Publicity), filters=IS, editable=True,
        group="tie", required=True, default="internal",
    ),
    Column(name="publicity_ground", label=gettext_lazy("Ground for not publishing"), editable=True, group="tie", max_length=300),
    Column(name="public_from", label=gettext_lazy("Public from"), kind=Kind.DATE, editable=True, group="tie"),
)  # fmt: skip

TIES = register(
    RecordType(
        name="ties",
        detail_url="agreements:tie",
        list_url="/ties/",
        model=Tie,
        singular=gettext_lazy("Tie"),
        plural=gettext_lazy("Ties"),
        columns=TIE_COLUMNS,
        title="ends",
        groups=(("tie", gettext_lazy("The tie")),),
        search_state="state",
        search_year="since",
        search_partner="partner_ids",
        withheld=lambda context: withheld_from(context, Tie),
        synonyms=(Synonym(pgettext_lazy("query", "until"), ("last_activity_on",), "until"),),
        withheld_keeps=frozenset({"number", "ends", "publicity"}),
        create=actions.prepare_tie_create(TIE_COLUMNS),
        change=actions.prepare_tie_change(TIE_COLUMNS),
        lead=gettext_lazy("Twin towns, partnerships and other ties between bodies here and abroad."),
        empty=gettext_lazy("No tie fits. Loosen the filters, or import a list of twin towns."),
    )
)
actions.register_tie_steps(TIES)
offer_undo("ties", Tie)
offer_merging(TIES)
