"""People and their duties. Passwords never stand in the history."""

from __future__ import annotations

import datetime
import re
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor, system
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Invalid, NotFound, Problem, invalid
from foedera.platform.history.recording import record_action

from ..models import Duty, Person


def make_person(
    *,
    actor: Actor,
    login: str,
    name: str,
    password: str,
    email: str = "",
    language: str = "",
    external_id: str = "",
    synthetic: bool = False,
) -> Person:
    """A person who may sign in. Raises Invalid for a weak password, a login or an identifier that is taken.

    Without a password he signs in at the identity provider only, and then needs an identifier there.
    """
    person = Person(
        login=login, name=name, email=email, language=language, external_id=external_id, is_synthetic=synthetic
    )
    for field, text in (("login", login), ("name", name), ("email", email), ("external_id", external_id)):
        if "\x00" in text:
            raise invalid(field, _("The text holds a character that cannot be stored."))
    if Person.objects.filter(login__iexact=login).exists():
        raise invalid("login", _("This login is taken."))
    if external_id and Person.objects.filter(external_id=external_id).exists():
        raise invalid("external_id", _("Somebody else has this identifier."))
    if password or not external_id:
        _check_password(password, person)
        person.set_password(password)
    else:
        person.set_unusable_password()
    try:
        person.full_clean(exclude=["password"])
    except ValidationError as error:
        raise Invalid(
            [Problem(field, message) for field, messages in error.message_dict.items() for message in messages]
        ) from error
    with transaction.atomic():
        record_action("accounts.make_person", actor, name)
        person.save()
    return person


def give_duty(
    *,
    actor: Actor,
    person: Person,
    role: Role,
    body_id: int,
    valid_from: datetime.date,
    valid_until: datetime.date | None = None,
) -> Duty:
    """The person holds the role in the body from that day on. Raises Invalid when he does already, or ends before it begins."""
    if valid_until is not None and valid_until < valid_from:
        raise invalid("valid_until", _("The last day lies before the first."))
    try:
        with transaction.atomic():
            record_action("accounts.give_duty", actor)
            return Duty.objects.create(
                person=person, role=role, body_id=body_id, valid_from=valid_from, valid_until=valid_until
            )
    except IntegrityError as error:
        raise invalid("role", _("The person holds this role in this body then already.")) from error


def end_duty(*, actor: Actor, person: Person, key: int, last_day: datetime.date) -> None:
    """The person holds the role until that day. Raises NotFound when it is not his, Invalid for a day before its first."""
    with transaction.atomic():
        record_action("accounts.end_duty", actor)
        duty = Duty.objects.select_for_update().filter(pk=key, person=person).first()
        if duty is None:
            raise NotFound()
        if last_day < duty.valid_from:
            raise invalid("valid_until", _("The last day lies before the first."))
        duty.valid_until = last_day
        duty.save(update_fields=["valid_until"])


def set_password(*, actor: Actor, person: Person, password: str) -> None:
    """A new password. Raises Invalid for a weak one."""
    _check_password(password, person)
    with transaction.atomic():
        record_action("accounts.set_password", actor, person.login)
        person.set_password(password)
        person.save(update_fields=["password"])


def set_active(*, actor: Actor, person: Person, active: bool) -> None:
    """Block or unblock a person. Raises Invalid when somebody would block himself."""
    if person.pk == actor.person_id and not active:
        raise invalid("", _("You cannot block yourself."))
    with transaction.atomic():
        record_action("accounts.unblock" if active else "accounts.block", actor, person.login)
        person.is_active = active
        person.save(update_fields=["is_active"])


def make_known_outside(*, identifier: str, claims: dict[str, Any]) -> Person:
    """An account without any role for somebody whom the identity provider knows. Raises Invalid when it cannot be made."""
    taken = str(claims.get("preferred_username") or claims.get("email") or identifier)
    login = re.sub(r"[^\w.@+-]", "-", taken)[:60]
    if Person.objects.filter(login__iexact=login).exists():
        # Never taken over: whoever has this login was made by an administrator.
        login = re.sub(r"[^\w.@+-]", "-", f"{login[:40]}-{identifier}")[:60]
    actor = system(timezone.localdate(), channel="page", name="Identity provider")
    name = str(claims.get("name") or login)[:200]
    email = str(claims.get("email") or "")
    return make_person(actor=actor, login=login, name=name, password="", email=email, external_id=identifier[:191])


def set_identity(*, actor: Actor, person: Person, email: str, external_id: str) -> None:
    """The person's address for mail and identifier at the identity provider. Raises Invalid when another has the identifier."""
    for field, text in (("email", email), ("external_id", external_id)):
        if "\x00" in text:
            raise invalid(field, _("The text holds a character that cannot be stored."))
    if external_id and Person.objects.filter(external_id=external_id).exclude(pk=person.pk).exists():
        raise invalid("external_id", _("Somebody else has this identifier."))
    person.email, person.external_id = email, external_id
    try:
        person.clean_fields(exclude=["password"])
    except ValidationError as error:
        raise Invalid([Problem(field, m) for field, found in error.message_dict.items() for m in found]) from error
    with transaction.atomic():
        record_action("accounts.set_identity", actor, person.login)
        person.save(update_fields=["email", "external_id"])


def _check_password(password: str, person: Person) -> None:
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Invalid([Problem("password", message) for message in error.messages]) from error


def make_administrator(*, login: str, name: str, password: str, body_id: int) -> Person:
    """The first administrator, made from the command line. Raises Invalid as `make_person`."""
    actor = system(timezone.localdate())
    with transaction.atomic():
        person = make_person(actor=actor, login=login, name=name, password=password)
        give_duty(actor=actor, person=person, role=Role.ADMINISTRATOR, body_id=body_id, valid_from=actor.today)
        give_duty(actor=actor, person=person, role=Role.COORDINATOR, body_id=body_id, valid_from=actor.today)
    return person
