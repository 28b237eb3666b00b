"""Who somebody is on a day: the duties held and the actor that follows from one of them."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor, territories_of
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import NotFound, invalid

from .models import Duty, Person, Token


@dataclass(frozen=True, slots=True)
class SignIn:
    """A demonstration sign-in: for whom, with what."""

    name: str
    login: str
    password: str
    role: str


def duties_on(person_id: int, day: datetime.date) -> QuerySet[Duty]:
    """The duties that the person holds on that day, with their bodies."""
    return (
        Duty.objects.filter(person_id=person_id, valid_from__lte=day)
        .filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day))
        .select_related("body", "person")
        .order_by("id")
    )


def body_name(body: Any, language: str) -> str:
    """The name of a body in a language, else its own name."""
    return str(body.names.get(language) or body.name)


def actor_of(
    duty: Duty, *, language: str, channel: str, request_id: str = "", duties: tuple[tuple[int, str], ...] = ()
) -> Actor:
    """The actor that a duty makes of a person today."""
    today = timezone.localdate()
    territories = territories_of(duty.body_id, today, language)
    return Actor(
        person_id=duty.person_id,
        name=duty.person.name,
        role=Role(duty.role),
        duty_id=duty.id,
        body_id=duty.body_id,
        body_name=body_name(duty.body, language),
        own_territories=territories.own,
        partner_states=territories.partners,
        territory_names=territories.names,
        today=today,
        as_of=today,
        channel=channel,
        language=language,
        request_id=request_id,
        duties=duties,
    )


def actor_of_duty(duty_id: int, language: str) -> Actor | None:
    """The actor that background work acts for: of a duty that still holds, of a person who may still sign in; else None."""
    today = timezone.localdate()
    duty = (
        Duty.objects.filter(pk=duty_id, valid_from__lte=today, person__is_active=True)
        .filter(Q(valid_until__isnull=True) | Q(valid_until__gte=today))
        .select_related("body", "person")
        .first()
    )
    return actor_of(duty, language=language, channel="job") if duty is not None else None


def token_digest(secret: str) -> str:
    """The digest under which a token is kept; tokens are long and random, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def duty_of_token(secret: str, day: datetime.date) -> tuple[Duty, bool] | None:
    """The duty a token works in and whether it may only read; None for an unknown, expired or revoked one."""
    token = (
        Token.objects.filter(digest=token_digest(secret), expires_on__gte=day, revoked_at__isnull=True)
        .filter(duty__valid_from__lte=day, duty__person__is_active=True)
        .filter(Q(duty__valid_until__isnull=True) | Q(duty__valid_until__gte=day))
        .select_related("duty__person", "duty__body")
        .first()
    )
    return (token.duty, token.reads_only) if token else None


def administrators() -> QuerySet[Person]:
    """People who hold the administrator's role."""
    return Person.objects.filter(duties__role=Role.ADMINISTRATOR).distinct()


def tokens_of(person_id: int) -> list[Token]:
    """The tokens of a person, newest first."""
    return list(Token.objects.filter(duty__person=person_id).select_related("duty__body").order_by("-id"))


def actor_of_secret(secret: str, request_id: str) -> tuple[Actor, bool] | None:
    """The actor in whose duty a token works, and whether it only reads; None for an unknown one."""
    found = duty_of_token(secret, timezone.localdate())
    if found is None:
        return None
    duty, reads_only = found
    language = duty.person.language or "en"
    return actor_of(duty, language=language, channel="api", request_id=request_id), reads_only


def body_for_administrator() -> int:
    """The body in which the first administrator works: the ministry. Raises LookupError when the directory holds none."""
    body = apps.get_model("directory", "Body")._default_manager.filter(kind="ministry").order_by("id").first()
    if body is None:
        raise LookupError("the directory holds no ministry; load a country profile first")
    return int(body.pk)


def people() -> list[tuple[Person, list[Duty]]]:
    """Everyone with the duties held today, by name."""
    today = timezone.localdate()
    held: dict[int, list[Duty]] = {}
    current = Duty.objects.filter(valid_from__lte=today).filter(Q(valid_until__isnull=True) | Q(valid_until__gte=today))
    for duty in current.select_related("body").order_by("id"):
        held.setdefault(duty.person_id, []).append(duty)
    return [(person, held.get(person.pk, [])) for person in Person.objects.order_by("name", "id")]


def person_by_id(key: int) -> Person:
    """The person with that id. Raises NotFound."""
    person = Person.objects.filter(pk=key).first()
    if person is None:
        raise NotFound()
    return person


def duties_of_person(key: int) -> list[Duty]:
    """All duties that the person ever held, newest first."""
    return list(Duty.objects.filter(person=key).select_related("body").order_by("-valid_from", "-id"))


def body_by_number(text: str) -> int:
    """The id of the body with that number or code. Raises Invalid at the field "body"."""
    model = apps.get_model("directory", "Body")
    found = model._default_manager.filter(Q(number=text.strip().upper()) | Q(code=text.strip())).first()
    if found is None:
        raise invalid("body", _("“%(value)s” was not found.") % {"value": text})
    return int(found.pk)
