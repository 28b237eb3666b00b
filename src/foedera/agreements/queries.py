"""Reading the register beyond its lists: one agreement with everything that belongs to it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import visible_rows

from .models import Agreement, AgreementLink, FollowUp, Notice, TextVersion, Tie


@dataclass(frozen=True, slots=True)
class LinkedAgreement:
    """An agreement at the other end of a link: how it is linked from here, and which it is."""

    kind: str
    forward: bool
    number: str
    title: str
    effective_on: str


def numbers_of(keys: Sequence[int]) -> list[str]:
    """The numbers of agreements in the order of their ids given."""
    found = dict(Agreement.objects.filter(pk__in=keys).values_list("pk", "number"))
    return [found[k] for k in keys]


def visible_agreements(actor: Actor) -> Any:
    """All agreements that the actor may know of."""
    return visible_rows(Agreement.objects.all(), actor)


def links_of(agreement: Agreement, actor: Actor) -> list[LinkedAgreement]:
    """Links from and to the agreement, to agreements that the actor may know of; its framework and those under it as well."""
    seen = visible_agreements(actor)
    found = [
        LinkedAgreement(link.kind, True, link.target.number, link.target.title, link.effective_on)
        for link in AgreementLink.objects.filter(agreement=agreement, target__in=seen).select_related("target")
    ]
    found += [
        LinkedAgreement(link.kind, False, link.agreement.number, link.agreement.title, link.effective_on)
        for link in AgreementLink.objects.filter(target=agreement, agreement__in=seen).select_related("agreement")
    ]
    if agreement.framework_id is not None:
        found += [
            LinkedAgreement("framework", True, a.number, a.title, "") for a in seen.filter(pk=agreement.framework_id)
        ]
    found += [LinkedAgreement("framework", False, a.number, a.title, "") for a in seen.filter(framework=agreement)[:50]]
    return found


def texts_of(agreement: Agreement) -> list[TextVersion]:
    """The versions of its text, newest first, without their words."""
    return list(agreement.texts.select_related("file").defer("words").order_by("-added_at", "-id"))


def text_version(agreement: Agreement, key: int) -> TextVersion | None:
    """One version of the text with its words; None when it is not of this agreement."""
    return agreement.texts.select_related("file").filter(pk=key).first()


def difference(before: str, after: str) -> list[tuple[str, str]]:
    """The lines of two texts as (same, added, removed or gap, line), long runs that are the same cut short."""
    lines: list[tuple[str, str]] = []
    matcher = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    old, new = before.splitlines(), after.splitlines()
    for tag, a1, a2, b1, b2 in matcher.get_opcodes():
        if tag == "equal":
            same = old[a1:a2]
            if len(same) > 8:
                lines += [("same", s) for s in same[:3]] + [("gap", "")] + [("same", s) for s in same[-3:]]
            else:
                lines += [("same", s) for s in same]
        else:
            lines += [("removed", s) for s in old[a1:a2]]
            lines += [("added", s) for s in new[b1:b2]]
    return lines


def notices_of(agreement: Agreement) -> list[Notice]:
    """Notices given under the agreement, newest first."""
    return list(agreement.notices.order_by("-id"))


def follow_ups_of(agreement: Agreement) -> list[FollowUp]:
    """Next steps started by decisions of the review, open ones first."""
    return list(agreement.follow_ups.order_by("done_on", "due_on", "id"))


def open_findings_count(agreement: Agreement) -> int:
    """How many findings of the review are open."""
    return int(agreement.findings.filter(state="open").aggregate(n=Count("id"))["n"])


def parties_of(agreement: Agreement) -> list[Any]:
    """Its parties with territory and body."""
    return list(agreement.parties.select_related("territory", "body").order_by("id"))


def suspensions_of(agreement: Agreement) -> list[Any]:
    """Its suspensions in order."""
    return list(agreement.suspensions.order_by("suspended_from"))


def ties_of(agreement: Agreement, actor: Actor) -> list[Tie]:
    """Ties that rest on the agreement and that the actor may know of."""
    return list(visible_rows(Tie.objects.filter(agreement=agreement), actor)[:50])


def find_agreements(actor: Actor, words: str) -> list[tuple[str, str]]:
    """Number and title of agreements that fit the words typed, for a reference."""
    from foedera.platform.lists import querying
    from foedera.platform.lists.description import Context

    from .lists import AGREEMENTS

    view = querying.View(words=words, limit=20)
    columns = [AGREEMENTS.column("number"), AGREEMENTS.column("title")]
    page = querying.read_page(AGREEMENTS, view, Context(actor), columns)
    return [(row["number"], f"{row['number']} {row['title'][:120]}") for row in page.rows]
