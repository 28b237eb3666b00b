"""Asking a person who is signed in for password or second factor again, before something weighty."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from . import second_factor
from .actions import count_failure, forget_failures, locked_until
from .models import Person


def minutes_left(login: str) -> int:
    """For how many minutes (rounded up) the login is locked after failed attempts; 0 when it is not."""
    until = locked_until(login)
    return 0 if until is None else int((until - timezone.now()).total_seconds() // 60) + 1


def locked_in_words(minutes: int) -> str:
    """The message for a login that is locked."""
    return ngettext(
        "Too many attempts failed. Try again in %(minutes)d minute, or ask your administrator.",
        "Too many attempts failed. Try again in %(minutes)d minutes, or ask your administrator.",
        minutes,
    ) % {"minutes": minutes}


def fault_of_proof(request: HttpRequest, secret: str) -> str | Promise:
    """What is wrong with a password or code that is given again; empty words when it is right. Failures count towards the lock.

    Nothing need be given by who has just proved by a passkey that it is him; that is good for one step.
    """
    person = request.user
    assert isinstance(person, Person)
    minutes = minutes_left(person.login)
    if minutes:
        return locked_in_words(minutes)
    if not secret and second_factor.just_proved(request):
        second_factor.use_proof(request)
        return ""
    if not secret:
        return _("Give your password, or the code of your authenticator.")
    if "\x00" not in secret and (person.check_password(secret) or second_factor.is_code_of(person, secret.strip())):
        forget_failures(person.login)
        return ""
    count_failure(person.login)
    return _("This is not right.")
