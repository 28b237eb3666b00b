"""Draft words of the step that a decision starts, made from the facts, in English or Russian.

What the register does not know is left as a marked place to be filled in; nothing is invented.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _

from foedera.agreements.models import FollowUpKind
from foedera.platform.records.partial_dates import display

LANGUAGES = ("en", "ru")


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFacts:
    """What a draft is made of; empty texts and None are not known."""

    title: str
    number: str
    register_number: str = ""
    signed_on: str = ""
    own_parties: tuple[str, ...] = ()
    other_parties: tuple[str, ...] = ()
    last_safe_day: datetime.date | None = None
    deadline: datetime.date | None = None
    term_end: datetime.date | None = None
    next_renewal: datetime.date | None = None
    ends_on: datetime.date | None = None
    notice: str = ""
    reason: str = ""
    finding: str = ""


def draft(kind: str, facts: DraftFacts, language: str) -> str:
    """The draft for a step, "" for steps that need no letter. A language that has no drafts gets the English one."""
    with translation.override(language if language in LANGUAGES else "en"):
        if kind == FollowUpKind.NOTICE_OF_NON_RENEWAL:
            return _joined(*_opening(facts), *_against_renewal(facts), *_closing())
        if kind == FollowUpKind.NOTICE_OF_TERMINATION:
            return _joined(*_opening(facts), *_termination(facts), *_closing())
        if kind == FollowUpKind.REQUEST_TO_REGION:
            return _joined(*_request(facts))
        if kind == FollowUpKind.NEGOTIATE_RENEWAL:
            return _joined(*_opening(facts), *_renewal(facts), *_closing())
    return ""


def _joined(*paragraphs: str) -> str:
    return "\n\n".join(p for p in paragraphs if p)


def _day(day: datetime.date | None) -> str:
    return display(day.isoformat()) if day is not None else _("[date to be filled in]")


def _opening(facts: DraftFacts) -> list[str]:
    return [
        _("DRAFT of %(number)s") % {"number": facts.number},
        _("To: %(parties)s") % {"parties": "; ".join(facts.other_parties) or _("[addressee to be filled in]")},
        _("From: %(parties)s") % {"parties": "; ".join(facts.own_parties) or _("[sender to be filled in]")},
    ]


def _named(facts: DraftFacts) -> str:
    named = _("“%(title)s”") % {"title": facts.title}
    if facts.signed_on:
        named = _("%(agreement)s, signed %(day)s") % {"agreement": named, "day": display(facts.signed_on)}
    else:
        named = _("%(agreement)s, signed [date to be filled in]") % {"agreement": named}
    if facts.register_number:
        named = _("%(agreement)s (register number %(number)s)") % {"agreement": named, "number": facts.register_number}
    return named


def _against_renewal(facts: DraftFacts) -> list[str]:
    return [
        _(
            "In accordance with article [number of the article to be filled in] of the agreement %(agreement)s, we inform you of "
            "our intention not to renew it for a further term."
        )
        % {"agreement": _named(facts)},
        _("The agreement accordingly ceases to be in force after the end of its present term on %(day)s.")
        % {"day": _day(facts.term_end)},
        _(
            "Note for the sender, to be deleted: the notice must take effect by %(deadline)s; last safe day to send it: %(safe)s."
        )
        % {"deadline": _day(facts.deadline), "safe": _day(facts.last_safe_day)},
    ]


def _termination(facts: DraftFacts) -> list[str]:
    return [
        _(
            "In accordance with article [number of the article to be filled in] of the agreement %(agreement)s, we give notice of "
            "its termination."
        )
        % {"agreement": _named(facts)},
        _("The agreement ceases to be in force %(period)s after this notice takes effect.")
        % {"period": facts.notice or _("[period of notice to be filled in]")},
    ]


def _renewal(facts: DraftFacts) -> list[str]:
    last = facts.ends_on or facts.term_end
    return [
        _("The agreement %(agreement)s is in force until %(day)s.") % {"agreement": _named(facts), "day": _day(last)},
        _("We propose to renew it and to agree on its further term: [term and changes to be filled in]."),
    ]


def _request(facts: DraftFacts) -> list[str]:
    return [
        _("DRAFT of %(number)s") % {"number": facts.number},
        _("To: %(parties)s") % {"parties": "; ".join(facts.own_parties) or _("[addressee to be filled in]")},
        _("In the review of agreements the following was found of the agreement %(agreement)s with %(parties)s:")
        % {
            "agreement": _named(facts),
            "parties": "; ".join(facts.other_parties) or _("[party of the other side to be filled in]"),
        },
        facts.finding,
        _("Decision: %(reason)s") % {"reason": facts.reason} if facts.reason else "",
        _("Please send what is missing, or your view, by [date to be filled in]."),
    ]


def _closing() -> list[str]:
    return [_("[Post and name of the signatory to be filled in]")]
