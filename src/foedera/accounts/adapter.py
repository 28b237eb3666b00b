"""Sign-in by accounts that the ministry made; nobody signs up."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter


class ClosedAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth carries no types
    """allauth with sign-up closed."""

    def is_open_for_signup(self, request: Any) -> bool:
        """Accounts are made by an administrator."""
        return False
