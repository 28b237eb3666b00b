"""Bearer tokens of the API. The accounts room knows whose they are and names its finder here."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest

from foedera.platform.access.actors import Actor

# Returns the actor of a secret (request id given) and whether the token only reads; None for an unknown one.
TokenFinder = Callable[[str, str], tuple[Actor, bool] | None]
_finder: TokenFinder | None = None


def find_tokens_with(finder: TokenFinder) -> None:
    """Name the function that finds the actor of a token."""
    global _finder
    _finder = finder


def actor_of_token(request: HttpRequest) -> tuple[Actor, bool] | None:
    """The actor of the request's bearer token; None when there is no token header. Raises PermissionError for a bad one."""
    header = request.headers.get("Authorization", "")
    if not header:
        return None
    scheme, _space, secret = header.partition(" ")
    if scheme.lower() != "bearer" or not secret or _finder is None:
        raise PermissionError
    found = _finder(secret.strip(), str(getattr(request, "request_id", "")))
    if found is None:
        raise PermissionError
    return found
