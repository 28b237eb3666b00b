"""What every record has: a public number, an owner body, publicity, and a version for optimistic locking."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.functions import Cast, Concat, LPad, Now
from django.utils.translation import gettext_lazy as _

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import visible_rows

NUMBER_DIGITS = 6


class Publicity(models.TextChoices):
    """The publicity ladder. Everything below `public` needs a ground when it is kept from the public register."""

    PUBLIC = "public", _("Public")
    PUBLIC_AFTER = "public_after", _("Public after a date")
    TITLE_ONLY = "title_only", _("Title only")
    INTERNAL = "internal", _("Internal")
    RESTRICTED = "restricted", _("Restricted to the owner body")


class RecordQuerySet(models.QuerySet[Any, Any]):
    """Rows of a record type; every read of a room starts from `visible_to`."""

    def visible_to(self, actor: Actor) -> Self:
        """The rows that the actor may know of, by the policy of the record type."""
        return visible_rows(self, actor)  # type: ignore[return-value]  # a policy narrows what it is given


RecordManager = models.Manager.from_queryset(RecordQuerySet)


def number_field(prefix: str) -> models.GeneratedField:
    """The public number, made by the database from the identity: prefix, hyphen, six digits or more."""
    digits = Cast("id", models.TextField())
    padded = LPad(digits, Func(Value(NUMBER_DIGITS), Func(digits, function="length"), function="greatest"), Value("0"))
    return models.GeneratedField(
        expression=Concat(Value(f"{prefix}-"), padded),
        output_field=models.CharField(max_length=24),
        db_persist=True,
        unique=True,
        verbose_name=_("Number"),
    )


class Record(models.Model):
    """A numbered record with an owner, a rung on the publicity ladder and a version that grows with each change."""

    id = models.BigAutoField(primary_key=True)
    owner = models.ForeignKey(
        settings.FOEDERA_BODY_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Owner"),
    )
    publicity = models.CharField(
        _("Publicity"),
        max_length=16,
        choices=Publicity.choices,
        default=Publicity.INTERNAL,
        db_default="internal",
    )
    publicity_ground = models.CharField(_("Ground for not publishing"), max_length=300, blank=True, db_default="")
    public_from = models.DateField(_("Public from"), null=True, blank=True)
    version = models.PositiveIntegerField(_("Version"), default=1, db_default=1)
    created_at = models.DateTimeField(_("Created"), db_default=Now())
    updated_at = models.DateTimeField(_("Changed"), db_default=Now())

    objects = RecordManager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_publicity",
                condition=Q(publicity__in=Publicity.values)
                & (~Q(publicity="public_after") | Q(public_from__isnull=False)),
            ),
            models.CheckConstraint(name="%(app_label)s_%(class)s_version", condition=Q(version__gte=1)),
        ]


class NamedReader(models.Model):
    """Somebody, or everybody of a body, who may read one record for a time although he would not see it otherwise."""

    record_table = models.CharField(max_length=63)
    record_id = models.BigIntegerField()
    body = models.ForeignKey(
        settings.FOEDERA_BODY_MODEL, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("Body")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("Person")
    )
    valid_from = models.DateField(_("From"))
    valid_until = models.DateField(_("Until"), null=True, blank=True)
    ground = models.CharField(_("Reason"), max_length=300)

    class Meta:
        verbose_name = _("Named reader")
        constraints = [
            models.CheckConstraint(name="records_reader_one", condition=Q(body__isnull=True) ^ Q(person__isnull=True)),
            models.CheckConstraint(
                name="records_reader_period",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=models.F("valid_from")),
            ),
        ]
        indexes = [models.Index(fields=["record_table", "record_id"], name="records_reader_record")]


def named_to(actor: Actor, model: type[models.Model]) -> Q:
    """Condition: the record names the actor, or his body, as a reader on the day on which he works."""
    if actor.is_public:
        return Q(pk__in=[])
    readers = Q(person=actor.person_id) if actor.person_id is not None else Q(pk__in=[])
    if actor.body_id is not None:
        readers |= Q(body=actor.body_id)
    named = NamedReader.objects.filter(
        readers,
        Q(valid_until__isnull=True) | Q(valid_until__gte=actor.today),
        record_table=model._meta.db_table,
        valid_from__lte=actor.today,
    )
    return Q(pk__in=named.values("record_id"))


def is_public(on: Any) -> Q:
    """Condition: the record is open to everyone on that day."""
    return Q(publicity=Publicity.PUBLIC) | Q(publicity=Publicity.PUBLIC_AFTER, public_from__lte=on)
