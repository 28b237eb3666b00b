"""One's notices over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Schema

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import NotFound, invalid
from foedera.platform.api.root import answer, api_actor

from . import actions, feed, queries
from .kinds import kinds_for
from .server import absolute

router = Router()
LARGEST_PAGE = 200


class NoticeOut(Schema):
    """A notice in the language of the reader."""

    id: int
    kind: str
    text: str
    number: str
    title: str
    url: str
    day: str | None
    told_at: str
    read: bool
    settled: bool


class NoticesOut(Schema):
    """Notices, newest first; `next` goes into `before` for the next page. `unread` counts up to a hundred."""

    items: list[NoticeOut]
    next: int | None
    unread: int


class MarkIn(Schema):
    """Ids of notices."""

    ids: list[int]


class ChangedOut(Schema):
    """How many notices changed."""

    changed: int


class KindOut(Schema):
    """A kind of notice and how the reader wants it by e-mail: at_once, digest or off."""

    kind: str
    label: str
    purpose: str
    way: str
    own: bool


class SettingsOut(Schema):
    """How notices are sent."""

    kinds: list[KindOut]
    hour: int


class SettingsIn(Schema):
    """What to change: kinds with their ways, the hour of the digest."""

    ways: dict[str, str] = {}
    hour: int | None = None


def reader_of(request: HttpRequest) -> Actor:
    """The actor of a person. Raises NotFound for others: they have no inbox."""
    actor = api_actor(request)
    if actor.person_id is None:
        raise NotFound()
    return actor


@router.get("/notices", response=NoticesOut, tags=["notices"], operation_id="notices_list", summary="One's notices")
def list_notices(
    request: HttpRequest, kind: str = "", unread: bool = False, before: int | None = None, limit: int = queries.PAGE
) -> HttpResponse:
    """The notices of the actor in this role."""
    actor = reader_of(request)
    if not 1 <= limit <= LARGEST_PAGE:
        raise invalid("limit", _("Enter a whole number from 1 to %(most)d.") % {"most": LARGEST_PAGE})
    if kind and kind not in {k.name for k in kinds_for(actor.role)}:
        raise invalid("kind", _("Choose one of the values offered."))
    if before is not None and not 0 <= before < 2**63:
        raise invalid("before", _("This is not a place in the list; begin at its first page."))
    found = queries.inbox(actor, kind=kind, only_unread=unread, before=before, limit=limit)
    items = [
        {
            "id": item.id,
            "kind": item.kind.name,
            "text": item.shown.text,
            "number": item.shown.number,
            "title": item.shown.title,
            "url": absolute(item.shown.url),
            "day": item.on,
            "told_at": item.told_at,
            "read": item.read,
            "settled": item.settled,
        }
        for item in found.items
    ]
    return answer({"items": items, "next": found.next, "unread": queries.unread_count(actor)})


def _keys(given: MarkIn) -> list[int]:
    return [key for key in given.ids if 0 < key < 2**63][:LARGEST_PAGE]


@router.post(
    "/notices/read", response=ChangedOut, tags=["notices"], operation_id="notices_read", summary="Mark as read"
)
def read(request: HttpRequest, given: MarkIn) -> HttpResponse:
    """Mark notices as read; others' are passed over."""
    return answer({"changed": actions.mark_read(reader_of(request), _keys(given))})


@router.post(
    "/notices/unread", response=ChangedOut, tags=["notices"], operation_id="notices_unread", summary="Mark as unread"
)
def unread(request: HttpRequest, given: MarkIn) -> HttpResponse:
    """Mark notices as unread; others' are passed over."""
    return answer({"changed": actions.mark_read(reader_of(request), _keys(given), read=False)})


@router.post(
    "/notices/read-all",
    response=ChangedOut,
    tags=["notices"],
    operation_id="notices_read_all",
    summary="Mark all as read",
)
def read_all(request: HttpRequest, kind: str = "") -> HttpResponse:
    """Mark everything that the actor sees in this role (of a kind) as read."""
    return answer({"changed": actions.mark_all_read(reader_of(request), kind=kind)})


def _settings(actor: Actor) -> dict[str, Any]:
    return {
        "kinds": [
            {
                "kind": p.kind.name,
                "label": str(p.kind.label),
                "purpose": str(p.kind.purpose),
                "way": p.way.value,
                "own": p.own,
            }
            for p in queries.preferences(actor)
        ],
        "hour": queries.digest_hour(actor),
    }


@router.get(
    "/notices/settings",
    response=SettingsOut,
    tags=["notices"],
    operation_id="notices_settings",
    summary="What is sent by e-mail, and when",
)
def read_settings(request: HttpRequest) -> HttpResponse:
    """How the actor is sent the notices of his role."""
    return answer(_settings(reader_of(request)))


@router.patch(
    "/notices/settings",
    response=SettingsOut,
    tags=["notices"],
    operation_id="notices_choose",
    summary="Choose what is sent by e-mail, and when",
)
def change_settings(request: HttpRequest, given: SettingsIn) -> HttpResponse:
    """Keep a choice."""
    actor = reader_of(request)
    actions.choose(actor, ways=given.ways, hour=given.hour)
    return answer(_settings(actor))


class CalendarOut(Schema):
    """Whether the calendar feed has an address; the address itself only in the answer that makes it."""

    valid: bool
    url: str
    made_at: str | None
    read_at: str | None


def _calendar(actor: Actor, url: str = "") -> dict[str, Any]:
    standing = feed.address_of(actor)
    return {
        "valid": standing is not None,
        "url": url,
        "made_at": standing.made_at if standing else None,
        "read_at": standing.read_at if standing else None,
    }


@router.get(
    "/calendar", response=CalendarOut, tags=["notices"], operation_id="calendar_read", summary="One's calendar feed"
)
def read_calendar(request: HttpRequest) -> HttpResponse:
    """Whether the calendar feed has an address."""
    return answer(_calendar(reader_of(request)))


@router.post(
    "/calendar", response=CalendarOut, tags=["notices"], operation_id="calendar_renew", summary="New calendar address"
)
def renew_calendar(request: HttpRequest) -> HttpResponse:
    """Give the feed a new address; the one before leads nowhere from then on."""
    actor = reader_of(request)
    url = feed.renew_address(actor)
    response = answer(_calendar(actor, url))
    response["Cache-Control"] = "no-store"
    return response


@router.delete(
    "/calendar", response=CalendarOut, tags=["notices"], operation_id="calendar_revoke", summary="Revoke the address"
)
def revoke_calendar(request: HttpRequest) -> HttpResponse:
    """Make the address of the feed lead nowhere."""
    actor = reader_of(request)
    feed.revoke_address(actor)
    return answer(_calendar(actor))
