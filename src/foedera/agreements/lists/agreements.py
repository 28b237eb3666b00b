"""The one description of agreements: table, filters, export, import, API, forms and search follow from it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy

from foedera.agreements import actions
from foedera.agreements.access import withheld_from
from foedera.agreements.models import (
    Agreement,
    AgreementKind,
    CountedFrom,
    EndGround,
    InForceRule,
    LegalNature,
    Level,
    Side,
    State,
)
from foedera.platform.access.marks import Sensitivity
from foedera.platform.history.undoing import offer_undo
from foedera.platform.lists.description import (
    Column,
    Files,
    Kind,
    RecordType,
    Synonym,
    choices_of,
    register,
)
from foedera.platform.lists.querying import array_facet
from foedera.platform.merging.actions import offer_merging
from foedera.platform.records.models import Publicity

from .values import (
    AGREEMENT,
    BODY,
    DATES,
    IS,
    STATE_COLOURS,
    TERRITORY,
    codes_of,
    filter_status,
    filter_territory,
    parties_of,
    slug_of,
    status_choices,
    status_facet,
    status_on,
    subject_area_choices,
    territory_facet,
    title_in_language,
)

PERSONAL, POSITION = Sensitivity.PERSONAL, Sensitivity.POSITION
PARTY_COLUMNS = (
    Column(name="side", label=gettext_lazy("Side"), kind=Kind.CHOICE, choices=choices_of(Side), required=True),
    Column(name="territory", label=gettext_lazy("Territory"), kind=Kind.REFERENCE, reference=TERRITORY),
    Column(name="body", label=gettext_lazy("Body"), kind=Kind.REFERENCE, reference=BODY),
    Column(name="name", label=gettext_lazy("Name in the text"), max_length=500),
    Column(name="level", label=gettext_lazy("Level"), kind=Kind.CHOICE, choices=choices_of(Level)),
    Column(name="signatory", label=gettext_lazy("Signed by"), max_length=200, sensitive=PERSONAL),
    Column(name="signatory_post", label=gettext_lazy("Post of the signatory"), max_length=300, sensitive=PERSONAL),
    Column(name="power", label=gettext_lazy("Power to sign"), max_length=300),
)
SUSPENSION_COLUMNS = (
    Column(name="suspended_from", label=gettext_lazy("Suspended from"), kind=Kind.DATE, required=True),
    Column(name="suspended_until", label=gettext_lazy("Suspended until"), kind=Kind.DATE),
    Column(name="note", label=gettext_lazy("Note"), max_length=300),
)


def _length(name: str, label: Any, most: int = 12_000) -> Column:
    return Column(name=name, label=label, kind=Kind.INTEGER, editable=True, group="term", maximum=most)


def _flag(name: str, label: Any, group: str) -> Column:
    return Column(name=name, label=label, kind=Kind.BOOLEAN, editable=True, group=group, filters=IS)


def _day(name: str, label: Any, group: str, **more: Any) -> Column:
    return Column(name=name, label=label, kind=Kind.PARTIAL_DATE, editable=True, group=group, filters=DATES, **more)


# What an officer may write in a record; the procedure's states and dates are written by its own steps.
AGREEMENT_COLUMNS: tuple[Column, ...] = (
    Column(name="number", label=gettext_lazy("Number"), kind=Kind.NUMBERS, shown=True, sortable=True, weight=""),
    Column(
        name="title", label=gettext_lazy("Title"), kind=Kind.LONG_TEXT, expression=title_in_language, shown=True,
        sortable=True, filters=("contains",), weight="A", editable=True, required=True, group="identity", max_length=2000,
    ),
    Column(name="title_language", label=gettext_lazy("Language of the title"), editable=True, group="identity", max_length=8),
    Column(name="titles", label=gettext_lazy("Titles in other languages"), kind=Kind.NAMES, weight="A", editable=True, group="identity"),
    Column(
        name="kind", label=gettext_lazy("Kind"), kind=Kind.CHOICE, choices=choices_of(AgreementKind), filters=IS, facet=True,
        editable=True, required=True, default="agreement", group="identity", sortable=True,
    ),
    Column(
        name="status", label=gettext_lazy("Status"), kind=Kind.CHOICE, choices=status_choices, compute=slug_of,
        needs=("status_code",), shown=True, filters=IS, facet=True, filter_by=filter_status, facet_from=status_facet, group="term",
    ),
    Column(name="status_code", label=gettext_lazy("Status code"), kind=Kind.DATA, expression=status_on, in_api=False, in_export=False),
    Column(
        name="state", label=gettext_lazy("State"), kind=Kind.CHOICE, choices=choices_of(State, STATE_COLOURS), filters=IS,
        facet=True, sortable=True, group="procedure", shown=True,
    ),
    Column(
        name="own_parties", label=gettext_lazy("Own side"), kind=Kind.CHOICES, expression=parties_of(Side.OWN), shown=True,
        group="parties",
    ),
    Column(
        name="foreign_parties", label=gettext_lazy("Other side"), kind=Kind.CHOICES, expression=parties_of(Side.FOREIGN),
        shown=True, group="parties",
    ),
    Column(
        name="region", label=gettext_lazy("Region"), kind=Kind.CHOICES, expression=codes_of("own_ids", "agreements_agreement"),
        filters=IS, facet=True, finder="territories",
        filter_by=filter_territory("own_ids"), facet_from=territory_facet("own_ids"), group="parties",
    ),
    Column(
        name="partner", label=gettext_lazy("Partner state"), kind=Kind.CHOICES, expression=codes_of("partner_ids", "agreements_agreement"),
        filters=IS, facet=True, finder="territories", filter_by=filter_territory("partner_ids"),
        facet_from=territory_facet("partner_ids"), group="parties",
    ),
    Column(
        name="parties", label=gettext_lazy("Parties"), kind=Kind.ROWS, rows=PARTY_COLUMNS, related="agreements.Party",
        editable=True, in_export=False,
    ),
    Column(
        name="subject_areas", label=gettext_lazy("Subject areas"), kind=Kind.CHOICES, choices=subject_area_choices, filters=IS,
        facet=True, facet_from=array_facet("subject_areas"), editable=True, group="content",
    ),
    Column(name="binding", label=gettext_lazy("Binding"), kind=Kind.BOOLEAN, editable=True, group="content", filters=IS),
    Column(
        name="legal_nature", label=gettext_lazy("Legal nature"), kind=Kind.CHOICE, choices=choices_of(LegalNature), filters=IS,
        editable=True, group="content",
    ),
    Column(
        name="legal_nature_opinion", label=gettext_lazy("Opinion on the legal nature"), kind=Kind.LONG_TEXT, editable=True,
        group="content", sensitive=POSITION,
    ),
    Column(
        name="framework", label=gettext_lazy("Framework agreement"), kind=Kind.REFERENCE, reference=AGREEMENT, editable=True,
        group="identity",
    ),
    Column(name="competence_ground", label=gettext_lazy("Ground of competence"), kind=Kind.LONG_TEXT, editable=True, group="content"),
    _flag("financial_obligations", gettext_lazy("Financial obligations"), "content"),
    Column(name="budget_line", label=gettext_lazy("Budget line"), editable=True, group="content", max_length=200),
    _flag("personal_data", gettext_lazy("Personal data"), "content"),
    _flag("technology_transfer", gettext_lazy("Transfer of technology"), "content"),
    _flag("dual_use", gettext_lazy("Dual-use goods or restrictive measures"), "content"),
    Column(
        name="register_number", label=gettext_lazy("Register number"), weight="A", identifier=True, editable=True, group="identity",
        max_length=80,
    ),
    Column(
        name="internal_number", label=gettext_lazy("Internal number"), weight="A", identifier=True, editable=True, group="identity",
        max_length=80,
    ),
    Column(
        name="source_key", label=gettext_lazy("Key in the source"), editable=False, key=True, identifier=True, group="identity",
        max_length=120,
    ),
    Column(name="source", label=gettext_lazy("Source"), editable=True, group="identity", max_length=300),
    _day("signed_on", gettext_lazy("Signed"), "dates", sortable=True, shown=True),
    Column(
        name="signed_date_unknown", label=gettext_lazy("Signed on a day that is not known"), kind=Kind.BOOLEAN, group="dates",
    ),
    Column(name="signed_at", label=gettext_lazy("Place of signing"), editable=True, group="dates", max_length=200, weight="C"),
    Column(
        name="in_force_rule", label=gettext_lazy("Entry into force"), kind=Kind.CHOICE, choices=choices_of(InForceRule),
        editable=True, group="term", filters=IS,
    ),
    _length("in_force_delay_months", gettext_lazy("Months until entry into force"), 1200),
    _length("in_force_delay_days", gettext_lazy("Days until entry into force"), 32_000),
    _day("in_force_from", gettext_lazy("In force from"), "term", sortable=True),
    _day("provisional_from", gettext_lazy("Applied provisionally from"), "term"),
    _day("last_notification_on", gettext_lazy("Last notification"), "term"),
    _day("ratified_on", gettext_lazy("Ratified"), "term"),
    _length("term_months", gettext_lazy("Term in months")),
    _day("term_end", gettext_lazy("Term ends on"), "term"),
    _flag("indefinite", gettext_lazy("Indefinite"), "term"),
    _flag("tacit_renewal", gettext_lazy("Renews itself"), "term"),
    _length("renewal_months", gettext_lazy("Renewed by, in months")),
    _length("later_renewal_months", gettext_lazy("Later renewed by, in months")),
    _length("renewal_limit", gettext_lazy("Renewed at most, times"), 1000),
    _flag("renewal_indefinite", gettext_lazy("Indefinite after its first term"), "term"),
    _length("notice_months", gettext_lazy("Notice to end, in months"), 1200),
    _length("notice_days", gettext_lazy("Notice to end, in days"), 32_000),
    _length("nonrenewal_months", gettext_lazy("Notice against renewal, in months"), 1200),
    _length("nonrenewal_days", gettext_lazy("Notice against renewal, in days"), 32_000),
    Column(
        name="notice_counted_from", label=gettext_lazy("Notice counts from"), kind=Kind.CHOICE, choices=choices_of(CountedFrom),
        editable=True, group="term",
    ),
    _flag("denunciation_at_term_end", gettext_lazy("Notice ends it only with a term"), "term"),
    Column(
        name="suspensions", label=gettext_lazy("Suspensions"), kind=Kind.ROWS, rows=SUSPENSION_COLUMNS,
        related="agreements.Suspension", editable=True, in_export=False,
    ),
    Column(
        name="ends_on", label=gettext_lazy("Ends on"), kind=Kind.DATE, shown=True, sortable=True, filters=DATES, group="term",
        help=gettext_lazy("The last day, where the facts give one"),
    ),
    Column(name="terminated_on", label=gettext_lazy("Terminated on"), kind=Kind.PARTIAL_DATE, group="term", filters=DATES),
    Column(
        name="end_ground", label=gettext_lazy("Ground of the end"), kind=Kind.CHOICE, choices=choices_of(EndGround), group="term",
        filters=IS,
    ),
    Column(name="superseded_on", label=gettext_lazy("Superseded on"), kind=Kind.DATE, group="term"),
    *(
        Column(name=name, label=label, kind=Kind.PARTIAL_DATE, group="procedure", filters=DATES)
        for name, label in (
            ("idea_on", gettext_lazy("Idea")),
            ("intent_notified_on", gettext_lazy("Intent notified")),
            ("intent_cleared_on", gettext_lazy("Intent cleared")),
            ("submitted_on", gettext_lazy("Submitted for clearance")),
            ("cleared_on", gettext_lazy("Text cleared")),
            ("notified_on", gettext_lazy("Notified after signature")),
            ("registered_on", gettext_lazy("Registered")),
            ("withdrawn_on", gettext_lazy("Withdrawn")),
            ("archived_on", gettext_lazy("Archived")),
        )
    ),
    _day("negotiated_on", gettext_lazy("Negotiated"), "procedure"),
    _day("initialled_on", gettext_lazy("Initialled"), "procedure"),
    Column(name="state_reason", label=gettext_lazy("Reason of the state"), kind=Kind.LONG_TEXT, group="procedure"),
    Column(name="languages", label=gettext_lazy("Languages"), kind=Kind.CHOICES, editable=False, group="content"),
    Column(name="prevailing_language", label=gettext_lazy("Prevailing language"), editable=True, group="content", max_length=8),
    Column(name="original_kept_at", label=gettext_lazy("Where the original lies"), editable=True, group="performance", max_length=300),
    Column(
        name="coordinator", label=gettext_lazy("Coordinator"), editable=True, group="performance", max_length=300,
        filters=("contains", "empty"), sensitive=PERSONAL,
    ),
    Column(
        name="foreign_coordinator", label=gettext_lazy("Coordinator of the other side"), editable=True, group="performance",
        max_length=300, sensitive=PERSONAL,
    ),
    _day("last_activity_on", gettext_lazy("Last activity"), "performance", sortable=True),
    _day("last_report_on", gettext_lazy("Last report on performance"), "performance"),
    Column(
        name="review_cycle_months", label=gettext_lazy("Review cycle in months"), kind=Kind.INTEGER, editable=True,
        group="performance", maximum=600,
    ),
    Column(name="last_reviewed_on", label=gettext_lazy("Last reviewed"), kind=Kind.PARTIAL_DATE, group="performance", filters=DATES),
    Column(
        name="publicity", label=gettext_lazy("Publicity"), kind=Kind.CHOICE, choices=choices_of(Publicity), filters=IS, facet=True,
        editable=True, group="publicity", required=True, default="internal",
    ),
    Column(name="publicity_ground", label=gettext_lazy("Ground for not publishing"), editable=True, group="publicity", max_length=300),
    Column(name="public_from", label=gettext_lazy("Public from"), kind=Kind.DATE, editable=True, group="publicity"),
    Column(name="note", label=gettext_lazy("Note"), kind=Kind.LONG_TEXT, weight="D", editable=True, group="performance"),
    Column(name="is_synthetic", label=gettext_lazy("Synthetic"), kind=Kind.BOOLEAN, group="identity"),
    Column(name="updated_at", label=gettext_lazy("Changed"), kind=Kind.MOMENT, sortable=True, in_export=False, in_api=True),
)  # fmt: skip

GROUPS = (
    ("identity", gettext_lazy("Identity")),
    ("parties", gettext_lazy("Parties")),
    ("content", gettext_lazy("Content")),
    ("dates", gettext_lazy("Signature")),
    ("term", gettext_lazy("Term and renewal")),
    ("procedure", gettext_lazy("Procedure")),
    ("performance", gettext_lazy("Performance")),
    ("publicity", gettext_lazy("Publicity")),
)

AGREEMENTS = register(
    RecordType(
        name="agreements",
        detail_url="agreements:record",
        list_url="/agreements/",
        model=Agreement,
        singular=gettext_lazy("Agreement"),
        plural=gettext_lazy("Agreements"),
        columns=AGREEMENT_COLUMNS,
        groups=GROUPS,
        search_extra=(("party_text", "B"),),
        search_files=Files(model="agreements.TextVersion", record="agreement"),
        search_state="state",
        search_year="signed_on",
        search_partner="partner_ids",
        create=actions.prepare_create(AGREEMENT_COLUMNS),
        change=actions.prepare_change(AGREEMENT_COLUMNS),
        withheld=withheld_from,
        synonyms=(
            Synonym(gettext_lazy("State"), ("state", "status")),
            Synonym(pgettext_lazy("query", "since"), ("signed_on",), "from"),
            Synonym(pgettext_lazy("query", "until"), ("ends_on",), "until"),
        ),
        lead=gettext_lazy(
            "Agreements of regions and their bodies with foreign partners, and what of them is in force."
        ),
        empty=gettext_lazy("No agreement fits. Loosen the filters, or import a register."),
    )
)
CREATE_MANY = actions.prepare_create_many(AGREEMENT_COLUMNS)
actions.register_steps(AGREEMENTS)
offer_undo("agreements", Agreement)
offer_merging(AGREEMENTS)
