"""The entries of the navigation; each room registers its own, and each reader sees those of use to him."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from foedera.platform.access.actors import Actor

from .addresses import address
from .frame import NavigationEntry
from .shapes import Text


def _everyone(_actor: Actor) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Entry:
    """A job in the navigation: its place in the order, its address by name, and for whom it is."""

    position: int
    label: Text
    url_name: str
    icon: str
    visible: Callable[[Actor], bool] = _everyone


_entries: list[Entry] = []


def register(entry: Entry) -> None:
    """Add an entry to the navigation."""
    _entries.append(entry)
    _entries.sort(key=lambda e: e.position)


def entries_for(request: HttpRequest, actor: Actor) -> tuple[NavigationEntry, ...]:
    """The entries that the actor may use, the present one marked."""
    shown = []
    for entry in _entries:
        if entry.visible(actor):
            url = address(entry.url_name)
            here = request.path == url or (url != "/" and request.path.startswith(url))
            shown.append(NavigationEntry(entry.label, at_day(request, url), entry.icon, here))
    return tuple(shown)


def at_day(request: HttpRequest, url: str) -> str:
    """An address with the day and instant that the present one looks at, so that a walk through the past stays in it."""
    kept = {name: request.GET[name] for name in ("as_of", "known_at") if request.GET.get(name)}
    if not kept:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(kept)}"


InboxCounter = Callable[[Actor], int]
_inbox: tuple[InboxCounter, str] | None = None


def count_inbox_with(counter: InboxCounter, url_name: str) -> None:
    """Name the function that counts what waits to be read, and the address of the inbox by name."""
    global _inbox
    _inbox = (counter, url_name)


def inbox_for(actor: Actor) -> tuple[str, int | None]:
    """The address of the actor's inbox and how much waits there; ("", None) for somebody who has none.

    It is counted when it is first shown: an answer without a frame asks nothing.
    """
    if _inbox is None or actor.person_id is None:
        return "", None
    counter, url_name = _inbox
    return reverse(url_name), SimpleLazyObject(lambda: counter(actor))  # type: ignore[return-value]  # stands for the number
