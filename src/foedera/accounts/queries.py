"""Who somebody is on a day: the duties held and the actor that follows from one of them."""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.types.numeric import Int8

from foedera.platform.access.actors import Actor, territories_of
from foedera.platform.access.asking import arriving, arriving_for, ask_as, is_asked
from foedera.platform.access.database.preparing import prepared_cursor
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import NotFound, invalid
from foedera.platform.lists import composing
from foedera.platform.lists.description import record_types
from foedera.platform.records.models import Publicity, Record

from .models import AccessEntry, Delegation, Duty, Elevation, OpenReading, Person, ServiceToken, Token


@dataclass(frozen=True, slots=True)
class SignIn:
    """A demonstration sign-in: for whom, with what."""

    name: str
    login: str
    password: str
    role: str


@dataclass(frozen=True, slots=True)
class Held:
    """A duty as far as an actor is made of it: read with these columns alone, for every request begins with it."""

    id: int
    role: str
    body_id: int
    body_name: str
    body_names: dict[str, str]
    person_id: int
    person_name: str
    person_language: str

    @classmethod
    def of(cls, duty: Duty) -> Held:
        """The same of a model."""
        body, person = duty.body, duty.person
        return cls(duty.id, duty.role, duty.body_id, body.name, body.names, person.pk, person.name, person.language)

    def body_in(self, language: str) -> str:
        """The name of the body in a language, else its own name."""
        return str(self.body_names.get(language) or self.body_name)


_HELD = """
SELECT d.id, d.role, d.body_id, b.name, b.names::text, p.id, p.name, p.language{more}
FROM accounts_duty d
JOIN accounts_person p ON p.id = d.person_id
JOIN {bodies} b ON b.id = d.body_id
{tokens}
WHERE d.valid_from <= %(day)s AND (d.valid_until IS NULL OR d.valid_until >= %(day)s) AND p.is_active AND {condition}
ORDER BY {order}d.id
"""


@cache
def _held_statement(condition: str, tokens: str = "", more: str = "", order: str = "") -> str:
    bodies = apps.get_model(settings.FOEDERA_BODY_MODEL)._meta.db_table
    return _HELD.format(condition=condition, tokens=tokens, more=more, order=order, bodies=bodies)


def _held(statement: str, **values: Any) -> list[tuple[Held, tuple[Any, ...]]]:
    with prepared_cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    return [(Held(r[0], r[1], r[2], r[3], orjson.loads(r[4]), r[5], r[6], r[7]), r[8:]) for r in rows]


_LENT = """
(d.person_id = %(person)s OR d.id IN (
    SELECT l.duty_id FROM accounts_delegation l
    WHERE l.person_id = %(person)s AND l.valid_from <= %(day)s AND l.valid_until >= %(day)s AND l.revoked_at IS NULL))
"""


def duties_on(person_id: int, day: datetime.date) -> list[Held]:
    """The duties that the person holds on that day, and those that are lent to him; his own first.

    None of people who may no longer sign in.
    """
    statement = _held_statement(_LENT, order="d.person_id <> %(person)s, ")
    return [held for held, _rest in _held(statement, person=Int8(person_id), day=day)]


def person_of_session(key: int) -> Person | None:
    """The person of that key, who may still sign in."""
    found = composing.loaded(
        ("person",), Person, lambda: Person.objects.filter(pk=composing.A_NUMBER, is_active=True), key
    )
    return found[0] if found else None


def body_name(body: Any, language: str) -> str:
    """The name of a body in a language, else its own name."""
    return str(body.names.get(language) or body.name)


