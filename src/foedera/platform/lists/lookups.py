"""Finding what a reference may name while it is typed: a room registers a finder for each kind of thing."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, JsonResponse

from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import NotFound

# For whom, and the words typed; gives the value to enter and the label to recognise it by.
Finder = Callable[[Actor, str], list[tuple[str, str]]]
_finders: dict[str, Finder] = {}


def register(name: str, finder: Finder) -> None:
    """Set the finder of a kind of thing."""
    _finders[name] = finder


def found_by(name: str, actor: Actor, words: str) -> list[tuple[str, str]]:
    """What fits the words among a kind of thing, for an actor; nothing of a kind for which nobody registered."""
    return _finders[name](actor, words) if name in _finders else []


def lookup(request: HttpRequest, name: str) -> JsonResponse:
    """Up to twenty things that fit the words typed, as [{"value", "label"}]. Raises NotFound for another kind."""
    if name not in _finders:
        raise NotFound()
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    found = found_by(name, actor_of(request), words) if len(words) > 1 else []
    return JsonResponse([{"value": value, "label": label} for value, label in found[:20]], safe=False)
