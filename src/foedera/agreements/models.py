"""The register: agreements with parties, texts, terms and links; ties; findings, decisions and sessions of the review."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from foedera.platform.records.fields import PartialDateField
from foedera.platform.records.models import Record, number_field


class AgreementKind(models.TextChoices):
    """Kinds of agreements (field description, 4.3)."""

    AGREEMENT = "agreement", _("Agreement")
    MEMORANDUM = "memorandum", _("Memorandum")
    PROTOCOL = "protocol", _("Protocol")
    PROGRAMME = "programme", _("Programme of joint actions")
    LETTER_OF_INTENT = "letter_of_intent", _("Letter of intent")
    TWINNING = "twinning", _("Twinning")
    CONTRACT = "contract", _("Contract-like")
    TREATY = "treaty", _("Treaty")
    EXCHANGE_OF_NOTES = "exchange_of_notes", _("Exchange of notes")
    OTHER = "other", _("Other")


class LegalNature(models.TextChoices):
    """The opinion on the legal nature of an agreement."""

    TREATY = "treaty", _("Treaty")
    ADMINISTRATIVE = "administrative", _("Administrative")
    NON_NORMATIVE = "non_normative", _("Non-normative")


class State(models.TextChoices):
    """Where an agreement stands in its procedure: three gates (intent, text, entry) and the side states.

    Whether it is in force is not a state but follows from its dates (`terms`).
    """

    IDEA = "idea", _("Idea")
    INTENT_NOTIFIED = "intent_notified", _("Intent notified")
    INTENT_CLEARED = "intent_cleared", _("Intent cleared")
    INTENT_PROHIBITED = "intent_prohibited", _("Intent prohibited")
    DRAFTING = "drafting", _("Drafting")
    IN_CLEARANCE = "in_clearance", _("Text in clearance")
    RETURNED = "returned", _("Returned for change")
    CLEARED = "cleared", _("Text cleared")
    SIGNED = "signed", _("Signed")
    NOTIFIED = "notified", _("Notified after signature")
    REGISTERED = "registered", _("Registered")
    REGISTRATION_REFUSED = "registration_refused", _("Registration refused")
    SIGNED_WITHOUT_CLEARANCE = "signed_without_clearance", _("Signed without clearance")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    SUPERSEDED = "superseded", _("Superseded")
    ARCHIVED = "archived", _("Archived")


SIGNED_STATES = (
    State.SIGNED,
    State.NOTIFIED,
    State.REGISTERED,
    State.REGISTRATION_REFUSED,
    State.SIGNED_WITHOUT_CLEARANCE,
)


class InForceRule(models.TextChoices):
    """From what an agreement enters into force."""

    SIGNATURE = "signature", _("From signature")
    LAST_SIGNATURE = "last_signature", _("From the last signature")
    NTH_SIGNATURE = "nth_signature", _("From a number of signatures or deposits")
    AFTER_SIGNATURE = "after_signature", _("Some time after signature")
    FIXED_DATE = "fixed_date", _("On a fixed date")
    LAST_NOTIFICATION = "last_notification", _("From the last notification")
    RATIFICATION = "ratification", _("From the exchange of instruments of ratification")
    PROVISIONAL = "provisional_from_signature", _("Provisionally from signature")


class CountedFrom(models.TextChoices):
    """From which day of a notice its period runs."""

    DISPATCH = "dispatch", _("Dispatch")
    RECEIPT = "receipt", _("Receipt")


class EndGround(models.TextChoices):
    """Why an agreement ended."""

    EXPIRY = "expiry", _("Expiry of its term")
    NOTICE = "notice", _("Notice of one side")
    CONSENT = "consent", _("Consent of both sides")
    REPLACED = "replaced", _("Replaced by another agreement")
    PARTY_GONE = "party_gone", _("A party no longer exists")
    FRAMEWORK_GONE = "framework_gone", _("Its framework ended")
    VOID = "void", _("Void by law")
    OTHER = "other", _("Other")


class TermFactsOfRecord(models.Model):
    """The facts of which the term engine makes status, end, renewals and the last safe day (see `terms`)."""

    signed_on = PartialDateField(_("Signed"))
    signed_date_unknown = models.BooleanField(_("Signed on a day that is not known"), default=False, db_default=False)
    in_force_rule = models.CharField(
        _("Entry into force"), max_length=32, blank=True, default="", db_default="", choices=InForceRule.choices
    )
    in_force_delay_months = models.PositiveSmallIntegerField(_("Months until entry into force"), null=True, blank=True)
    in_force_delay_days = models.PositiveSmallIntegerField(_("Days until entry into force"), null=True, blank=True)
    in_force_from = PartialDateField(_("In force from"))
    provisional_from = PartialDateField(_("Applied provisionally from"))
    last_notification_on = PartialDateField(_("Last notification"))
    ratified_on = PartialDateField(_("Ratified"))
    term_months = models.PositiveIntegerField(_("Term in months"), null=True, blank=True)
    term_end = PartialDateField(_("Term ends on"))
    indefinite = models.BooleanField(_("Indefinite"), null=True, blank=True)
    tacit_renewal = models.BooleanField(_("Renews itself"), null=True, blank=True)
    renewal_months = models.PositiveIntegerField(_("Renewed by, in months"), null=True, blank=True)
    later_renewal_months = models.PositiveIntegerField(_("Later renewed by, in months"), null=True, blank=True)
    renewal_limit = models.PositiveSmallIntegerField(_("Renewed at most, times"), null=True, blank=True)
    renewal_indefinite = models.BooleanField(_("Indefinite after its first term"), null=True, blank=True)
    notice_months = models.PositiveSmallIntegerField(_("Notice to end, in months"), null=True, blank=True)
    notice_days = models.PositiveSmallIntegerField(_("Notice to end, in days"), null=True, blank=True)
    nonrenewal_months = models.PositiveSmallIntegerField(_("Notice against renewal, in months"), null=True, blank=True)
    nonrenewal_days = models.PositiveSmallIntegerField(_("Notice against renewal, in days"), null=True, blank=True)
    notice_counted_from = models.CharField(
        _("Notice counts from"), max_length=8, choices=CountedFrom.choices, blank=True, default="", db_default=""
    )
    terminated_on = PartialDateField(_("Terminated on"))
    end_ground = models.CharField(
        _("Ground of the end"), max_length=16, blank=True, default="", db_default="", choices=EndGround.choices
    )
    denunciation_at_term_end = models.BooleanField(_("Notice ends it only with a term"), null=True, blank=True)
    superseded_on = models.DateField(_("Superseded on"), null=True, blank=True)

    class Meta:
        abstract = True


class Agreement(Record, TermFactsOfRecord):
    """An agreement between an own region (or body) and a foreign one, through its three gates, its term and its end."""

    number = number_field("AG")
    register_number = models.CharField(_("Register number"), max_length=80, blank=True, db_default="", default="")
    internal_number = models.CharField(_("Internal number"), max_length=80, blank=True, db_default="", default="")
    source_key = models.CharField(_("Key in the source"), max_length=120, null=True, blank=True, unique=True)
    source = models.CharField(_("Source"), max_length=300, blank=True, db_default="", default="")
    kind = models.CharField(
        _("Kind"), max_length=24, choices=AgreementKind.choices, default="agreement", db_default="agreement"
    )
    state = models.CharField(_("State"), max_length=28, choices=State.choices, default="idea", db_default="idea")
    title = models.TextField(_("Title"))
    title_language = models.CharField(_("Language of the title"), max_length=8, blank=True, db_default="", default="")
    titles = models.JSONField(_("Titles in other languages"), default=dict, blank=True)
    binding = models.BooleanField(_("Binding"), null=True, blank=True)
    legal_nature = models.CharField(
        _("Legal nature"), max_length=20, blank=True, default="", db_default="", choices=LegalNature.choices
    )
    legal_nature_opinion = models.TextField(_("Opinion on the legal nature"), blank=True, default="", db_default="")
    framework = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="under_it",
        verbose_name=_("Framework agreement"),
    )
    languages = ArrayField(models.CharField(max_length=8), verbose_name=_("Languages"), default=list, blank=True)
    prevailing_language = models.CharField(
        _("Prevailing language"), max_length=8, blank=True, default="", db_default=""
    )
    subject_areas = ArrayField(
        models.CharField(max_length=40), verbose_name=_("Subject areas"), default=list, blank=True
    )
    competence_ground = models.TextField(_("Ground of competence"), blank=True, default="", db_default="")
    financial_obligations = models.BooleanField(_("Financial obligations"), null=True, blank=True)
    budget_line = models.CharField(_("Budget line"), max_length=200, blank=True, default="", db_default="")
    personal_data = models.BooleanField(_("Personal data"), null=True, blank=True)
    technology_transfer = models.BooleanField(_("Transfer of technology"), null=True, blank=True)
    dual_use = models.BooleanField(_("Dual-use goods or restrictive measures"), null=True, blank=True)
    signed_at = models.CharField(_("Place of signing"), max_length=200, blank=True, default="", db_default="")
    idea_on = PartialDateField(_("Idea"))
    intent_notified_on = PartialDateField(_("Intent notified"))
    intent_cleared_on = PartialDateField(_("Intent cleared"))
    submitted_on = PartialDateField(_("Submitted for clearance"))
    cleared_on = PartialDateField(_("Text cleared"))
    negotiated_on = PartialDateField(_("Negotiated"))
    initialled_on = PartialDateField(_("Initialled"))
    notified_on = PartialDateField(_("Notified after signature"))
    registered_on = PartialDateField(_("Registered"))
    withdrawn_on = PartialDateField(_("Withdrawn"))
    archived_on = PartialDateField(_("Archived"))
    state_reason = models.TextField(_("Reason of the state"), blank=True, default="", db_default="")
    original_kept_at = models.CharField(
        _("Where the original lies"), max_length=300, blank=True, default="", db_default=""
    )
    coordinator = models.CharField(_("Coordinator"), max_length=300, blank=True, default="", db_default="")
    foreign_coordinator = models.CharField(
        _("Coordinator of the other side"), max_length=300, blank=True, default="", db_default=""
    )
    last_activity_on = PartialDateField(_("Last activity"))
    last_report_on = PartialDateField(_("Last report on performance"))
    review_cycle_months = models.PositiveSmallIntegerField(_("Review cycle in months"), null=True, blank=True)
    last_reviewed_on = PartialDateField(_("Last reviewed"))
    note = models.TextField(_("Note"), blank=True, default="", db_default="")
    is_synthetic = models.BooleanField(_("Synthetic"), default=False, db_default=False)
    # Derived in the same action that writes the facts: parties for rights and search, statuses for any as-of date.
    own_ids = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)
    partner_ids = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)
    party_text = models.TextField(blank=True, default="", db_default="", editable=False)
    title_key = models.CharField(max_length=300, blank=True, default="", db_default="", editable=False)
    status_starts = ArrayField(models.DateField(), default=list, editable=False)
    status_codes = ArrayField(models.SmallIntegerField(), default=list, editable=False)
    ends_on = models.DateField(null=True, editable=False)

    history_leaves_out: ClassVar[tuple[str, ...]] = (
        "own_ids",
        "partner_ids",
        "party_text",
        "title_key",
        "status_starts",
        "status_codes",
        "ends_on",
    )

    class Meta(Record.Meta):
        verbose_name = _("Agreement")
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(name="agreements_kind", condition=Q(kind__in=AgreementKind.values)),
            models.CheckConstraint(name="agreements_state", condition=Q(state__in=State.values)),
            models.CheckConstraint(name="agreements_titled", condition=~Q(title="")),
            models.CheckConstraint(
                name="agreements_signed_has_date",
                condition=~Q(state__in=[str(s) for s in SIGNED_STATES])
                | ~Q(signed_on="")
                | Q(signed_date_unknown=True),
            ),
            models.CheckConstraint(
                name="agreements_unsigned_has_none",
                condition=~Q(
                    state__in=[
                        "idea",
                        "intent_notified",
                        "intent_cleared",
                        "intent_prohibited",
                        "drafting",
                        "in_clearance",
                        "returned",
                        "cleared",
                    ]
                )
                | Q(signed_on="", signed_date_unknown=False),
            ),
            models.CheckConstraint(
                name="agreements_intent_has_date",
                condition=~Q(state__in=["intent_notified", "intent_cleared", "intent_prohibited"])
                | ~Q(intent_notified_on=""),
            ),
            models.CheckConstraint(
                name="agreements_clearance_has_date",
                condition=~Q(state__in=["in_clearance", "returned"]) | ~Q(submitted_on=""),
            ),
            models.CheckConstraint(
                name="agreements_cleared_has_date", condition=~Q(state="cleared") | ~Q(cleared_on="")
            ),
            models.CheckConstraint(
                name="agreements_without_clearance",
                condition=~Q(state="signed_without_clearance") | Q(cleared_on=""),
            ),
            models.CheckConstraint(
                name="agreements_registered_has_entry",
                condition=~Q(state="registered") | ~Q(registered_on="") | ~Q(register_number=""),
            ),
            models.CheckConstraint(
                name="agreements_refused_has_reason",
                condition=~Q(state__in=["registration_refused", "returned", "intent_prohibited"]) | ~Q(state_reason=""),
            ),
            models.CheckConstraint(
                name="agreements_withdrawn_has_date", condition=~Q(state="withdrawn") | ~Q(withdrawn_on="")
            ),
            models.CheckConstraint(name="agreements_end_has_ground", condition=Q(terminated_on="") | ~Q(end_ground="")),
            models.CheckConstraint(name="agreements_not_its_own_framework", condition=~Q(framework=F("id"))),
        ]
        indexes = [
            GinIndex(fields=["search"], name="agreements_search"),
            GinIndex(fields=["own_ids"], name="agreements_own"),
            GinIndex(fields=["partner_ids"], name="agreements_partners"),
            models.Index(fields=["title_key"], name="agreements_title_key"),
            models.Index(fields=["publicity"], name="agreements_publicity"),
        ]

    def __str__(self) -> str:
        return self.title


class Side(models.TextChoices):
    """On which side of an agreement a party stands."""

    OWN = "own", _("Own side")
    FOREIGN = "foreign", _("Other side")
    THIRD = "third", _("Third party")
    WITNESS = "witness", _("Witness")


class Level(models.TextChoices):
    """The level of a party."""

    STATE = "state", _("State")
    REGION = "region", _("Region")
    MUNICIPALITY = "municipality", _("Municipality")
    ORGANISATION = "organisation", _("International organisation")
    BODY = "body", _("Body or agency")
    COMPANY = "company", _("Company")


class Party(models.Model):
    """A party of an agreement: its territory, its body where the directory has it, its name as the text has it, who signed."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="parties")
    side = models.CharField(_("Side"), max_length=8, choices=Side.choices)
    level = models.CharField(_("Level"), max_length=16, blank=True, default="", db_default="", choices=Level.choices)
    territory = models.ForeignKey(
        "directory.Territory",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Territory"),
    )
    body = models.ForeignKey(
        "directory.Body", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Body")
    )
    name = models.CharField(_("Name in the text"), max_length=500, blank=True, default="", db_default="")
    signatory = models.CharField(_("Signed by"), max_length=200, blank=True, default="", db_default="")
    signatory_post = models.CharField(_("Post of the signatory"), max_length=300, blank=True, default="", db_default="")
    power = models.CharField(_("Power to sign"), max_length=300, blank=True, default="", db_default="")

    history_subject: ClassVar[str] = "agreement"

    class Meta:
        verbose_name = _("Party")
        constraints = [
            models.CheckConstraint(
                name="agreements_party_named",
                condition=Q(territory__isnull=False) | Q(body__isnull=False) | ~Q(name=""),
            ),
            models.CheckConstraint(name="agreements_party_side", condition=Q(side__in=Side.values)),
        ]


