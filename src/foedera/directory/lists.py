"""The one description of bodies and of formats: table, filters, export, import, API, forms and search follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    DateField,
    F,
    Func,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThan, LessThanOrEqual
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foedera.platform.access.marks import Sensitivity
from foedera.platform.history.undoing import offer_undo
from foedera.platform.lists.description import (
    Choice,
    Column,
    Context,
    Kind,
    RecordType,
    Reference,
    choices_of,
    register,
)
from foedera.platform.lists.filters import parse_value
from foedera.platform.merging.actions import offer_merging
from foedera.platform.records.models import Publicity

from . import actions
from .actions.dated import BODY, TERRITORY, function_choices
from .models import (
    Body,
    BodyKind,
    Confidence,
    Format,
    FormatKind,
    Membership,
    MembershipStanding,
    PostRank,
    Standing,
)

IS = ("is",)
DATES = ("from", "until", "empty")
STATE_COLOURS = {"active": "green", "changing": "amber", "closed": "red", "planned": "blue"}
CONFIDENCE_COLOURS = {"of_record": "green", "reported": "blue", "to_confirm": "amber"}


def in_language(path: str, context: Context) -> Coalesce:
    """The name below the foreign key `path` ("" for the record's own) in the reader's language, else the main one."""
    before = f"{path}__" if path else ""
    return Coalesce(KeyTextTransform(context.language, f"{before}names"), F(f"{before}name"), output_field=TextField())


def state_choices() -> list[Choice]:
    """The states of a body on a day; "planned" follows from its first day."""
    return [
        Choice("draft", _("Draft")),
        Choice("planned", _("Planned"), "blue"),
        Choice("active", _("Active"), "green"),
        Choice("changing", _("Changing"), "amber"),
        Choice("closed", _("Closed"), "red"),
        Choice("archived", _("Archived")),
    ]


def state_on(context: Context) -> Case:
    """The state of a body on the reader's day, as rules.state_on."""
    return Case(
        When(state__in=["draft", "archived"], then=F("state")),
        When(during__startswith__gt=context.as_of, then=Value("planned")),
        When(during__endswith__lte=context.as_of, then=Value("closed")),
        When(state="closed", then=Value("active")),
        default=F("state"),
        output_field=CharField(),
    )


def filter_state(
    rows: QuerySet[Any, Any], operator: str, values: Sequence[str], context: Context
) -> QuerySet[Any, Any]:
    """Rows in one of the states on the reader's day."""
    column = next(c for c in BODY_COLUMNS if c.name == "state")
    wanted = [parse_value(column, v) for v in values]
    found: QuerySet[Any, Any] = rows.annotate(_state_on=state_on(context)).filter(_state_on__in=wanted)
    return found


def filter_covers(
    rows: QuerySet[Any, Any], operator: str, values: Sequence[str], context: Context
) -> QuerySet[Any, Any]:
    """Bodies that have jurisdiction over one of the territories on the reader's day."""
    codes = [v.upper() for v in values]
    return rows.filter(
        Q(jurisdictions__territory__code__in=codes, jurisdictions__during__contains=context.as_of)
    ).distinct()


def place_label(path: str, context: Context) -> Coalesce:
    """A territory by its name in the reader's language."""
    return in_language(path, context)


def place_facet(path: str) -> Any:
    """A facet over territories: the code with the name in the reader's language."""

    def counts(rows: QuerySet[Any, Any], context: Context) -> list[tuple[Any, int]]:
        named = rows.exclude(**{path: None}).annotate(_place=in_language(path, context)).order_by()
        found = named.values_list(f"{path}__code", "_place").annotate(_n=Count("id")).order_by("-_n", "_place")
        return [((code, name), number) for code, name, number in found]

    return counts


PLACE = replace(TERRITORY, label=place_label)
OTHER_BODY = replace(BODY, label=place_label)
FUNCTION = Reference(model="directory.Function", keys=("code",), label="code")

BODY_COLUMNS: tuple[Column, ...] = (
    Column(name="number", label=_("Number"), kind=Kind.NUMBERS, shown=True, sortable=True),
    Column(
        name="name", label=_("Name"), expression=lambda c: in_language("", c), shown=True, sortable=True, weight="A",
        editable=True, required=True, max_length=300, group="body", filters=("contains",),
    ),
    Column(name="names", label=_("Names in other languages"), kind=Kind.NAMES, weight="A", editable=True, group="body"),
    Column(name="short_names", label=_("Short names"), kind=Kind.NAMES, weight="A", editable=True, group="body"),
    Column(
        name="kind", label=_("Kind"), kind=Kind.CHOICE, choices=choices_of(BodyKind), shown=True, filters=IS, facet=True,
        sortable=True, editable=True, required=True, group="body",
    ),
    Column(
        name="state", label=_("State"), kind=Kind.CHOICE, choices=state_choices, expression=state_on, filter_by=filter_state,
        shown=True, filters=IS, facet=True, group="body",
    ),
    Column(
        name="parent", label=_("Part of"), kind=Kind.REFERENCE, reference=OTHER_BODY, editable=True, filters=IS, group="body",
    ),
    Column(
        name="of_state", label=_("Whose body"), kind=Kind.REFERENCE, reference=PLACE, shown=True, editable=True, filters=IS,
        facet=True, facet_from=place_facet("of_state"), group="body",
        help=_("The code of a state; empty: of the state whose register this is."),
    ),
    Column(
        name="country", label=_("Country of the seat"), kind=Kind.REFERENCE, reference=PLACE, shown=True, editable=True,
        filters=IS, group="seat",
    ),
    Column(
        name="territory", label=_("Region of the seat"), kind=Kind.REFERENCE, reference=PLACE, shown=True, editable=True,
        filters=IS, group="seat",
    ),
    Column(name="seat", label=_("Seat"), shown=True, filters=("contains",), weight="B", editable=True, max_length=200, group="seat"),
    Column(name="address", label=_("Address"), editable=True, max_length=500, group="seat"),
    Column(name="time_zone", label=_("Time zone"), editable=True, max_length=40, group="seat"),
    Column(name="phone", label=_("Telephone"), editable=True, max_length=200, group="contacts"),
    Column(name="email", label=_("E-mail"), editable=True, max_length=200, group="contacts"),
    Column(name="website", label=_("Website"), editable=True, max_length=500, group="contacts"),
    Column(name="valid_from", label=_("From"), kind=Kind.PARTIAL_DATE, editable=True, filters=DATES, group="body"),
    Column(name="valid_until", label=_("Until"), kind=Kind.PARTIAL_DATE, filters=DATES, group="body"),
    Column(name="successor", label=_("Successor"), kind=Kind.REFERENCE, reference=OTHER_BODY, group="body"),
    Column(
        name="covers", label=_("Covers"), kind=Kind.REFERENCE, field="id", filters=IS, finder="territories",
        filter_by=filter_covers, in_api=False,
        in_export=False, expression=lambda _c: Value("", output_field=CharField()),
        help=_("The code of a territory over which it has jurisdiction."),
    ),
    Column(name="code", label=_("Code"), key=True, identifier=True, filters=IS, weight="B", group="source"),
    Column(name="identifiers", label=_("Identifiers"), kind=Kind.DATA, group="source"),
    Column(
        name="confidence", label=_("Confidence"), kind=Kind.CHOICE, choices=choices_of(Confidence, CONFIDENCE_COLOURS),
        shown=True, filters=IS, facet=True, editable=True, group="source",
    ),
    Column(
        name="to_be_completed", label=_("To be completed by the ministry"), kind=Kind.BOOLEAN, filters=IS, facet=True,
        group="source",
    ),
    Column(name="source", label=_("Source"), editable=True, max_length=500, group="source"),
    Column(
        name="checked", label=_("Checked"), kind=Kind.PARTIAL_DATE, filters=DATES, sortable=True, editable=True, group="source",
    ),
    Column(name="note", label=_("Note"), kind=Kind.LONG_TEXT, weight="C", editable=True, group="source"),
    Column(
        name="publicity", label=_("Publicity"), kind=Kind.CHOICE, choices=choices_of(Publicity), filters=IS, editable=True,
        group="source",
    ),
    Column(
        name="publicity_ground", label=_("Ground for not publishing"), editable=True, max_length=300, group="source",
    ),
    Column(name="public_from", label=_("Public from"), kind=Kind.DATE, editable=True, group="source"),
    Column(name="is_synthetic", label=_("Synthetic"), kind=Kind.BOOLEAN, group="source", filters=IS),
    Column(
        name="posts", label=_("Posts"), kind=Kind.ROWS, related="directory.Post", in_export=False,
        rows=(
            Column(name="id", label=_("Id"), kind=Kind.INTEGER),
            Column(name="name", label=_("Title of the post")),
            Column(name="names", label=_("Title in other languages"), kind=Kind.NAMES),
            Column(name="rank", label=_("Rank"), kind=Kind.CHOICE, choices=choices_of(PostRank)),
            Column(name="precedence", label=_("Order of precedence"), kind=Kind.INTEGER),
            Column(name="valid_from", label=_("From"), kind=Kind.PARTIAL_DATE),
            Column(name="valid_until", label=_("Until"), kind=Kind.PARTIAL_DATE),
            Column(name="source", label=_("Source")),
        ),
    ),
    Column(
        name="holders", label=_("Holders"), kind=Kind.ROWS, related="directory.Holder", in_export=False,
        sensitive=Sensitivity.PERSONAL,
        rows=(
            Column(name="id", label=_("Id"), kind=Kind.INTEGER),
            Column(name="post", label=_("Post"), kind=Kind.INTEGER, field="post_id"),
            Column(name="person_name", label=pgettext_lazy("person", "Name"), sensitive=Sensitivity.PERSONAL),
            Column(name="standing", label=_("Standing"), kind=Kind.CHOICE, choices=choices_of(Standing)),
            Column(name="contact", label=_("Official contact"), sensitive=Sensitivity.PERSONAL),
            Column(name="valid_from", label=_("From"), kind=Kind.PARTIAL_DATE),
            Column(name="valid_until", label=_("Until"), kind=Kind.PARTIAL_DATE),
            Column(name="source", label=_("Source")),
            Column(name="checked", label=_("Checked"), kind=Kind.PARTIAL_DATE),
        ),
    ),
    Column(
        name="jurisdictions", label=_("Jurisdictions"), kind=Kind.ROWS, related="directory.Jurisdiction", in_export=False,
        rows=(
            Column(name="id", label=_("Id"), kind=Kind.INTEGER),
            Column(name="territory", label=_("Territory"), kind=Kind.REFERENCE, reference=PLACE),
            Column(
                name="function", label=_("Function"), kind=Kind.REFERENCE, reference=FUNCTION, choices=function_choices,
            ),
            Column(name="valid_from", label=_("From"), kind=Kind.PARTIAL_DATE),
            Column(name="valid_until", label=_("Until"), kind=Kind.PARTIAL_DATE),
            Column(name="confidence", label=_("Confidence"), kind=Kind.CHOICE, choices=choices_of(Confidence)),
            Column(name="source", label=_("Source")),
            Column(name="checked", label=_("Checked"), kind=Kind.PARTIAL_DATE),
            Column(name="note", label=_("Note")),
        ),
    ),
)  # fmt: skip

BODIES = register(
    RecordType(
        name="bodies",
        detail_url="directory:body",
        list_url="/directory/",
        model=Body,
        singular=_("Body"),
        plural=_("Bodies"),
        columns=BODY_COLUMNS,
        title="name",
        order="name",
        groups=(
            ("body", _("The body")),
            ("seat", _("Seat")),
            ("contacts", _("Contacts")),
            ("source", _("Source and publicity")),
        ),
        create=actions.prepare_create(BODY_COLUMNS),
        change=actions.prepare_change(BODY_COLUMNS),
        search_state="state",
        search_year="valid_from",
        search_partner="country_id",
        lead=_(
            "Ministries, offices in the regions, governments, missions and other bodies, with what they cover and since when."
        ),
        empty=_("No body fits. Loosen the filters, or load the profile of the country."),
    )
)


class LastDayOf(Func):
    """The last day that a partial date may mean; null when it is empty."""

    template = (
        "(CASE length(%(expressions)s) WHEN 10 THEN (%(expressions)s)::date"
        " WHEN 7 THEN ((%(expressions)s || '-01')::date + interval '1 month - 1 day')::date"
        " WHEN 4 THEN (%(expressions)s || '-12-31')::date END)"
    )
    output_field = DateField()


class InMonths(Func):
    """The second value months after the first."""

    template = "(%(expressions)s)::date"
    arg_joiner = " + interval '1 month' * "
    output_field = DateField()


def session_due(_context: Context) -> InMonths:
    """The last day by which the next session should be held, as rules.session_due."""
    return InMonths(LastDayOf(F("last_session")), F("cadence_months"))


def overdue(context: Context) -> Case:
    """Whether a format met too long ago on the reader's day, as rules.is_overdue."""
    return Case(When(_overdue(context), then=Value(True)), default=Value(False), output_field=BooleanField())


def _overdue(context: Context) -> Q:
    day = context.as_of
    ended = Q(~Q(dissolved=""), LessThanOrEqual(LastDayOf(F("dissolved")), day))
    return Q(LessThan(session_due(context), day), Q(last_session__lte=day.isoformat())) & ~ended


def filter_overdue(
    rows: QuerySet[Any, Any], operator: str, values: Sequence[str], context: Context
) -> QuerySet[Any, Any]:
    """Formats that are overdue, or those that are not."""
    wanted = {value in ("true", "yes", "1") for value in values}
    found: QuerySet[Any, Any] = rows.annotate(_is_overdue=overdue(context)).filter(_is_overdue__in=wanted)
    return found


def filter_member(
    rows: QuerySet[Any, Any], operator: str, values: Sequence[str], context: Context
) -> QuerySet[Any, Any]:
    """Formats to which one of the territories belongs on the reader's day."""
    held = Membership.objects.filter(territory__code__in=[v.upper() for v in values], during__contains=context.as_of)
    return rows.filter(pk__in=held.values("format"))


FORMAT_COLUMNS: tuple[Column, ...] = (
    Column(name="number", label=_("Number"), kind=Kind.NUMBERS, shown=True, sortable=True),
    Column(
        name="name", label=_("Name"), expression=lambda c: in_language("", c), shown=True, sortable=True, weight="A",
        editable=True, required=True, max_length=300, group="format", filters=("contains",),
    ),
    Column(name="names", label=_("Names in other languages"), kind=Kind.NAMES, weight="A", editable=True, group="format"),
    Column(name="short_names", label=_("Short names"), kind=Kind.NAMES, weight="A", editable=True, group="format"),
    Column(
        name="kind", label=_("Kind"), kind=Kind.CHOICE, choices=choices_of(FormatKind), shown=True, filters=IS, facet=True,
        sortable=True, editable=True, required=True, group="format",
    ),
    Column(
        name="interregional", label=_("Interregional"), kind=Kind.BOOLEAN, filters=IS, facet=True, editable=True, group="format",
        help=_("Its members are regions, or it exists for them."),
    ),
    Column(name="legal_basis", label=_("Legal basis"), editable=True, max_length=500, group="format"),
    Column(name="founded", label=_("Founded"), kind=Kind.PARTIAL_DATE, editable=True, filters=DATES, group="format"),
    Column(name="dissolved", label=_("Dissolved"), kind=Kind.PARTIAL_DATE, editable=True, filters=DATES, group="format"),
    Column(name="website", label=_("Website"), editable=True, max_length=500, group="format"),
    Column(
        name="member", label=_("Member"), kind=Kind.REFERENCE, field="id", filters=IS, filter_by=filter_member, in_api=False,
        in_export=False, expression=lambda _c: Value("", output_field=CharField()),
        help=_("The code of a state or region that belongs to it."),
    ),
    Column(
        name="cadence_months", label=_("Months between sessions"), kind=Kind.INTEGER, editable=True, minimum=1, maximum=1200,
        group="sessions",
    ),
    Column(
        name="last_session", label=_("Last session"), kind=Kind.PARTIAL_DATE, shown=True, sortable=True, filters=DATES,
        editable=True, group="sessions",
    ),
    Column(
        name="next_session", label=_("Next session"), kind=Kind.PARTIAL_DATE, shown=True, sortable=True, filters=DATES,
        editable=True, group="sessions",
    ),
    Column(
        name="session_due", label=_("Session due by"), kind=Kind.DATE, expression=session_due, group="sessions",
        help=_("The last session and the months between sessions."),
    ),
    Column(
        name="overdue", label=_("Overdue"), kind=Kind.BOOLEAN, expression=overdue, filter_by=filter_overdue, shown=True,
        filters=IS, facet=True, group="sessions",
    ),
    Column(name="code", label=_("Code"), key=True, identifier=True, filters=IS, weight="B", group="source"),
    Column(
        name="confidence", label=_("Confidence"), kind=Kind.CHOICE, choices=choices_of(Confidence, CONFIDENCE_COLOURS),
        filters=IS, facet=True, editable=True, group="source",
    ),
    Column(name="source", label=_("Source"), editable=True, max_length=500, group="source"),
    Column(
        name="checked", label=_("Checked"), kind=Kind.PARTIAL_DATE, filters=DATES, sortable=True, editable=True, group="source",
    ),
    Column(name="note", label=_("Note"), kind=Kind.LONG_TEXT, weight="C", editable=True, group="source"),
    Column(
        name="publicity", label=_("Publicity"), kind=Kind.CHOICE, choices=choices_of(Publicity), filters=IS, editable=True,
        group="source",
    ),
    Column(
        name="publicity_ground", label=_("Ground for not publishing"), editable=True, max_length=300, group="source",
    ),
    Column(name="public_from", label=_("Public from"), kind=Kind.DATE, editable=True, group="source"),
    Column(
        name="memberships", label=_("Memberships"), kind=Kind.ROWS, related="directory.Membership", in_export=False,
        rows=(
            Column(name="id", label=_("Id"), kind=Kind.INTEGER),
            Column(name="territory", label=_("Member"), kind=Kind.REFERENCE, reference=PLACE),
            Column(name="standing", label=_("Standing"), kind=Kind.CHOICE, choices=choices_of(MembershipStanding)),
            Column(name="valid_from", label=_("From"), kind=Kind.PARTIAL_DATE),
            Column(name="valid_until", label=_("Until"), kind=Kind.PARTIAL_DATE),
            Column(name="confidence", label=_("Confidence"), kind=Kind.CHOICE, choices=choices_of(Confidence)),
            Column(name="source", label=_("Source")),
            Column(name="note", label=_("Note")),
        ),
    ),
)  # fmt: skip

FORMATS = register(
    RecordType(
        name="formats",
        detail_url="directory:format",
        list_url="/formats/",
        model=Format,
        singular=_("Format"),
        plural=_("Formats"),
        columns=FORMAT_COLUMNS,
        title="name",
        order="name",
        groups=(
            ("format", _("The format")),
            ("sessions", _("Sessions")),
            ("source", _("Source and publicity")),
        ),
        create=actions.prepare_format_create(FORMAT_COLUMNS),
        change=actions.prepare_format_change(FORMAT_COLUMNS),
        search_year="founded",
        lead=_("Commissions, councils, forums, unions: who belongs to them since when, and when they meet."),
        empty=_("No format fits. Loosen the filters, or load the profile of the country."),
    )
)
offer_undo("body", Body)
offer_undo("format", Format)
offer_merging(FORMATS)
