"""What can be said of a note without the database."""

from __future__ import annotations

import datetime

from .models import HEADLINE

# So long after writing it the author corrects his note; then it stands, or is withdrawn.
CORRECTION = datetime.timedelta(hours=1)


def headline_of(text: str) -> str:
    """The beginning of a text by which it is named: its first line, cut at a word where it is long."""
    first = " ".join(text.strip().partition("\n")[0].split())
    if len(first) <= HEADLINE:
        return first
    return first[: HEADLINE - 1].rpartition(" ")[0].rstrip(",;:") + "…" if " " in first[:HEADLINE] else first[:HEADLINE]


def may_be_corrected(written_at: datetime.datetime, now: datetime.datetime) -> bool:
    """Whether the author may still correct a note."""
    return now - written_at < CORRECTION
