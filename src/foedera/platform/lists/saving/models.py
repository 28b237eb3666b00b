"""Views kept by name, and which of them a list opens with."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from foedera.platform.access.roles import Role


class Audience(models.TextChoices):
    """Who finds a view among his own."""

    MINE = "mine", _("Only me")
    BODY = "body", _("My body")
    EVERYONE = "everyone", _("Everyone who signs in")


class SavedView(models.Model):
    """A view of a list under a name. `query` is the query string of its address, without a place in it and without a day."""

    kind = models.CharField(_("List"), max_length=40)
    name = models.CharField(_("Name"), max_length=80)
    query = models.TextField(_("View"), blank=True, default="", max_length=8000)
    audience = models.CharField(_("For whom"), max_length=8, choices=Audience.choices, default=Audience.MINE)
    person_id = models.BigIntegerField(_("Made by"), null=True, blank=True)
    body_id = models.BigIntegerField(_("Body"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, db_default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="platform_lists_view_audience",
                condition=Q(audience=Audience.MINE, person_id__isnull=False)
                | Q(audience=Audience.BODY, body_id__isnull=False)
                | Q(audience=Audience.EVERYONE),
            ),
            models.UniqueConstraint(
                fields=["kind", "name", "person_id"],
                condition=Q(audience=Audience.MINE),
                name="platform_lists_view_mine",
            ),
            models.UniqueConstraint(
                fields=["kind", "name", "body_id"], condition=Q(audience=Audience.BODY), name="platform_lists_view_body"
            ),
            models.UniqueConstraint(
                fields=["kind", "name"], condition=Q(audience=Audience.EVERYONE), name="platform_lists_view_everyone"
            ),
        ]
        indexes = [models.Index(fields=["kind"], name="platform_lists_view_kind")]

    def __str__(self) -> str:
        return self.name


class FirstView(models.Model):
    """The view with which a list opens: for a person, or for everyone in a role who has not chosen one."""

    kind = models.CharField(_("List"), max_length=40)
    view = models.ForeignKey(SavedView, models.CASCADE, related_name="first_for")
    person_id = models.BigIntegerField(_("Person"), null=True)
    role = models.CharField(_("Role"), max_length=20, blank=True, default="", choices=Role.choices)

    history_subject = "view"

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="platform_lists_first_view_whose",
                condition=Q(person_id__isnull=True, role__in=Role.values) | Q(person_id__isnull=False, role=""),
            ),
            models.UniqueConstraint(
                fields=["kind", "person_id"],
                condition=Q(person_id__isnull=False),
                name="platform_lists_first_view_person",
            ),
            models.UniqueConstraint(
                fields=["kind", "role"], condition=~Q(role=""), name="platform_lists_first_view_role"
            ),
        ]
