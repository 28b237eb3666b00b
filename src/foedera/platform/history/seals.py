"""Seals as they are published, and the time stamps kept over them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Max

from .models import RetentionRule, Seal, TimeStamp
from .stamping import StampError, request_for, verify_stamp

__all__ = ["StampError", "keep_stamp", "published", "request_for_seal", "rules"]


@dataclass(frozen=True, slots=True)
class PublishedSeal:
    """A seal as anybody may see it: `root` is the hash to be published, over everything up to it."""

    number: int
    at: str
    count: int
    root: str
    previous: str
    stamped_at: str


def published(*, before: int | None = None, limit: int = 50) -> list[PublishedSeal]:
    """The newest seals, below a number when one is given. Seals tell nothing of what is under them."""
    rows = Seal.objects.annotate(_stamped=Max("stamps__stamped_at")).order_by("-number")
    if before is not None:
        rows = rows.filter(number__lt=before)
    return [
        PublishedSeal(
            s.number,
            s.at.isoformat(),
            s.count,
            bytes(s.hash).hex(),
            bytes(s.previous).hex(),
            s._stamped.isoformat() if s._stamped else "",
        )
        for s in rows[:limit]
    ]


def _seal(number: int | None) -> Seal:
    rows = Seal.objects.order_by("-number")
    found = (rows if number is None else rows.filter(number=number)).first()
    if found is None:
        raise LookupError("there is no such seal")
    return found


def request_for_seal(number: int | None) -> tuple[int, bytes]:
    """The number of the seal (None: the last) and the request for a time stamp over it. Raises LookupError."""
    seal = _seal(number)
    return seal.number, request_for(bytes(seal.hash))


def keep_stamp(number: int | None, answer: bytes, roots: bytes) -> TimeStamp:
    """Verify an authority's answer over a seal and keep it. Raises LookupError, StampError."""
    seal = _seal(number)
    found = verify_stamp(answer, bytes(seal.hash), roots)
    return TimeStamp.objects.create(seal=seal, stamped_at=found.at, authority=found.authority, response=answer)


def rules() -> list[RetentionRule]:
    """The retention rules."""
    return list(RetentionRule.objects.order_by("table_name", "field"))