def actor_of(
    duty: Duty | Held,
    *,
    language: str,
    channel: str,
    request_id: str = "",
    duties: tuple[tuple[int, str], ...] = (),
    person: Person | None = None,
) -> Actor:
    """The actor that a duty makes of a person today; of `person` where the duty is lent to him."""
    held = Held.of(duty) if isinstance(duty, Duty) else duty
    today = timezone.localdate()
    territories = territories_of(held.body_id, today, language)
    lent = person is not None and person.pk != held.person_id
    return Actor(
        person_id=person.pk if person is not None else held.person_id,
        name=person.name if person is not None else held.person_name,
        acting_for=held.person_name if lent else "",
        role=Role(held.role),
        duty_id=held.id,
        body_id=held.body_id,
        body_name=held.body_in(language),
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


def actor_of_duty(duty_id: int, language: str, person_id: int | None = None) -> Actor | None:
    """The actor that background work acts for: of a duty that still holds, of a person who may still sign in; else None.

    `person_id` is who asked for the work, where the duty may have been lent to him; without it, who holds the duty.
    """
    today = timezone.localdate()
    duty = (
        Duty.objects.filter(pk=duty_id, valid_from__lte=today, person__is_active=True)
        .filter(Q(valid_until__isnull=True) | Q(valid_until__gte=today))
        .select_related("body", "person")
        .first()
    )
    if duty is None:
        return None
    person = duty.person
    if person_id is not None and person_id != duty.person_id:
        lent = Delegation.objects.filter(
            duty=duty, person_id=person_id, valid_from__lte=today, valid_until__gte=today, revoked_at__isnull=True
        )
        borrower = lent.filter(person__is_active=True).select_related("person").first()
        if borrower is None:
            return None
        person = borrower.person
    return actor_of(duty, language=language, channel="job", person=person)


SERVICE_PREFIX = "foedera_service_"


def token_digest(secret: str) -> str:
    """The digest under which a token is kept; tokens are long and random, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def duty_of_token(secret: str, day: datetime.date) -> tuple[Held, bool] | None:
    """The duty a token works in and whether it may only read; None for an unknown, expired or revoked one.

    That it was used is noted, once a minute at most.
    """
    statement = _held_statement(
        "t.digest = %(digest)s AND t.expires_on >= %(day)s AND t.revoked_at IS NULL",
        tokens="JOIN accounts_token t ON t.duty_id = d.id",
        more=", t.reads_only, t.id, t.last_used_at",
    )
    found = _held(statement, digest=token_digest(secret), day=day)
    if not found:
        return None
    held, (reads_only, key, last_used_at) = found[0]
    note_use(Token, key, last_used_at)
    return held, bool(reads_only)


# A busy program must not write at every request only to say that it was here.
USE_IS_NOTED_EVERY = datetime.timedelta(minutes=1)


def note_use(kind: type[Token | ServiceToken], key: int, last_used_at: datetime.datetime | None) -> None:
    """Keep when a token was last used."""
    now = timezone.now()
    if last_used_at is None or now - last_used_at > USE_IS_NOTED_EVERY:
        kind._default_manager.filter(pk=key).update(last_used_at=now)


def administrators() -> QuerySet[Person]:
    """People who hold the administrator's role."""
    return Person.objects.filter(duties__role=Role.ADMINISTRATOR).distinct()


def tokens_of(person_id: int) -> list[Token]:
    """The tokens of a person, newest first."""
    return list(Token.objects.filter(duty__person=person_id).select_related("duty__body").order_by("-id"))


def person_of_login(login: str) -> int | None:
    """The id of whoever has that login, whatever its case; None when nobody has."""
    return _found("SELECT foedera_person_of_login(%s)", login.replace("\x00", ""))


def _found(statement: str, key: str) -> int | None:
    with prepared_cursor() as cursor:
        cursor.execute(statement, [key])
        found: int | None = cursor.fetchone()[0]
        return found


def actor_of_secret(secret: str, request_id: str) -> tuple[Actor, bool] | None:
    """The actor in whose duty a token works, and whether it only reads; None for an unknown one."""
    if secret.startswith(SERVICE_PREFIX):
        return actor_of_service(secret, request_id)
    if is_asked():
        person = _found("SELECT foedera_person_of_token(%s)", token_digest(secret))
        if person is None:
            return None
        ask_as(arriving(person, timezone.localdate()))
    found = duty_of_token(secret, timezone.localdate())
    if found is None or found[0].role == Role.ADMINISTRATOR:
        return None
    duty, reads_only = found
    language = duty.person_language or "en"
    return actor_of(duty, language=language, channel="api", request_id=request_id), reads_only


def actor_of_service(secret: str, request_id: str) -> tuple[Actor, bool] | None:
    """The body as an actor through one of its tokens, and whether it only reads; None for an unknown, expired or revoked one."""
    today = timezone.localdate()
    if is_asked():
        body = _found("SELECT foedera_body_of_token(%s)", token_digest(secret))
        if body is None:
            return None
        ask_as(arriving_for(body, today))
    token = (
        ServiceToken.objects.filter(digest=token_digest(secret), expires_on__gte=today, revoked_at__isnull=True)
        .select_related("body")
        .first()
    )
    if token is None:
        return None
    note_use(ServiceToken, token.pk, token.last_used_at)
    language = "en"
    territories = territories_of(token.body_id, today, language)
    actor = Actor(
        person_id=None,
        name=f"{token.name} ({body_name(token.body, language)})",
        role=Role(token.role),
        body_id=token.body_id,
        body_name=body_name(token.body, language),
        own_territories=territories.own,
        partner_states=territories.partners,
        territory_names=territories.names,
        today=today,
        as_of=today,
        channel="api",
        language=language,
        request_id=request_id,
        service_id=token.pk,
        record_types=frozenset(token.record_types) or None,
    )
    return actor, token.reads_only


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


def colleagues(actor: Actor) -> list[tuple[int, str]]:
    """Ids and names of the people who hold a role in the actor's body today, by name."""
    held = Duty.objects.filter(body=actor.body_id, body__isnull=False, person__is_active=True)
    held = held.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=actor.today), valid_from__lte=actor.today)
    return list(Person.objects.filter(pk__in=held.values("person")).order_by("name", "id").values_list("pk", "name"))


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


