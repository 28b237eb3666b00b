"""People, the roles they hold in bodies for a time, and to whom they lend them for a leave."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from foedera.platform.access.roles import Role


class PersonManager(BaseUserManager["Person"]):
    """Finds people by login, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> Person:
        """The person with that login. Raises Person.DoesNotExist."""
        return self.get(login__iexact=username)


class Person(AbstractBaseUser):
    """Somebody who may sign in. What he may do follows from his duties alone; there is no permanent superuser."""

    login = models.CharField(
        _("Login"),
        max_length=60,
        validators=[RegexValidator(r"^[\w.@+-]+\Z", _("Letters, digits and . @ + - _ only."))],
    )
    name = models.CharField(_("Name"), max_length=200)
    email = models.EmailField(_("E-mail"), blank=True, db_default="")
    language = models.CharField(_("Language"), max_length=8, blank=True, db_default="", choices=settings.LANGUAGES)
    is_active = models.BooleanField(_("May sign in"), default=True, db_default=True)
    is_synthetic = models.BooleanField(_("Synthetic, for the demonstration"), default=False, db_default=False)
    external_id = models.CharField(
        _("Identifier at the identity provider"),
        max_length=191,
        blank=True,
        default="",
        db_default="",
        help_text=_("What the ministry's own identity provider calls this person; needed for signing in there."),
    )
    created_at = models.DateTimeField(_("Created"), db_default=Now())

    objects = PersonManager()

    USERNAME_FIELD = "login"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    # The hash of a password must not stand in the history; actions on people are recorded by name.
    untracked = True

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("login"), name="accounts_person_login"),
            models.UniqueConstraint(
                fields=["external_id"], condition=~Q(external_id=""), name="accounts_person_external"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def has_perm(self, *_args: Any) -> bool:
        """Nothing is allowed by Django's permissions; duties and policies decide."""
        return False

    @property
    def is_staff(self) -> bool:
        """Nobody uses Django's own administration."""
        return False


class Duty(models.Model):
    """A person holds a role in a body from a day until a day (open: until further notice)."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="duties", verbose_name=_("Person"))
    role = models.CharField(_("Role"), max_length=24, choices=Role.choices)
    body = models.ForeignKey(settings.FOEDERA_BODY_MODEL, models.PROTECT, related_name="+", verbose_name=_("Body"))
    valid_from = models.DateField(_("From"))
    valid_until = models.DateField(_("Until"), null=True, blank=True)

    class Meta:
        verbose_name = _("Duty")
        constraints = [
            models.CheckConstraint(name="accounts_duty_role", condition=Q(role__in=Role.values)),
            models.CheckConstraint(
                name="accounts_duty_period",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
            ),
            ExclusionConstraint(
                name="accounts_duty_once",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("body", RangeOperators.EQUAL),
                    (
                        Func(
                            F("valid_from"),
                            F("valid_until"),
                            Value("[]"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]


class Delegation(models.Model):
    """A person lends a role to another of the same body for the days of a leave; it ends by itself or is taken back."""

    duty = models.ForeignKey(Duty, models.PROTECT, related_name="delegations", verbose_name=_("Role"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("To"))
    valid_from = models.DateField(_("From"))
    valid_until = models.DateField(_("Until"))
    reason = models.CharField(_("Reason"), max_length=300)
    created_at = models.DateTimeField(_("Created"), db_default=Now())
    revoked_at = models.DateTimeField(_("Taken back"), null=True, blank=True)

    class Meta:
        verbose_name = _("Delegation")
        constraints = [
            models.CheckConstraint(name="accounts_delegation_period", condition=Q(valid_until__gte=F("valid_from"))),
            ExclusionConstraint(
                name="accounts_delegation_once",
                expressions=[
                    ("duty", RangeOperators.EQUAL),
                    (
                        Func(
                            F("valid_from"),
                            F("valid_until"),
                            Value("[]"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(revoked_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.valid_from} – {self.valid_until}"
