"""The protocol of a review session: what was decided and by whom, statistics, what is still open; as XLSX and PDF/UA."""

from __future__ import annotations

import datetime
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
import typst
import xlsxwriter
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from foedera.agreements.models import Decision, Finding, FindingRule, FollowUp, FollowUpKind, ReviewSession
from foedera.directory.queries import territory_name
from foedera.platform.access.actors import Actor
from foedera.platform.records.partial_dates import display_day

from . import queries
from .wording import reason

LANGUAGES: Final = ("en", "ru")
TEMPLATE: Final = Path(__file__).with_name("protocol.typ")
# A protocol is read by people; the rest of a long list of open findings stands on the desk.
MOST_OPEN: Final = 1000
NARROW, MIDDLE, WIDE = 14, 28, 50


@dataclass(frozen=True, slots=True)
class Protocol:
    """A protocol in words of one language: every cell is text."""

    number: str
    language: str
    title: str
    authors: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]
    notice: str
    statistics: tuple[tuple[str, int], ...]
    decided_heads: tuple[str, ...]
    decided: tuple[tuple[str, ...], ...]
    open_heads: tuple[str, ...]
    open: tuple[tuple[str, ...], ...]
    more_open: str
    words: dict[str, str]


def protocol_of(actor: Actor, session: ReviewSession, language: str) -> Protocol:
    """The protocol of a session as the actor may see it. Raises ValueError for a language without protocols."""
    if language not in LANGUAGES:
        raise ValueError(language)
    decided = queries.decided_in(actor, session)
    still_open, open_count = queries.open_of_session(actor, session, MOST_OPEN)
    short = queries.agreements_in_short([f.agreement for f in (*decided, *still_open)], language)
    steps = queries.follow_ups_of_findings([f.pk for f in decided])
    with translation.override(language):
        title = _("Protocol of review session %(number)s") % {"number": session.number}
        return Protocol(
            number=session.number,
            language=language,
            title=title,
            authors=(session.owner.name,) if session.owner is not None else (),
            lines=tuple(_lines(session, language)),
            notice="" if session.closed_at is not None else _("Draft: the session is not closed."),
            statistics=tuple(_statistics(decided, open_count)),
            decided_heads=(
                _("Number"),
                _("Agreement"),
                _("Finding"),
                _("Decision"),
                _("Reason"),
                _("Decided by"),
                _("Next step"),
            ),
            decided=tuple(
                (
                    f.agreement.number,
                    _named(short[f.agreement_id]),
                    str(FindingRule(f.rule).label),
                    str(Decision(f.decision).label),
                    f.reason,
                    _who(f),
                    _steps(steps.get(f.pk, [])),
                )
                for f in decided
            ),
            open_heads=(_("Number"), _("Agreement"), _("Finding"), _("Why"), _("Proposed"), _("Act by")),
            open=tuple(
                (
                    f.agreement.number,
                    _named(short[f.agreement_id]),
                    str(FindingRule(f.rule).label),
                    reason(f.rule, f.facts, actor.today),
                    str(Decision(f.proposed).label),
                    display_day(f.urgent_by) if f.urgent_by else "",
                )
                for f in still_open
            ),
            more_open=_("%(count)d more open findings stand on the review desk.")
            % {"count": open_count - len(still_open)}
            if open_count > len(still_open)
            else "",
            words={
                "statistics": _("Statistics"),
                "what": _("What"),
                "number": _("How many"),
                "decided": _("Decided in this session"),
                "nothing_decided": _("Nothing was decided in this session."),
                "open": _("Still open on %(day)s") % {"day": display_day(actor.today)},
                "nothing_open": _("Nothing is open."),
                "page": _("Page"),
                "signature": _("Chair of the session: ____________________________"),
            },
        )


def _lines(session: ReviewSession, language: str) -> list[tuple[str, str]]:
    lines = [(_("Session"), session.title), (_("Held on"), display_day(session.held_on))]
    if session.owner is not None:
        lines.append((_("Held by"), str(session.owner.names.get(language) or session.owner.name)))
    scope = [territory_name(t, language) for t in (session.region, session.partner) if t is not None]
    lines.append((_("Over"), ", ".join(scope) or _("the whole register")))
    if session.participants:
        lines.append((_("Participants"), "; ".join(session.participants.split("\n"))))
    if session.closed_at is not None:
        lines.append((_("Closed"), display_day(timezone.localtime(session.closed_at).date())))
    return lines