# -------------------------------------------------------------------------------------- what is switched on for a time


def live_elevation(key: Any, person_id: int, duty_id: int | None) -> Elevation | None:
    """The switched-on session with that id, if it is this person's in this role and still runs."""
    if not isinstance(key, int) or duty_id is None:
        return None
    return Elevation.objects.filter(
        pk=key,
        duty_id=duty_id,
        duty__person_id=person_id,
        ended_at__isnull=True,
        until__gt=timezone.now(),
    ).first()


def elevations(actor: Actor) -> QuerySet[Elevation]:
    """Administrators' sessions, newest first: all for oversight, the centre and a switched-on administrator, else one's own."""
    rows = Elevation.objects.select_related("duty__person", "duty__body").order_by("-id")
    if actor.role in (Role.ADMINISTRATOR, Role.AUDITOR, Role.COORDINATOR):
        return rows
    return rows.filter(duty__person_id=actor.person_id) if actor.person_id is not None else rows.none()


def requests_of(elevation: Elevation) -> QuerySet[AccessEntry]:
    """What was asked for in an administrator's session, newest first."""
    return AccessEntry.objects.filter(elevation=elevation).order_by("-id")


def restricted_record(number: str) -> Any:
    """The restricted record of that number, whosever it is; None when there is none. Only for opening it with a reason."""
    wanted = number.strip().upper()
    if "\x00" in wanted:
        return None
    for kind in record_types():
        if issubclass(kind.model, Record) and is_asked():
            with connection.cursor() as cursor:
                cursor.execute("SELECT * FROM foedera_restricted_record(%s, %s)", [kind.model._meta.db_table, wanted])
                row = cursor.fetchone()
            if row is not None:
                return kind.model.from_db(None, ["id", "owner_id", "number"], row)
        elif issubclass(kind.model, Record):
            found = kind.model._default_manager.filter(
                publicity=Publicity.RESTRICTED, **{kind.by_number: wanted}
            ).first()
            if found is not None:
                return found
    return None


