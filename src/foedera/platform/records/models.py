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


def is_public(on: Any) -> Q:
    """Condition: the record is open to everyone on that day."""
    return Q(publicity=Publicity.PUBLIC) | Q(publicity=Publicity.PUBLIC_AFTER, public_from__lte=on)
