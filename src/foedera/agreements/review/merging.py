"""Merging two entries of one agreement: a plan that can be shown first, and its carrying out, all or nothing."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from django.db import models
from django.utils.translation import gettext as _

from foedera.agreements.deriving import derive
from foedera.agreements.models import (
    SIGNED_STATES,
    Agreement,
    AgreementLink,
    Finding,
    FindingState,
    LinkKind,
    Party,
    State,
    Tie,
)
from foedera.platform.actions.performing import save
from foedera.platform.records.partial_dates import bounds, display

# Facts that only together say something: taken over whole or not at all.
GROUPS: Final[tuple[tuple[str, ...], ...]] = (
    ("in_force_rule", "in_force_delay_months", "in_force_delay_days"),
    ("term_months", "term_end", "indefinite"),
    ("tacit_renewal", "renewal_months", "later_renewal_months", "renewal_limit", "renewal_indefinite"),
    ("notice_months", "notice_days", "denunciation_at_term_end"),
    ("nonrenewal_months", "nonrenewal_days"),
    ("terminated_on", "end_ground"),
)
SINGLE: Final = (
    "register_number", "internal_number", "signed_on", "signed_at", "in_force_from", "provisional_from",
    "last_notification_on", "ratified_on", "binding", "legal_nature", "legal_nature_opinion", "framework",
    "prevailing_language", "competence_ground", "financial_obligations", "budget_line", "personal_data",
    "technology_transfer", "dual_use", "idea_on", "intent_notified_on", "intent_cleared_on", "submitted_on", "cleared_on",
    "negotiated_on", "initialled_on", "notified_on", "registered_on", "original_kept_at", "coordinator",
    "foreign_coordinator", "last_activity_on", "last_report_on", "review_cycle_months", "last_reviewed_on", "source",
)  # fmt: skip
LATEST: Final = frozenset({"last_activity_on", "last_report_on", "last_reviewed_on"})
JOINED: Final = ("subject_areas", "languages")
SHOWN_ALWAYS: Final = ("title", "kind", "state")
_EMPTY: Final[tuple[Any, ...]] = ("", None, [], {})
Outcome = Literal["same", "filled", "kept", "joined"]


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One fact of both entries and what it will be afterwards, in words."""

    field: str
    label: str
    stays: str
    goes: str
    afterwards: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class MergePlan:
    """What merging will do: facts, how many parts move, and why it is not possible (empty: it is)."""

    stays: Agreement
    goes: Agreement
    rows: tuple[PlanRow, ...]
    moves: tuple[tuple[str, int], ...]
    obstacle: str


def plan(stays: Agreement, goes: Agreement) -> MergePlan:
    """The plan of merging `goes` into `stays`; nothing is written."""
    values = _values(stays, goes)
    rows = []
    for name in (*SHOWN_ALWAYS, *_ordered_names()):
        before, other = getattr(stays, name), getattr(goes, name)
        if before in _EMPTY and other in _EMPTY:
            continue
        after = values.get(name, before)
        outcome: Outcome
        if before == other:
            outcome = "same"
        elif name in JOINED and after != before:
            outcome = "joined"
        else:
            outcome = "filled" if after != before else "kept"
        field = Agreement._meta.get_field(name)
        rows.append(
            PlanRow(
                name,
                str(getattr(field, "verbose_name", name)),
                in_words(stays, name, before),
                in_words(goes, name, other),
                in_words(stays, name, after),
                outcome,
            )
        )
    return MergePlan(stays, goes, tuple(rows), tuple(_moves(stays, goes)), _obstacle(stays, goes))