class LinkKind(models.TextChoices):
    """How one agreement stands to another."""

    AMENDS = "amends", _("Amends")
    REPLACES = "replaces", _("Replaces")
    IMPLEMENTS = "implements", _("Implements")


class AgreementLink(models.Model):
    """An agreement amends, replaces or implements another. A chain never leads back to where it began (trigger)."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="links")
    kind = models.CharField(_("Link"), max_length=12, choices=LinkKind.choices)
    target = models.ForeignKey(Agreement, models.PROTECT, related_name="linked_from", verbose_name=_("To"))
    effective_on = PartialDateField(_("From"))
    note = models.CharField(_("Note"), max_length=300, blank=True, default="", db_default="")

    history_subject: ClassVar[str] = "agreement"

    class Meta:
        verbose_name = _("Link")
        constraints = [
            models.UniqueConstraint(fields=["agreement", "kind", "target"], name="agreements_link_once"),
            models.CheckConstraint(name="agreements_link_other", condition=~Q(agreement=F("target"))),
        ]


class Suspension(models.Model):
    """A time in which the agreement is suspended; its term runs on."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="suspensions")
    suspended_from = models.DateField(_("Suspended from"))
    suspended_until = models.DateField(_("Suspended until"), null=True, blank=True)
    note = models.CharField(_("Note"), max_length=300, blank=True, default="", db_default="")

    history_subject: ClassVar[str] = "agreement"

    class Meta:
        verbose_name = _("Suspension")
        constraints = [
            models.CheckConstraint(
                name="agreements_suspension_period",
                condition=Q(suspended_until__isnull=True) | Q(suspended_until__gte=F("suspended_from")),
            )
        ]