def _statistics(decided: Sequence[Finding], open_count: int) -> list[tuple[str, int]]:
    by_decision = Counter(f.decision for f in decided)
    lines = [(_("Decided"), len(decided))]
    lines += [
        (_("Decided: %(what)s") % {"what": Decision(code).label}, by_decision[code])
        for code in Decision.values
        if by_decision[code]
    ]
    lines.append((_("Agreements concerned"), len({f.agreement_id for f in decided})))
    lines.append((_("Still open"), open_count))
    return lines


def _named(short: queries.AgreementInShort) -> str:
    between = " – ".join(filter(None, (", ".join(short.own_parties), ", ".join(short.other_parties))))
    return f"{short.title} ({between})" if between else short.title


def _who(finding: Finding) -> str:
    if finding.decided_at is None:
        return finding.decided_by
    return f"{finding.decided_by}, {display_day(timezone.localtime(finding.decided_at).date())}"


def _steps(steps: Sequence[FollowUp]) -> str:
    words = []
    for step in steps:
        label = str(FollowUpKind(step.kind).label)
        if step.done_on is not None:
            label = _("%(step)s (done %(day)s)") % {"step": label, "day": display_day(step.done_on)}
        elif step.due_on is not None:
            label = _("%(step)s, by %(day)s") % {"step": label, "day": display_day(step.due_on)}
        words.append(label)
    return "; ".join(words)


def as_xlsx(protocol: Protocol) -> bytes:
    """The protocol as a workbook of three sheets. Texts are never read as formulas or links."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(
        target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    book.set_properties({"title": protocol.title, "author": ", ".join(protocol.authors), "comments": ""})
    head = book.add_format({"bold": True, "bg_color": "#E6ECF2", "border": 1, "text_wrap": True, "valign": "top"})
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    bold = book.add_format({"bold": True, "font_size": 14})
    label = book.add_format({"bold": True, "valign": "top"})

    first = book.add_worksheet(_sheet_name(protocol.words["statistics"]))
    first.set_column(0, 0, MIDDLE)
    first.set_column(1, 1, WIDE)
    first.write_string(0, 0, protocol.title, bold)
    row = 2
    for name, text in protocol.lines:
        first.write_string(row, 0, name, label)
        first.write_string(row, 1, text, plain)
        row += 1
    if protocol.notice:
        first.write_string(row, 0, protocol.notice, plain)
        row += 1
    row += 1
    first.write_string(row, 0, protocol.words["what"], head)
    first.write_string(row, 1, protocol.words["number"], head)
    for name, number in protocol.statistics:
        row += 1
        first.write_string(row, 0, name, plain)
        first.write_number(row, 1, number)
    for name, heads, rows in (
        (protocol.words["decided"], protocol.decided_heads, protocol.decided),
        (protocol.words["open"], protocol.open_heads, protocol.open),
    ):
        sheet = book.add_worksheet(_sheet_name(name))
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        for column, text in enumerate(heads):
            sheet.set_column(column, column, NARROW if column == 0 else WIDE if column == 1 else MIDDLE)
            sheet.write_string(0, column, text, head)
        for line, values in enumerate(rows, 1):
            for column, text in enumerate(values):
                sheet.write_string(line, column, text, plain)
    book.close()
    return target.getvalue()


def _sheet_name(text: str) -> str:
    """A name that a worksheet may have: at most 31 letters and none of []:*?/\\."""
    return "".join(c for c in text if c not in "[]:*?/\\")[:31].strip()


def as_pdf(protocol: Protocol, at: datetime.datetime | None = None) -> bytes:
    """The protocol as a tagged PDF (PDF/UA-1) in its language, with its title; `at` is the moment of making."""
    data: dict[str, Any] = {
        "number": protocol.number,
        "language": protocol.language,
        "title": protocol.title,
        "authors": list(protocol.authors),
        "lines": [list(line) for line in protocol.lines],
        "notice": protocol.notice,
        "statistics": [[name, str(number)] for name, number in protocol.statistics],
        "decided": [list(row) for row in protocol.decided],
        "open": [list(row) for row in protocol.open],
        "more_open": protocol.more_open,
        "words": {
            **protocol.words,
            "decided_heads": list(protocol.decided_heads),
            "open_heads": list(protocol.open_heads),
        },
    }
    moment = (at or datetime.datetime.now(tz=datetime.UTC)).replace(microsecond=0)
    made = typst.compile(
        _template(),
        format="pdf",
        sys_inputs={"data": orjson.dumps(data).decode()},
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
        timestamp=moment,
    )
    assert isinstance(made, bytes)
    return made


@cache
def _template() -> bytes:
    return TEMPLATE.read_bytes()
