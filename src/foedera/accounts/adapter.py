"""Sign-in by accounts that the ministry made: nobody signs up, failures lock, second factors are kept encrypted."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, _build_apps_from_settings
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from foedera.platform.access.asking import ARRIVING, arriving, ask_as, current
from foedera.platform.actions.errors import Invalid
from foedera.platform.pages.failures import failure_page
from foedera.platform.pages.shapes import Link
from foedera.platform.pages.views import render_page

from .actions import count_failure, forget_failures, make_known_outside
from .confirming import locked_in_words, minutes_left
from .queries import person_outside


def sends_mail() -> bool:
    """Whether this register has a mail server."""
    return bool(getattr(settings, "FOEDERA_MAIL_FROM", "") and settings.EMAIL_HOST)


class ClosedAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth carries no types
    """allauth with sign-up closed and a lock for each login, kept in the database for all processes."""

    def is_open_for_signup(self, request: Any) -> bool:
        """Accounts are made by an administrator."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Raises ValidationError while the login is locked, whatever the password."""
        minutes = minutes_left(str(credentials.get("username", "")))
        if minutes:
            raise ValidationError(locked_in_words(minutes), code="locked")
        super().pre_authenticate(request, **credentials)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Count it, whether somebody has this login or not."""
        count_failure(str(credentials.get("username", "")))

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """As allauth; a success forgets the failures before it."""
        person = super().authenticate(request, **credentials)
        if person is not None:
            forget_failures(str(credentials.get("username", "")))
        return person

    def login(self, request: HttpRequest, user: Any) -> None:
        """As allauth; from now on the database shows this person's account, whichever way he was recognised."""
        ask_as(arriving(user.pk, timezone.localdate()))
        super().login(request, user)

    def set_password(self, user: Any, password: str) -> None:
        """As allauth; whoever has not signed in has come by the letter that was sent to this person, and asks as that person."""
        asker = current()
        if asker is not None and asker.role == ARRIVING and not asker.person:
            ask_as(arriving(user.pk, timezone.localdate()))
        super().set_password(user, password)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Nothing is sent where there is no mail server."""
        if sends_mail() and email:
            super().send_mail(template_prefix, email, context)

    def send_notification_mail(self, template_prefix: str, user: Any, context: Any = None, email: Any = None) -> None:
        """Notices are the work of the platform's notices; allauth sends none of its own."""


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth carries no types
    """Secrets of second factors encrypted with a key that follows from the secret key, which is not in the database."""

    def encrypt(self, text: str) -> str:
        """The text as it is kept."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The text that was kept. Raises ValidationError when the secret key has changed since."""
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken as error:
            raise ValidationError(
                _("The second factor was kept with another secret key; ask your administrator.")
            ) from error

    def get_totp_label(self, user: Any) -> str:
        """The login, which is unique; people may have no address for mail."""
        return str(user.login)

    def _get_user_identifier(self, user: Any) -> str:
        return str(user.login)


def _cipher() -> Fernet:
    key = hashlib.sha256(b"second factors of foedera\x00" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


class MinistryAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth carries no types
    """Sign-in at the ministry's identity provider: people are matched by their identifier there, never by name or mail."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Whoever is not known has been refused before, or made without any role."""
        return False

    def list_apps(self, request: Any, provider: str | None = None, client_id: str | None = None) -> list[Any]:
        """The providers of the settings; none is kept in the database, where somebody might add one."""
        found = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for apps in found.values() for app in apps]

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Find the person of an identifier, or make one where that is allowed; else refuse in words."""
        identifier = str(sociallogin.account.uid)
        person = person_outside(identifier)
        provider = settings.FOEDERA_IDENTITY_PROVIDER
        if person is None and provider is not None and provider.create:
            claims = sociallogin.account.get_provider_account().get_user_data() or {}
            try:
                person = make_known_outside(identifier=identifier, claims=claims)
            except Invalid:
                person = None
        if person is None:
            words = _(
                "You are known to the identity provider, but nobody has entered you here. Tell your administrator:"
            )
            links = (Link(_("To the sign-in"), settings.ACCOUNT_LOGOUT_REDIRECT_URL),)
            page = failure_page(403, text=f"{words} {identifier}", links=links)
            raise ImmediateHttpResponse(render_page(request, page))
        if sociallogin.is_existing and sociallogin.user.pk != person.pk:
            # The identifier was given to somebody else meanwhile: what was linked before is not believed.
            sociallogin.account.delete()
            sociallogin.account.pk = None
        if not sociallogin.is_existing or sociallogin.user.pk != person.pk:
            sociallogin.connect(request, person)