class NoticeKind(models.TextChoices):
    """What a notice is for."""

    OBJECTION = "objection", _("Against renewal")
    TERMINATION = "termination", _("To end the agreement")


class Notice(models.Model):
    """A notice given: by which side, when sent and received, and when it was taken back."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="notices")
    kind = models.CharField(_("Notice"), max_length=12, choices=NoticeKind.choices)
    side = models.CharField(_("Given by"), max_length=8, choices=Side.choices)
    dispatched_on = models.DateField(_("Sent"), null=True, blank=True)
    received_on = models.DateField(_("Received"), null=True, blank=True)
    withdrawn_on = models.DateField(_("Taken back"), null=True, blank=True)
    note = models.CharField(_("Note"), max_length=300, blank=True, default="", db_default="")

    history_subject: ClassVar[str] = "agreement"

    class Meta:
        verbose_name = _("Notice")
        constraints = [
            models.CheckConstraint(
                name="agreements_notice_dated",
                condition=Q(dispatched_on__isnull=False) | Q(received_on__isnull=False),
            ),
            models.CheckConstraint(
                name="agreements_notice_order",
                condition=Q(dispatched_on__isnull=True)
                | Q(received_on__isnull=True)
                | Q(received_on__gte=F("dispatched_on")),
            ),
        ]


class TextKind(models.TextChoices):
    """What a version of the text is."""

    DRAFT = "draft", _("Draft")
    SIGNED = "signed", _("Signed text")
    CERTIFIED = "certified", _("Certified copy")
    TRANSLATION = "translation", _("Translation")
    AMENDMENT = "amendment", _("Consolidated text")


class TextVersion(models.Model):
    """A version of the text: the file by its hash, the language, whose it is, and the words for comparing."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="texts")
    kind = models.CharField(_("Version"), max_length=12, choices=TextKind.choices)
    language = models.CharField(_("Language"), max_length=8, blank=True, default="", db_default="")
    file = models.ForeignKey("platform_documents.StoredFile", models.PROTECT, related_name="+", verbose_name=_("File"))
    file_name = models.CharField(_("File name"), max_length=255)
    author = models.CharField(_("Author"), max_length=200, blank=True, default="", db_default="")
    dated = PartialDateField(_("Date"))
    words = models.TextField(blank=True, default="", db_default="")
    note = models.CharField(_("Note"), max_length=300, blank=True, default="", db_default="")
    added_at = models.DateTimeField(_("Added"), db_default=Now())

    history_subject: ClassVar[str] = "agreement"

    class Meta:
        verbose_name = _("Text")


