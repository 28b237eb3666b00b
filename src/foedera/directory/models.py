"""Territories, bodies, posts and who holds them, jurisdictions, and formats with their membership over time."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import DateRangeField
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foedera.platform.records.fields import PartialDateField
from foedera.platform.records.models import Record, number_field


class Confidence(models.TextChoices):
    """How sure a fact is."""

    OF_RECORD = "of_record", _("Of record")
    REPORTED = "reported", _("Reported")
    TO_CONFIRM = "to_confirm", _("To be confirmed")


class Dated(models.Model):
    """A fact that holds from a day until a day (both included, either unknown or known only to the month or year).

    `during` is the same as a range of days, made by `rules.during` whenever the two are written.
    """

    valid_from = PartialDateField(_("From"))
    valid_until = PartialDateField(_("Until"))
    during = DateRangeField(editable=False)

    class Meta:
        abstract = True


class TerritoryKind(models.TextChoices):
    """What a territory is."""

    STATE = "state", pgettext_lazy("country", "State")
    DEPENDENT = "territory", _("Dependent territory")
    FORMER_STATE = "former_state", _("Former state")
    FORMER_TERRITORY = "former_territory", _("Former territory")
    DISPUTED = "disputed", _("Disputed territory")
    ORGANISATION = "organisation", _("International organisation")
    DISTRICT = "district", _("District of regions")
    REGION = "region", _("Region")


class Territory(Dated):
    """A state, a region of a state, a grouping of own regions, or an organisation that is a party like a state.

    `code` is ISO 3166-1, 3166-2 or 3166-3, or an own code of the country profile. `state` is the state it belongs to; `own`
    marks the regions and districts of the state whose register this is. `contested` is a flag; the positions of record
    stand beside it and the program takes none.
    """

    code = models.CharField(_("Code"), max_length=40, unique=True)
    kind = models.CharField(_("Kind"), max_length=20, choices=TerritoryKind.choices)
    name = models.CharField(_("Name"), max_length=200)
    names = models.JSONField(_("Names"), default=dict)
    official_names = models.JSONField(_("Official names"), default=dict)
    type_names = models.JSONField(_("Type"), default=dict)
    state = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=pgettext_lazy("country", "State")
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("Part of")
    )
    own = models.BooleanField(_("Own territory"), default=False)
    contested = models.BooleanField(_("Contested"), default=False)
    has_outline = models.BooleanField(default=True)
    iso_code = models.CharField(_("ISO 3166 code"), max_length=8, blank=True)
    national_code = models.CharField(_("National code"), max_length=16, blank=True)
    seat_names = models.JSONField(_("Seat"), default=dict)
    time_zone = models.CharField(_("Time zone"), max_length=40, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    successors = models.JSONField(default=list)
    source = models.CharField(_("Source"), max_length=500, blank=True)
    note = models.TextField(_("Note"), blank=True)

    class Meta:
        verbose_name = _("Territory")
        constraints = [
            models.CheckConstraint(name="directory_territory_kind", condition=Q(kind__in=TerritoryKind.values)),
            models.CheckConstraint(
                name="directory_territory_state",
                condition=Q(kind__in=["region", "district"], state__isnull=False) | ~Q(kind__in=["region", "district"]),
            ),
        ]
        indexes = [models.Index(fields=["kind", "own"], name="directory_territory_own")]

    def __str__(self) -> str:
        return self.name


class Position(models.Model):
    """A position of record on a contested territory: whose, in which instrument, from which source."""

    territory = models.ForeignKey(Territory, models.CASCADE, related_name="positions")
    holder = models.CharField(_("Position of"), max_length=16)
    statement = models.JSONField(_("Statement"))
    instrument = models.CharField(_("Instrument"), max_length=500)
    dated = PartialDateField(_("Date"))
    source = models.CharField(_("Source"), max_length=500)
    checked = PartialDateField(_("Checked"))

    history_subject: ClassVar[str] = "territory"


class Function(models.Model):
    """For what a body covers a territory (a controlled list of the country profile)."""

    code = models.CharField(_("Code"), max_length=40, unique=True)
    names = models.JSONField(_("Names"))
    description = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.code


class BodyKind(models.TextChoices):
    """Kinds of bodies (field description, 4.1)."""

    MINISTRY = "ministry", _("Ministry")
    MINISTRY_DEPARTMENT = "ministry_department", _("Department of a ministry")
    OFFICE_IN_REGION = "office_in_region", _("Office of the ministry in a region")
    PRESIDENTIAL_ENVOY = "presidential_envoy", _("Envoy of the president in a district")
    REGION_GOVERNMENT = "region_government", _("Government of a region")
    LINE_BODY = "line_body", _("Line ministry of a region")
    AGENCY = "agency", _("Agency of a region")
    MUNICIPALITY = "municipality", _("Municipality")
    EMBASSY = "embassy", _("Embassy")
    CONSULATE_GENERAL = "consulate_general", _("Consulate general")
    CONSULATE = "consulate", _("Consulate")
    HONORARY_CONSULATE = "honorary_consulate", _("Honorary consulate")
    PERMANENT_MISSION = "permanent_mission", _("Permanent mission")
    REPRESENTATIVE_OFFICE = "representative_office", _("Representative office")
    TRADE_OFFICE = "trade_office", _("Trade office")
    FOREIGN_REGION = "foreign_region", _("Foreign region")
    CITY = "city", _("City")
    STATE_BODY = "state_body", _("State body")
    INTERNATIONAL_ORGANISATION = "international_organisation", _("International organisation")
    COMPANY = "company", _("Company")
    UNIVERSITY = "university", _("University")
    CHAMBER = "chamber", _("Chamber of commerce")
    DIASPORA = "diaspora", _("Diaspora body")


class BodyState(models.TextChoices):
    """Where a body stands in its life."""

    DRAFT = "draft", _("Draft")
    ACTIVE = "active", _("Active")
    CHANGING = "changing", _("Changing")
    CLOSED = "closed", _("Closed")
    ARCHIVED = "archived", _("Archived")


class Body(Record, Dated):
    """A body of any kind with names in several languages, its parent, seat, identifiers, source and the day it was checked."""

    number = number_field("BD")
    code = models.CharField(_("Code"), max_length=60, null=True, blank=True, unique=True)
    kind = models.CharField(_("Kind"), max_length=32, choices=BodyKind.choices)
    state = models.CharField(
        _("State"), max_length=12, choices=BodyState.choices, default=BodyState.ACTIVE, db_default="active"
    )
    name = models.CharField(_("Name"), max_length=300)
    names = models.JSONField(_("Names in other languages"), default=dict, blank=True)
    short_names = models.JSONField(_("Short names"), default=dict, blank=True)
    name_key = models.CharField(max_length=300, blank=True, db_default="", editable=False)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("Part of")
    )
    successor = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessors",
        verbose_name=_("Successor"),
    )
    of_state = models.ForeignKey(
        Territory, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Whose body")
    )
    country = models.ForeignKey(
        Territory,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Country of the seat"),
    )
    territory = models.ForeignKey(
        Territory,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Region of the seat"),
    )
    seat = models.CharField(_("Seat"), max_length=200, blank=True)
    seat_names = models.JSONField(default=dict, blank=True)
    latitude = models.FloatField(_("Latitude"), null=True, blank=True)
    longitude = models.FloatField(_("Longitude"), null=True, blank=True)
    time_zone = models.CharField(_("Time zone"), max_length=40, blank=True)
    address = models.CharField(_("Address"), max_length=500, blank=True)
    phone = models.CharField(_("Telephone"), max_length=200, blank=True)
    email = models.CharField(_("E-mail"), max_length=200, blank=True)
    website = models.CharField(_("Website"), max_length=500, blank=True)
    identifiers = models.JSONField(_("Identifiers"), default=dict, blank=True)
    to_be_completed = models.BooleanField(_("To be completed by the ministry"), default=False)
    confidence = models.CharField(
        _("Confidence"),
        max_length=12,
        choices=Confidence.choices,
        default=Confidence.TO_CONFIRM,
        db_default="to_confirm",
    )
    source = models.CharField(_("Source"), max_length=500, blank=True)
    checked = PartialDateField(_("Checked"))
    note = models.TextField(_("Note"), blank=True)
    is_synthetic = models.BooleanField(_("Synthetic"), default=False, db_default=False)

    class Meta(Record.Meta):
        verbose_name = _("Body")
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(name="directory_body_kind", condition=Q(kind__in=BodyKind.values)),
            models.CheckConstraint(
                name="directory_body_closed",
                condition=~Q(state__in=["closed", "archived"]) | ~Q(valid_until=""),
            ),
            models.CheckConstraint(
                name="directory_body_changing", condition=~Q(state="changing") | Q(successor__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "country"], name="directory_body_place"),
            models.Index(fields=["name_key", "country"], name="directory_body_name_key"),
            GinIndex(fields=["identifiers"], name="directory_body_identifiers", opclasses=["jsonb_path_ops"]),
        ]

    def __str__(self) -> str:
        return self.name


class PostRank(models.TextChoices):
    """The place of a post in its body."""

    HEAD = "head", _("Head")
    DEPUTY = "deputy", _("Deputy")
    EXTERNAL_RELATIONS = "external_relations", _("External relations")
    OFFICER = "officer", _("Officer")


class Post(Dated):
    """A post in a body, from its creation until its abolition."""

    body = models.ForeignKey(Body, models.CASCADE, related_name="posts")
    code = models.CharField(_("Code"), max_length=80, null=True, blank=True, unique=True)
    rank = models.CharField(_("Rank"), max_length=24, choices=PostRank.choices)
    name = models.CharField(_("Title of the post"), max_length=300)
    names = models.JSONField(_("Names in other languages"), default=dict, blank=True)
    precedence = models.PositiveSmallIntegerField(_("Order of precedence"), null=True, blank=True)
    to_be_completed = models.BooleanField(_("To be completed by the ministry"), default=False)
    source = models.CharField(_("Source"), max_length=500, blank=True)

    history_subject: ClassVar[str] = "body"

    class Meta:
        verbose_name = _("Post")

    def __str__(self) -> str:
        return self.name


class Standing(models.TextChoices):
    """In which standing somebody holds a post."""

    FULL = "full", _("In office")
    ACTING = "acting", _("Acting")
    DEPUTY = "deputy", _("Deputising")
    PLANNED = "planned", _("Planned")


class Holder(Dated):
    """Somebody holds a post for a time: an official name and official contacts only."""

    body = models.ForeignKey(Body, models.CASCADE, related_name="holders")
    post = models.ForeignKey(Post, models.CASCADE, related_name="holders", verbose_name=_("Post"))
    person_name = models.CharField(pgettext_lazy("person", "Name"), max_length=200)
    standing = models.CharField(_("Standing"), max_length=12, choices=Standing.choices, default=Standing.FULL)
    contact = models.CharField(_("Official contact"), max_length=300, blank=True)
    source = models.CharField(_("Source"), max_length=500, blank=True)
    checked = PartialDateField(_("Checked"))
    is_synthetic = models.BooleanField(_("Synthetic"), default=False, db_default=False)

    history_subject: ClassVar[str] = "body"
    history_personal: ClassVar[tuple[str, ...]] = ("person_name", "contact")

    class Meta:
        verbose_name = _("Holder of a post")
        indexes = [GistIndex(fields=["during"], name="directory_holder_during")]


class Jurisdiction(Dated):
    """A body covers a territory for a function for a time. Overlaps and gaps are allowed, and shown."""

    body = models.ForeignKey(Body, models.CASCADE, related_name="jurisdictions", verbose_name=_("Body"))
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="+", verbose_name=_("Territory"))
    function = models.ForeignKey(Function, models.PROTECT, related_name="+", verbose_name=_("Function"))
    confidence = models.CharField(
        _("Confidence"), max_length=12, choices=Confidence.choices, default=Confidence.TO_CONFIRM
    )
    source = models.CharField(_("Source"), max_length=500, blank=True)
    checked = PartialDateField(_("Checked"))
    note = models.CharField(_("Note"), max_length=500, blank=True)

    history_subject: ClassVar[str] = "body"

    class Meta:
        verbose_name = _("Jurisdiction")
        indexes = [models.Index(fields=["territory", "function"], name="directory_jurisdiction_what")]


class FormatKind(models.TextChoices):
    """What kind of standing mechanism a format is."""

    UNION = "union", _("Union")
    ALLIANCE = "alliance", _("Alliance")
    ORGANISATION = "organisation", _("Organisation")
    COUNCIL = "council", _("Council")
    FORUM = "forum", _("Forum")
    COMMISSION = "commission", _("Commission")
    DIALOGUE = "dialogue", _("Dialogue")
    NETWORK = "network", _("Network")


class Format(Record):
    """A standing mechanism with its cadence and sessions; whether it is overdue follows from the dates."""

    number = number_field("FM")
    code = models.CharField(_("Code"), max_length=60, null=True, blank=True, unique=True)
    kind = models.CharField(_("Kind"), max_length=16, choices=FormatKind.choices)
    name = models.CharField(_("Name"), max_length=300)
    names = models.JSONField(_("Names in other languages"), default=dict, blank=True)
    short_names = models.JSONField(_("Short names"), default=dict, blank=True)
    interregional = models.BooleanField(_("Interregional"), default=False)
    legal_basis = models.CharField(_("Legal basis"), max_length=500, blank=True)
    founded = PartialDateField(_("Founded"))
    dissolved = PartialDateField(_("Dissolved"))
    cadence_months = models.PositiveSmallIntegerField(_("Months between sessions"), null=True, blank=True)
    last_session = PartialDateField(_("Last session"))
    next_session = PartialDateField(_("Next session"))
    website = models.CharField(_("Website"), max_length=500, blank=True)
    source = models.CharField(_("Source"), max_length=500, blank=True)
    checked = PartialDateField(_("Checked"))
    confidence = models.CharField(
        _("Confidence"),
        max_length=12,
        choices=Confidence.choices,
        default=Confidence.TO_CONFIRM,
        db_default="to_confirm",
    )
    note = models.TextField(_("Note"), blank=True)

    class Meta(Record.Meta):
        verbose_name = _("Format")
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(name="directory_format_kind", condition=Q(kind__in=FormatKind.values)),
        ]

    def __str__(self) -> str:
        return self.name


class MembershipStanding(models.TextChoices):
    """In which standing a state or region belongs to a format."""

    MEMBER = "member", _("Member")
    ASSOCIATE = "associate", _("Associate")
    OBSERVER = "observer", _("Observer")
    PARTNER = "partner", _("Partner")
    SUSPENDED = "suspended", _("Suspended")


class Membership(Dated):
    """A state or region belongs to a format for a time."""

    format = models.ForeignKey(Format, models.CASCADE, related_name="memberships")
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="+", verbose_name=_("Member"))
    standing = models.CharField(_("Standing"), max_length=12, choices=MembershipStanding.choices, default="member")
    confidence = models.CharField(
        _("Confidence"), max_length=12, choices=Confidence.choices, default=Confidence.TO_CONFIRM
    )
    source = models.CharField(_("Source"), max_length=500, blank=True)
    note = models.CharField(_("Note"), max_length=500, blank=True)

    history_subject: ClassVar[str] = "format"

    class Meta:
        verbose_name = _("Membership")
        indexes = [models.Index(fields=["territory"], name="directory_membership_of")]


class Installation(models.Model):
    """Whose register this is: the country profile that was loaded, and its digest, so that it is loaded again only when it changed."""

    profile = models.CharField(max_length=8)
    state = models.ForeignKey(Territory, models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    settings: Any = models.JSONField(default=dict)

    class Meta:
        constraints = [models.CheckConstraint(name="directory_installation_single", condition=Q(id=1))]
