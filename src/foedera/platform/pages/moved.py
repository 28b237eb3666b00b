"""Where the address of a record that was merged into another leads."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest

from foedera.platform.access.actors import Actor

Finder = Callable[[str, Actor], str]
_find: Finder | None = None


def find_moved_with(finder: Finder) -> None:
    """Name the function that tells the number of the record into which another was merged, for an actor; empty when there is none."""
    global _find
    _find = finder


def moved_address(request: HttpRequest, actor: Actor) -> str:
    """The same address with the number of the record that stayed; empty where nothing was merged."""
    match = request.resolver_match
    number = str(match.kwargs.get("number", "")) if match is not None else ""
    if _find is None or not number or request.method not in ("GET", "HEAD") or "\x00" in number:
        return ""
    stays = _find(number, actor)
    return request.get_full_path().replace(f"/{number}", f"/{stays}", 1) if stays else ""