class TieKind(models.TextChoices):
    """What kind of tie it is."""

    TWINNING = "twinning", _("Twin towns")
    PARTNERSHIP = "partnership", _("Partnership")
    OFFICE = "office", _("Office")
    TRADE = "trade", _("Trade")
    INVESTMENT = "investment", _("Investment")
    CULTURE = "culture", _("Culture")
    STUDENTS = "students", _("Students")


class TieState(models.TextChoices):
    """What is known or decided of a tie; dormant follows from its last activity."""

    PROPOSED = "proposed", _("Proposed")
    EXPLORED = "explored", _("Explored")
    ACTIVE = "active", _("Active")
    FROZEN = "frozen", _("Frozen by decision")
    CLOSED = "closed", _("Closed")
    UNKNOWN = "unknown", _("Not known")


class Tie(Record):
    """A tie between two bodies (towns, regions); which stands first has no meaning, so each pair is there once per kind."""

    number = number_field("TI")
    kind = models.CharField(
        _("Kind"), max_length=12, choices=TieKind.choices, default="twinning", db_default="twinning"
    )
    state = models.CharField(
        _("State"), max_length=12, choices=TieState.choices, default="unknown", db_default="unknown"
    )
    first = models.ForeignKey("directory.Body", models.PROTECT, related_name="+", verbose_name=_("One end"))
    second = models.ForeignKey("directory.Body", models.PROTECT, related_name="+", verbose_name=_("Other end"))
    since = PartialDateField(_("Since"))
    last_activity_on = PartialDateField(_("Last activity"))
    next_activity_on = PartialDateField(_("Next activity"))
    agreement = models.ForeignKey(
        Agreement, models.SET_NULL, null=True, blank=True, related_name="ties", verbose_name=_("Agreement")
    )
    counted = models.BooleanField(_("Counts by the country's rule"), null=True, blank=True)
    evidence = models.TextField(_("Evidence"), blank=True, default="", db_default="")
    sources = ArrayField(models.CharField(max_length=120), verbose_name=_("Sources"), default=list, blank=True)
    own_ids = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)
    partner_ids = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)
    end_text = models.TextField(blank=True, default="", db_default="", editable=False)

    history_leaves_out: ClassVar[tuple[str, ...]] = ("own_ids", "partner_ids", "end_text")

    class Meta(Record.Meta):
        verbose_name = _("Tie")
        constraints = [
            *Record.Meta.constraints,
            models.UniqueConstraint(fields=["kind", "first", "second"], name="agreements_tie_once"),
            models.CheckConstraint(name="agreements_tie_order", condition=Q(first__lt=F("second"))),
            models.CheckConstraint(name="agreements_tie_kind", condition=Q(kind__in=TieKind.values)),
        ]
        indexes = [
            GinIndex(fields=["search"], name="agreements_tie_search"),
            GinIndex(fields=["own_ids"], name="agreements_tie_own"),
            GinIndex(fields=["partner_ids"], name="agreements_tie_partners"),
        ]

    def __str__(self) -> str:
        return self.end_text