def readings(actor: Actor) -> QuerySet[OpenReading]:
    """Opened readings, newest first: all for the coordinator and the auditor, else one's own and those of records of one's body."""
    rows = OpenReading.objects.select_related("person", "owner", "duty__body").order_by("-id")
    if actor.role in (Role.COORDINATOR, Role.AUDITOR):
        return rows
    if actor.is_public or actor.person_id is None:
        return rows.none()
    return rows.filter(Q(person_id=actor.person_id) | Q(owner_id=actor.body_id, owner__isnull=False))


def opened_keys(actor: Actor, table: str) -> QuerySet[OpenReading, int]:
    """Ids of the records of a table that the actor may read for a time, as a subquery; the time is told by the database."""
    if actor.person_id is None or actor.duty_id is None:
        return OpenReading.objects.none().values_list("record_id", flat=True)
    return OpenReading.objects.filter(
        person_id=actor.person_id,
        duty_id=actor.duty_id,
        table_name=table,
        valid_from__lte=Now(),
        valid_until__gt=Now(),
        ended_at__isnull=True,
    ).values_list("record_id", flat=True)


def delegations_of(person_id: int) -> list[Delegation]:
    """The roles that a person has lent or has been lent, newest first."""
    return list(
        Delegation.objects.filter(Q(duty__person_id=person_id) | Q(person_id=person_id))
        .select_related("duty__body", "duty__person", "person")
        .order_by("-valid_from", "-id")
    )


def all_delegations() -> list[Delegation]:
    """Every role that was lent, newest first; for whoever runs the machine."""
    return list(
        Delegation.objects.select_related("duty__person", "duty__body", "person").order_by("-valid_from", "-id")
    )


def actor_of_login(login: str, role: Role | None = None) -> Actor | None:
    """The actor of a person's first own duty today, or of the first in a role; an administrator's is never one. None without any."""
    person = Person.objects.filter(login__iexact=login, is_active=True).first()
    if person is None:
        return None
    held = [
        duty
        for duty in duties_on(person.pk, timezone.localdate())
        if duty.person_id == person.pk and duty.role != Role.ADMINISTRATOR and role in (None, duty.role)
    ]
    duty = held[0] if held else None
    return actor_of(duty, language=person.language or "en", channel="command") if duty is not None else None


def runs_the_machine(actor: Actor) -> bool:
    """Whether the actor is the command line, whose user could do all of it in the database."""
    return actor.channel == "command" and actor.person_id is None and not actor.is_public


def service_tokens(actor: Actor) -> list[ServiceToken]:
    """The tokens of the actor's body, newest first; of every body for a switched-on administrator and the auditor."""
    rows = ServiceToken.objects.select_related("body", "made_by").order_by("-id")
    if actor.role not in (Role.ADMINISTRATOR, Role.AUDITOR) and not runs_the_machine(actor):
        rows = rows.filter(body_id=actor.body_id) if actor.body_id is not None else rows.none()
    return list(rows)


def person_outside(identifier: str) -> Person | None:
    """The person with that identifier at the identity provider, if somebody has it."""
    return Person.objects.filter(external_id=identifier).first() if identifier else None


def sessions_of(person: Person) -> list[UserSession]:
    """The sessions in which a person is signed in, last used first; those that ended are forgotten."""
    found = UserSession.objects.purge_and_list(person)
    return sorted(found, key=lambda session: session.last_seen_at, reverse=True)


def address_of(request: HttpRequest) -> str | None:
    """The network address that a request comes from, as the trusted proxy tells it; None when it is none."""
    text = str(get_adapter(request).get_client_ip(request) or "")
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
