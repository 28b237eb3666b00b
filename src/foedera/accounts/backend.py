"""Sign-in past the fence: before anybody is signed in the database shows nobody's account."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest
from django.utils import timezone

from foedera.platform.access.asking import ARRIVING, NOBODY, arriving, ask_as, current, is_asked

from .queries import person_of_login, person_of_session


class FencedBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth carries no types
    """allauth's sign-in; the database is told whose login was typed, and shows that account alone."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> Any:
        """The person with these credentials; None for wrong ones."""
        before = current()
        if before is None or not is_asked():
            return super().authenticate(request, **credentials)
        key = person_of_login(str(credentials.get("username") or ""))
        ask_as(arriving(key, timezone.localdate()) if key is not None else NOBODY)
        found = super().authenticate(request, **credentials)
        if found is None or before.person == str(key):
            # Wrong, or the same person once more, who goes on in his role.
            ask_as(before)
        return found

    def get_user(self, user_id: Any) -> Any:
        """The person of a session; None when there is none any more."""
        asker = current()
        if asker is not None and not asker.person and asker.role in ("", ARRIVING):
            ask_as(arriving(int(user_id), timezone.localdate()))
        return person_of_session(int(user_id))