class ReviewSession(Record):
    """A sitting of the review over a region, a country or the whole register; it ends in a protocol."""

    number = number_field("RV")
    title = models.CharField(_("Title"), max_length=300)
    region = models.ForeignKey(
        "directory.Territory",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Region"),
    )
    partner = models.ForeignKey(
        "directory.Territory",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Partner state"),
    )
    held_on = models.DateField(_("Held on"))
    participants = models.TextField(_("Participants"), blank=True, default="", db_default="")
    closed_at = models.DateTimeField(_("Closed"), null=True, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("Review session")

    def __str__(self) -> str:
        return self.title


class FindingRule(models.TextChoices):
    """Why an agreement needs a decision."""

    EXPIRED_CARRIED = "expired_carried", _("Expired but still carried as active")
    RENEWS_SOON = "renews_soon", _("Renews itself soon")
    EXPIRES_SOON = "expires_soon", _("Expires soon")
    DORMANT = "dormant", _("No activity recorded")
    DUPLICATE = "duplicate", _("Likely duplicate")
    SUPERSEDED = "superseded", _("Superseded by another agreement")
    FRAMEWORK_GONE = "framework_gone", _("Its framework ended")
    MISSING_FACTS = "missing_facts", _("Facts are missing")
    DATE_ODDITY = "date_oddity", _("Dates contradict each other")
    TEXT_MISSING = "text_missing", _("The text is missing")
    NO_COORDINATOR = "no_coordinator", _("No coordinator")
    PARTY_GONE = "party_gone", _("A party no longer exists")
    WITHOUT_CLEARANCE = "without_clearance", _("Signed without clearance")
    REVIEW_DUE = "review_due", _("Due for review")


class Decision(models.TextChoices):
    """What is decided of an agreement in the review."""

    KEEP = "keep", _("Keep")
    REVISE = "revise", _("Revise")
    RENEW = "renew", _("Renew")
    MERGE = "merge", _("Merge")
    END = "end", _("End")


class FindingState(models.TextChoices):
    """Where a finding stands."""

    OPEN = "open", _("Open")
    DECIDED = "decided", _("Decided")
    GONE = "gone", _("No longer found")


class Finding(models.Model):
    """A reason why an agreement needs a decision, with its facts and the decision proposed; and the decision taken."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="findings")
    rule = models.CharField(_("Finding"), max_length=20, choices=FindingRule.choices)
    other = models.ForeignKey(
        Agreement, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("Other agreement")
    )
    state = models.CharField(_("State"), max_length=8, choices=FindingState.choices, default="open", db_default="open")
    facts = models.JSONField(_("Facts"), default=dict)
    urgent_by = models.DateField(_("Act by"), null=True, blank=True)
    proposed = models.CharField(_("Proposed"), max_length=8, choices=Decision.choices)
    found_on = models.DateField(_("Found"))
    decision = models.CharField(
        _("Decision"), max_length=8, choices=Decision.choices, blank=True, default="", db_default=""
    )
    reason = models.TextField(_("Reason"), blank=True, default="", db_default="")
    decided_by = models.CharField(_("Decided by"), max_length=200, blank=True, default="", db_default="")
    decided_by_id = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(_("Decided"), null=True)
    session = models.ForeignKey(ReviewSession, models.SET_NULL, null=True, blank=True, related_name="findings")

    history_subject: ClassVar[str] = "agreement"

    class Meta:
        verbose_name = _("Finding")
        constraints = [
            models.CheckConstraint(
                name="agreements_finding_decided",
                condition=~Q(state="decided") | (~Q(decision="") & ~Q(reason="") & Q(decided_at__isnull=False)),
            ),
            models.UniqueConstraint(
                fields=["agreement", "rule", "other"],
                condition=Q(state="open"),
                nulls_distinct=False,
                name="agreements_finding_open_once",
            ),
        ]
        indexes = [models.Index(fields=["state", "rule"], name="agreements_finding_state")]


class FollowUpKind(models.TextChoices):
    """The next step that a decision starts."""

    NOTICE_OF_TERMINATION = "notice_of_termination", _("Draft a notice of termination")
    NOTICE_OF_NON_RENEWAL = "notice_of_non_renewal", _("Draft a notice against renewal")
    REQUEST_TO_REGION = "request_to_region", _("Ask the region")
    MERGE = "merge", _("Merge two agreements")
    NEGOTIATE_RENEWAL = "negotiate_renewal", _("Negotiate a renewal")
    RECORD_END = "record_end", _("Record the end")


class FollowUp(models.Model):
    """A next step started by a decision: what, by when, in draft words, and whether it is done."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="follow_ups")
    finding = models.ForeignKey(Finding, models.SET_NULL, null=True, related_name="follow_ups")
    kind = models.CharField(_("Step"), max_length=24, choices=FollowUpKind.choices)
    due_on = models.DateField(_("Due"), null=True, blank=True)
    draft = models.TextField(_("Draft"), blank=True, default="", db_default="")
    done_on = models.DateField(_("Done"), null=True, blank=True)
    outcome = models.TextField(_("Outcome"), blank=True, default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())

    history_subject: ClassVar[str] = "agreement"

    class Meta:
        verbose_name = _("Next step")
        constraints = [
            models.CheckConstraint(name="agreements_follow_up_done", condition=Q(done_on__isnull=True) | ~Q(outcome=""))
        ]