def carry_out(stays: Agreement, goes: Agreement, today: datetime.date, reason: str) -> None:
    """Merge two locked entries inside an action: facts, parts, ties and links move; the other is superseded.

    The entry that goes is superseded from the day of its signature, so that on no day two of them are in force.
    """
    for name, value in _values(stays, goes).items():
        setattr(stays, name, value)
    if goes.title != stays.title:
        key = goes.title_language or "other"
        while key in stays.titles and stays.titles[key] != goes.title:
            key += "-2"
        stays.titles = {**stays.titles, key: goes.title}
    stays.titles = {**goes.titles, **stays.titles}
    stays.note = "\n".join(filter(None, (stays.note, goes.note)))
    present = {party_key(party) for party in stays.parties.all()}
    for party in goes.parties.all():
        if party_key(party) not in present:
            Party.objects.filter(pk=party.pk).update(agreement=stays)
    for kind in ("texts", "notices", "follow_ups"):
        getattr(goes, kind).update(agreement=stays)
    for suspension in goes.suspensions.all():
        if not stays.suspensions.filter(
            suspended_from=suspension.suspended_from, suspended_until=suspension.suspended_until
        ).exists():
            goes.suspensions.filter(pk=suspension.pk).update(agreement=stays)
    Tie.objects.filter(agreement=goes).update(agreement=stays)
    Agreement.objects.filter(framework=goes).exclude(pk=stays.pk).update(framework=stays)
    _move_links(stays, goes)
    save(stays)
    goes.state = State.SUPERSEDED
    goes.state_reason = reason
    goes.superseded_on = bounds(goes.signed_on)[0] if goes.signed_on else today
    save(goes)
    AgreementLink.objects.get_or_create(
        agreement=stays,
        kind=LinkKind.REPLACES,
        target=goes,
        defaults={
            "effective_on": goes.superseded_on.isoformat(),
            "note": _("Two entries of one agreement were merged."),
        },
    )
    Finding.objects.filter(state=FindingState.OPEN).filter(
        models.Q(agreement=goes) | models.Q(agreement=stays, other=goes)
    ).update(state=FindingState.GONE)
    derive([stays.pk, goes.pk])


def in_words(record: Agreement, name: str, value: Any) -> str:
    """A value of an agreement in words of the active language."""
    field = Agreement._meta.get_field(name)
    if value in _EMPTY:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(str(v) for v in value)
    if name.endswith("_on") or name in ("in_force_from", "provisional_from", "term_end"):
        return display(str(value))
    choices = dict(getattr(field, "flatchoices", ()) or ())
    return str(choices.get(value, value))


def _ordered_names() -> Iterator[str]:
    yield from JOINED
    yield from SINGLE
    for group in GROUPS:
        yield from group


def _values(stays: Agreement, goes: Agreement) -> dict[str, Any]:
    """The facts of the one that stays that will change."""
    values: dict[str, Any] = {}
    for name in SINGLE:
        mine, other = getattr(stays, name), getattr(goes, name)
        if other in _EMPTY or other == stays:
            continue
        if mine in _EMPTY or (name in LATEST and other > mine):
            values[name] = other
    if stays.state == State.SIGNED_WITHOUT_CLEARANCE:
        values.pop("cleared_on", None)
    for group in GROUPS:
        if all(getattr(stays, name) in _EMPTY for name in group):
            values.update({name: getattr(goes, name) for name in group if getattr(goes, name) not in _EMPTY})
    for name in JOINED:
        joined = list(dict.fromkeys([*getattr(stays, name), *getattr(goes, name)]))
        if joined != getattr(stays, name):
            values[name] = joined
    if "signed_on" in values:
        values["signed_date_unknown"] = False
    return values


def party_key(party: Party) -> tuple[Any, ...]:
    """Bodies and territories name a party; the words of the text only where neither is recorded."""
    if party.body_id or party.territory_id:
        return party.side, party.body_id, party.territory_id
    return party.side, party.name.casefold()


def _moves(stays: Agreement, goes: Agreement) -> Iterator[tuple[str, int]]:
    present = {party_key(party) for party in stays.parties.all()}
    counts = (
        (_("parties"), sum(party_key(party) not in present for party in goes.parties.all())),
        (_("texts"), goes.texts.count()),
        (_("notices"), goes.notices.count()),
        (_("suspensions"), goes.suspensions.count()),
        (_("links"), goes.links.count() + goes.linked_from.count()),
        (_("agreements under it"), goes.under_it.exclude(pk=stays.pk).count()),
        (_("ties"), goes.ties.count()),
    )
    yield from ((label, count) for label, count in counts if count)


def _obstacle(stays: Agreement, goes: Agreement) -> str:
    for record in (stays, goes):
        if record.state not in SIGNED_STATES:
            return _("%(number)s is not carried as concluded (%(state)s).") % {
                "number": record.number,
                "state": State(record.state).label,
            }
    return ""


def _move_links(stays: Agreement, goes: Agreement) -> None:
    for link in goes.links.all():
        if link.target_id == stays.pk or stays.links.filter(kind=link.kind, target=link.target_id).exists():
            link.delete()
        else:
            AgreementLink.objects.filter(pk=link.pk).update(agreement=stays)
    for link in goes.linked_from.all():
        again = AgreementLink.objects.filter(agreement=link.agreement_id, kind=link.kind, target=stays)
        if link.agreement_id == stays.pk or again.exists():
            link.delete()
        else:
            AgreementLink.objects.filter(pk=link.pk).update(target=stays)
