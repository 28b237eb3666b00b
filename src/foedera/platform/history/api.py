"""Seals over the API, open to everyone: whoever keeps a root can later show what the history was."""

from __future__ import annotations

import dataclasses

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from foedera.platform.api.root import answer, api_actor

from .seals import published

router = Router()


class SealItem(Schema):
    """A seal as it is published."""

    number: int
    at: str
    count: int
    root: str
    previous: str
    stamped_at: str


class SealList(Schema):
    """Seals, newest first."""

    items: list[SealItem]
    next: int | None


@router.get("/seals", response=SealList, tags=["history"], summary="Seals of the history")
def seals(request: HttpRequest, before: int | None = None, limit: int = 50) -> HttpResponse:
    """The newest seals with their roots; `before` goes on below a number."""
    api_actor(request)
    limit = max(1, min(limit, 500))
    before = None if before is None else max(0, min(before, 2_147_483_647))
    found = published(before=before, limit=limit)
    following = found[-1].number if len(found) == limit and found[-1].number > 1 else None
    return answer({"items": [dataclasses.asdict(s) for s in found], "next": following})
