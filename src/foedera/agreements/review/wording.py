"""Findings in words of the active language, made from their facts when they are shown."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from foedera.agreements.models import FindingRule, State
from foedera.agreements.terms import ENDING_LABELS, STATUS_LABELS, WARNING_LABELS, Ending, Status
from foedera.agreements.terms.codes import Label
from foedera.platform.records.partial_dates import bounds, display

MISSING_LABELS: Final[Mapping[str, Label]] = {
    "signed_on": gettext_lazy("date of signature"),
    "entry": gettext_lazy("rule or date of entry into force"),
    "entry_day": gettext_lazy("date of the fact from which it enters into force"),
    "duration": gettext_lazy("duration"),
    "renewal": gettext_lazy("whether it renews itself"),
    "renewal_length": gettext_lazy("for how long it renews itself"),
    "nonrenewal_period": gettext_lazy("until when one may object to renewal"),
    "own_party": gettext_lazy("own party"),
    "partner": gettext_lazy("party of the other side"),
    "subject_areas": gettext_lazy("subject areas"),
}
ODDITY_LABELS: Final[Mapping[str, Label]] = {
    "signed_in_future": gettext_lazy("Signed on a day that is yet to come"),
    "cleared_after_signature": gettext_lazy("Cleared after it was signed"),
    "notified_before_signature": gettext_lazy("Notified before it was signed"),
    "registered_before_signature": gettext_lazy("Registered before it was signed"),
    **{str(w.name).lower(): label for w, label in WARNING_LABELS.items()},
}
SIGN_LABELS: Final[Mapping[str, Label]] = {
    "last_activity_on": gettext_lazy("last activity"),
    "last_report_on": gettext_lazy("last report on performance"),
    "tie_activity_on": gettext_lazy("last activity of a tie under it"),
    "last_reviewed_on": gettext_lazy("last review"),
    "signed_on": gettext_lazy("signature"),
}
_STATUS_BY_SLUG = {status.slug: label for status, label in STATUS_LABELS.items()}
_ENDING_BY_SLUG = {ending.slug: label for ending, label in ENDING_LABELS.items()}


@dataclass(frozen=True, slots=True)
class FactInWords:
    """A fact of a finding: its label, its text, or its date (ISO, may be partial)."""

    label: str
    text: str = ""
    date: str = ""


def reason(rule: str, facts: Mapping[str, Any], as_of: datetime.date) -> str:
    """Why the agreement needs a decision, in one or two sentences."""
    return _SENTENCES[FindingRule(rule)](facts, as_of)


def _expired(facts: Mapping[str, Any], as_of: datetime.date) -> str:
    if not facts.get("ended_on"):
        return _("It has ended (%(how)s), but the register still carries it as concluded.") % {
            "how": _ending(facts) or _status(facts)
        }
    return _("Its last day in force was %(day)s (%(how)s), but the register still carries it as concluded.") % {
        "day": display(facts["ended_on"]),
        "how": _ending(facts) or _status(facts),
    }


def _renews(facts: Mapping[str, Any], as_of: datetime.date) -> str:
    words = _("Unless somebody objects, it renews itself on %(day)s.") % {"day": display(facts["next_renewal"])}
    safe = facts.get("last_safe_day")
    if not safe:
        return (
            words
            + " "
            + _("Until when one may object is not recorded; an objection can take effect only until %(day)s.")
            % {"day": display(facts["term_end"] or facts["next_renewal"])}
        )
    if safe < as_of.isoformat():
        return (
            words
            + " "
            + _("The last safe day to object was %(day)s: this renewal can no longer be prevented safely.")
            % {"day": display(safe)}
        )
    return words + " " + _("Last safe day to send an objection: %(day)s.") % {"day": display(safe)}


def _expires(facts: Mapping[str, Any], as_of: datetime.date) -> str:
    return _("Its last day in force is %(day)s (%(how)s), and nothing renews it.") % {
        "day": display(facts["ends_on"]),
        "how": _ending(facts),
    }


def _dormant(facts: Mapping[str, Any], as_of: datetime.date) -> str:
    months = months_between(facts["last_on"], as_of)
    return _("Nothing was recorded for %(time)s; the last sign of life is: %(what)s, %(day)s.") % {
        "time": length(months),
        "what": SIGN_LABELS[facts["last_sign"]],
        "day": display(facts["last_on"]),
    }


def _duplicate(facts: Mapping[str, Any], as_of: datetime.date) -> str:
    words = [
        _("The parties and the subject are those of another entry (titles alike to %(percent)d %%).")
        % {"percent": facts["title"]}
    ]
    apart = facts.get("days_apart")
    if apart == 0:
        words.append(_("Both may have been signed on the same day."))
    elif apart is not None:
        words.append(
            ngettext(
                "The dates of signature lie %(count)d day apart.",
                "The dates of signature lie %(count)d days apart.",
                apart,
            )
            % {"count": apart}
        )
    else:
        words.append(_("The date of signature of at least one of them is not recorded."))
    if facts.get("same_register_number"):
        words.append(_("Both have the same register number."))
    return " ".join(words)


def _superseded(facts: Mapping[str, Any], as_of: datetime.date) -> str:
    if facts.get("since"):
        return _("Another agreement has replaced it since %(day)s, but the register still carries it as concluded.") % {
            "day": display(facts["since"])
        }
    return _("Another agreement that is in force replaces it, but the register still carries it as concluded.")


def _framework(facts: Mapping[str, Any], as_of: datetime.date) -> str:
    status = _STATUS_BY_SLUG.get(facts["status"])
    words = str(status) if status else str(State(facts["status"]).label)
    if facts.get("ended_on"):
        return _("The framework agreement under which it stands ended on %(day)s (%(status)s).") % {
            "day": display(facts["ended_on"]),
            "status": words.lower(),
        }
    return _("The framework agreement under which it stands is no more (%(status)s).") % {"status": words.lower()}


def _missing(facts: Mapping[str, Any], as_of: datetime.date) -> str:
    names = ", ".join(str(MISSING_LABELS.get(name, name)) for name in facts["missing"])
    return _("Not recorded: %(names)s.") % {"names": names}


def _oddity(facts: Mapping[str, Any], as_of: datetime.date) -> str:
    return ". ".join(str(ODDITY_LABELS.get(name, name)) for name in facts["oddities"]) + "."


def _text(facts: Mapping[str, Any], as_of: datetime.date) -> str:
    if facts.get("draft_only"):
        return _("Only a draft is kept, not the signed text.")
    return _("No text is kept.")


def _coordinator(facts: Mapping[str, Any], as_of: datetime.date) -> str:
    return _("Nobody is named who coordinates its performance.")


def _party(facts: Mapping[str, Any], as_of: datetime.date) -> str:
    words = []
    for party in facts["parties"]:
        successors = ", ".join(party.get("successors") or ())
        text = _("%(name)s no longer exists since %(day)s") % {
            "name": party["name"],
            "day": display((datetime.date.fromisoformat(party["until"]) + datetime.timedelta(days=1)).isoformat()),
        }
        if successors:
            text += " " + _("(successors of record: %(codes)s)") % {"codes": successors}
        words.append(text)
    return "; ".join(words) + ". " + _("Whether a successor took its place is to be settled.")


def _clearance(facts: Mapping[str, Any], as_of: datetime.date) -> str:
    return _("It was signed without clearance of its text.")


def _due(facts: Mapping[str, Any], as_of: datetime.date) -> str:
    cycle = length(facts["cycle_months"])
    if facts.get("last_reviewed_on"):
        return _("Last reviewed: %(last)s. With a cycle of %(cycle)s the next review was due on %(day)s.") % {
            "last": display(facts["last_reviewed_on"]),
            "cycle": cycle,
            "day": display(facts["due_on"]),
        }
    return _("It was never reviewed. With a cycle of %(cycle)s a review was due on %(day)s.") % {
        "cycle": cycle,
        "day": display(facts["due_on"]),
    }


def _ending(facts: Mapping[str, Any]) -> str:
    label = _ENDING_BY_SLUG.get(facts.get("ending") or "", "")
    return str(label).lower() if facts.get("ending") not in (None, Ending.NONE.slug) else ""


def _status(facts: Mapping[str, Any]) -> str:
    return str(_STATUS_BY_SLUG.get(facts.get("status") or "", STATUS_LABELS[Status.EXPIRED])).lower()


_SENTENCES: Final = {
    FindingRule.EXPIRED_CARRIED: _expired,
    FindingRule.RENEWS_SOON: _renews,
    FindingRule.EXPIRES_SOON: _expires,
    FindingRule.DORMANT: _dormant,
    FindingRule.DUPLICATE: _duplicate,
    FindingRule.SUPERSEDED: _superseded,
    FindingRule.FRAMEWORK_GONE: _framework,
    FindingRule.MISSING_FACTS: _missing,
    FindingRule.DATE_ODDITY: _oddity,
    FindingRule.TEXT_MISSING: _text,
    FindingRule.NO_COORDINATOR: _coordinator,
    FindingRule.PARTY_GONE: _party,
    FindingRule.WITHOUT_CLEARANCE: _clearance,
    FindingRule.REVIEW_DUE: _due,
}


def facts_in_words(rule: str, facts: Mapping[str, Any]) -> Sequence[FactInWords]:
    """The facts of a finding with their labels, for showing them beside the reason; those already said in it are left out."""
    if rule == FindingRule.RENEWS_SOON:
        labelled = (
            (_("Renews itself on"), facts.get("next_renewal")),
            (_("The present term ends on"), facts.get("term_end")),
            (_("An objection must take effect until"), facts.get("deadline")),
            (_("Last safe day to send it"), facts.get("last_safe_day")),
        )
        return [FactInWords(label, "" if day else _("not recorded"), day or "") for label, day in labelled]
    if rule == FindingRule.DUPLICATE:
        parts = [
            FactInWords(_("Titles alike"), f"{facts['title']} %"),
            FactInWords(_("Parties alike"), f"{facts['parties']} %"),
        ]
        if facts.get("subject_areas") is not None:
            parts.append(FactInWords(_("Subject areas in common"), f"{facts['subject_areas']} %"))
        parts.append(FactInWords(_("Same kind"), _("yes") if facts.get("same_kind") else _("no")))
        return parts
    return []


def length(months: int) -> str:
    """A length in years and months, in words."""
    years, rest = divmod(months, 12)
    parts = []
    if years:
        parts.append(ngettext("%(count)d year", "%(count)d years", years) % {"count": years})
    if rest or not years:
        parts.append(ngettext("%(count)d month", "%(count)d months", rest) % {"count": rest})
    return _(" and ").join(parts) if len(parts) > 1 else parts[0]


def months_between(partial: str, as_of: datetime.date) -> int:
    """Whole months from the last day that a partial date may mean until a day; never negative."""
    last = bounds(partial)[1]
    months = (as_of.year - last.year) * 12 + as_of.month - last.month - (as_of.day < last.day)
    return max(months, 0)
