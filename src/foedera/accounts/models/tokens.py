"""The secrets with which programs work: of a person in a role, or of a body."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from foedera.platform.access.roles import Role

from .people import Duty, Person


class Token(models.Model):
    """A secret with which a program works as a person in one duty; only its digest is kept."""

    duty = models.ForeignKey(Duty, models.CASCADE, related_name="tokens")
    name = models.CharField(_("Name"), max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    reads_only = models.BooleanField(_("Reads only"), default=True)
    created_at = models.DateTimeField(_("Created"), db_default=Now())
    expires_on = models.DateField(_("Expires on"))
    revoked_at = models.DateTimeField(_("Revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("Last used"), null=True, blank=True)

    untracked = True


class ServiceToken(models.Model):
    """A secret with which a program works as a body in one role; it outlives whoever made it. Only its digest is kept."""

    body = models.ForeignKey(settings.FOEDERA_BODY_MODEL, models.PROTECT, related_name="+", verbose_name=_("Body"))
    role = models.CharField(_("Role"), max_length=24, choices=Role.choices)
    name = models.CharField(_("Name"), max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    reads_only = models.BooleanField(_("Reads only"), default=True)
    # Names of record types, as in the addresses of the API; none: all of them.
    record_types = ArrayField(models.CharField(max_length=40), verbose_name=_("Records"), default=list, blank=True)
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("Made by"))
    created_at = models.DateTimeField(_("Created"), db_default=Now())
    expires_on = models.DateField(_("Expires on"))
    revoked_at = models.DateTimeField(_("Revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("Last used"), null=True, blank=True)

    # Its digest must not stand in the history; actions on tokens are recorded by name.
    untracked = True

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="accounts_servicetoken_role",
                condition=Q(role__in=[r.value for r in Role if r not in (Role.ADMINISTRATOR, Role.PUBLIC)]),
            ),
        ]

    def __str__(self) -> str:
        return self.name
