"""People, the roles they hold in bodies for a time, and the tokens with which programs work for them."""

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
    created_at = models.DateTimeField(_("Created"), db_default=Now())

    objects = PersonManager()

    USERNAME_FIELD = "login"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    # The hash of a password must not stand in the history; actions on people are recorded by name.
    untracked = True

    class Meta:
        constraints = [models.UniqueConstraint(Lower("login"), name="accounts_person_login")]

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


class Token(models.Model):
    """A secret with which a program works as a person in one duty; only its digest is kept."""

    duty = models.ForeignKey(Duty, models.CASCADE, related_name="tokens")
    name = models.CharField(_("Name"), max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    reads_only = models.BooleanField(_("Reads only"), default=True)
    created_at = models.DateTimeField(_("Created"), db_default=Now())
    expires_on = models.DateField(_("Expires on"))
    revoked_at = models.DateTimeField(_("Revoked"), null=True, blank=True)

    untracked = True
