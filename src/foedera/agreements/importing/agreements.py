"""The import of agreements: every field of their description, parties from lists or titles, statuses derived on the way.

An agreement is found again by its key in the source, or by its number in this register (then nothing new is made). What the
procedure decides - state, owner, publicity - is set when a record is made and never changed by an import.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.agreements import terms
from foedera.agreements.deriving import derive, title_key
from foedera.agreements.models import Agreement, EndGround, Party, Side, State
from foedera.agreements.transitions import WORKERS
from foedera.directory.importing.places import Places
from foedera.platform.access.roles import Role
from foedera.platform.actions.performing import Action
from foedera.platform.actions.performing import register as register_action
from foedera.platform.lists.description import record_type
from foedera.platform.lists.importing.adapters import ImportAdapter, ImportContext, Option, Session, Taken, register
from foedera.platform.lists.importing.mapping import MappingFault, Target, targets_of
from foedera.platform.lists.importing.merging import MergedField, MergedParts, MergePlan
from foedera.platform.lists.importing.report import name_problems
from foedera.platform.lists.importing.running import import_action
from foedera.platform.lists.importing.sessions import Draft, RecordSession, record_values, references_among

from .parties import Doubt, FoundParty, PartyFinder, following, state_party
from .titles import other_state

# Facts that the procedure's own steps write elsewhere, and that a register of what was signed long ago brings with it.
BROUGHT = (
    "source_key",
    "terminated_on",
    "end_ground",
    "superseded_on",
    "registered_on",
    "notified_on",
    "intent_notified_on",
    "intent_cleared_on",
    "cleared_on",
    "languages",
)
DERIVED = ("status_starts", "status_codes", "ends_on", "own_ids", "partner_ids", "party_text")
LANGUAGES_OF_TITLES = ("de", "fr", "it", "ru", "en", "pt", "es")

name_problems(
    {
        "title_without_parties": gettext_lazy("Titles that do not name two parties"),
        "party": gettext_lazy("Parties not resolved"),
        "collective": gettext_lazy("Parties under a collective name"),
        "region": gettext_lazy("Regions taken by the only name of that kind"),
        "title_several": gettext_lazy("Title names several states"),
        "force_before_signature": gettext_lazy("In force before it was signed"),
        "terms": gettext_lazy("Terms to be looked at"),
        "no_signature": gettext_lazy("No date of signature"),
    }
)

ACTION = register_action(import_action("agreements.import", Agreement, frozenset({*WORKERS, Role.ADMINISTRATOR})))


class AgreementImport(ImportAdapter):
    """`./foedera import agreements FILE`."""

    kind: ClassVar[str] = "agreements"
    label = gettext_lazy("Agreements")
    help = gettext_lazy("A register of agreements or treaties: titles, parties, dates, terms.")
    model = Agreement
    mappings: ClassVar[Path | None] = Path(__file__).parent / "mappings" / "agreements"

    @property
    def action(self) -> Action[Any]:
        """As ImportAdapter.action."""
        return ACTION

    @cached_property
    def described(self) -> list[Target]:
        """The fields that the description of agreements offers, and those that a register brings with it."""
        described = record_type("agreements")
        columns = [c for c in described.columns if c.editable or c.name in BROUGHT]
        return [_as_target(t) for t in targets_of(columns) if t.name != "languages"]

    def targets(self) -> list[Target]:
        """As ImportAdapter.targets."""
        return [
            *self.described,
            Target(
                name="number",
                label=gettext_lazy("Number"),
                help=gettext_lazy("Of an agreement in this register"),
                key=True,
            ),
            Target(
                name="parties",
                label=gettext_lazy("Parties"),
                help=gettext_lazy("Names of states, regions, organisations"),
            ),
            *(
                Target(
                    name=f"title_naming_parties.{language}",
                    label=gettext_lazy("Title that names the parties"),
                    help=gettext_lazy("The other state is taken only where it is the only one named"),
                    language=language,
                )
                for language in LANGUAGES_OF_TITLES
            ),
        ]

    def options(self) -> list[Option]:
        """As ImportAdapter.options."""
        return [
            Option("source", gettext_lazy("Source"), gettext_lazy("Stands with every record.")),
            Option(
                "own_state",
                gettext_lazy("Own state"),
                gettext_lazy("Code of the state on whose side we stand, such as GB."),
            ),
            Option(
                "own_state_in",
                gettext_lazy("Own state is a party"),
                gettext_lazy("“all”: of every agreement; “listed”: only where the file says so."),
                "listed",
            ),
            Option("separator", gettext_lazy("Separator of lists"), default=" ; "),
            Option("publicity", gettext_lazy("Publicity"), default="internal"),
            Option("signed", gettext_lazy("All are signed"), gettext_lazy("“yes”: also where there is no date.")),
            Option("title_language", gettext_lazy("Language of the title")),
            *(
                Option(f"own_names_{language}", gettext_lazy("Names of the own state in titles, parted by |"))
                for language in LANGUAGES_OF_TITLES
            ),
        ]

    def session(self, context: ImportContext) -> Session:
        """As ImportAdapter.session. Raises MappingFault when nothing tells agreements apart."""
        if not {"source_key", "number"} & set(context.mapping.fields):
            raise MappingFault(_("Say which column tells the agreements apart: “Key in the source” or “Number”."))
        return AgreementSession(context, self)


def _as_target(target: Target) -> Target:
    """Only the title is required of a file; the rest has values of its own when nothing is said."""
    return Target(
        name=target.name,
        label=target.label,
        help=target.help,
        required=target.name == "title",
        key=target.name == "source_key",
        column=target.column,
        language=target.language,
    )


class AgreementSession(RecordSession):
    """Agreements by their key in the source, with parties, terms and statuses."""

    def __init__(self, context: ImportContext, adapter: AgreementImport) -> None:
        by_number = "source_key" not in context.mapping.fields
        fields = context.mapping.fields
        self.targets = [t for t in adapter.described if t.name in fields]
        described = dict.fromkeys(
            t.column.path
            for t in self.targets
            if t.column is not None and t.name not in ("source_key", "publicity", "titles", "end_ground")
        )
        joined = [name for name in described if name == "titles"]
        plan = MergePlan(
            model=Agreement,
            key="t.number" if by_number else "t.source_key",
            fields=(
                *(MergedField(name=name) for name in described if name not in {*joined, "source", "title_language"}),
                *(MergedField(name=name, how="join") for name in joined),
                MergedField(name="title_key"),
                MergedField(name="signed_date_unknown"),
                MergedField(name="end_ground", how="fill"),
                *(
                    MergedField(name=name, only_new=True)
                    for name in ("source_key", "source", "title_language", "state", "idea_on", "owner", "publicity", *DERIVED)
                ),
            ),
            parts=(
                MergedParts(model=Party, parent="agreement", fields=("side", "level", "territory", "name")),
            ),
            computed=(
                ("signed_date_unknown", "coalesce(s.signed_date_unknown, s.state IN ('signed', 'registered'))"),
            ),
        )  # fmt: skip
        super().__init__(context, plan, key_target="number" if by_number else "source_key", only_existing=by_number)
        self.by_number = by_number
        self.places = Places()
        self.words = self.places.words()
        self.parties = self.plan.parts[0].stage
        self.separator = context.option("separator", " ; ").strip() or ";"
        self.own_state = context.option("own_state")
        self.always_own = context.option("own_state_in") == "all"
        self.all_signed = context.option("signed") == "yes"
        self.own_names = {
            language: [n.strip() for n in context.option(f"own_names_{language}").split("|") if n.strip()]
            for language in LANGUAGES_OF_TITLES
        }
        if self.own_state and self.own_state not in self.places.by_code:
            raise MappingFault(_("“%(code)s” is not the code of a state in the directory.") % {"code": self.own_state})
        self.finder = PartyFinder(self.places, self.own_state)
        self.today = context.actor.today.isoformat()

    def references(self) -> Sequence[Target]:
        """As RecordSession.references."""
        return references_among(self.targets)

    def draft(self, row: Taken) -> Draft | None:
        """As RecordSession.draft."""
        given = row.values
        key = given.get("number") if self.by_number else given.get("source_key")
        if not key:
            column = self.context.column_of("number" if self.by_number else "source_key")
            self.report.error(row.number, column, "", _("This is required."))
            return None
        values = record_values(record_type("agreements"), self.targets, given)
        context = self.context
        values.pop("publicity", None)
        values["title_key"] = title_key(values["title"])
        values.setdefault("source", context.option("source")[:300] or None)
        values.setdefault("title_language", context.option("title_language") or None)
        values["owner_id"] = context.actor.body_id
        values["publicity"] = given.get("publicity") or context.option("publicity", "internal")
        if values.get("terminated_on") and not values.get("end_ground"):
            values["end_ground"] = EndGround.OTHER.value
        self._state_of_new(row, values)
        parties = self._parties(row, values.get("signed_on", ""))
        scope = None
        if parties:
            follows = following(parties, self.words)
            values.update(follows)
            scope = {"own_ids": follows["own_ids"], "partner_ids": follows["partner_ids"], "owner_id": None}
        elif not self.by_number:
            scope = {"own_ids": [], "partner_ids": [], "owner_id": None}
        return Draft(row.number, key, values, {self.parties: [p.staged() for p in parties]}, scope)

    def _state_of_new(self, row: Taken, values: dict[str, Any]) -> None:
        """A register holds what was signed; without a sign of that, an agreement begins as an idea."""
        signed = values.get("signed_on")
        happened = any(values.get(n) for n in ("in_force_from", "terminated_on", "provisional_from", "ratified_on"))
        if signed or happened or self.all_signed:
            values["state"] = (State.REGISTERED if values.get("register_number") else State.SIGNED).value
            if signed:
                values["signed_date_unknown"] = False
            elif not self.by_number:
                column = self.context.column_of("signed_on")
                self.report.warn(row.number, column, "", _("No date of signature; kept as not known."), "no_signature")
        else:
            values["state"] = State.IDEA.value
            values["idea_on"] = self.today

    def _parties(self, row: Taken, on: str) -> list[FoundParty]:
        given = row.values
        parties: list[FoundParty] = []
        if "parties" in given:
            parties, doubts = self.finder.listed(given["parties"].split(self.separator), on)
            for doubt in doubts:
                self._tell(row, "parties", doubt)
        titles = {
            name.rpartition(".")[2]: text for name, text in given.items() if name.startswith("title_naming_parties.")
        }
        if titles:
            named = other_state(titles, self.own_names, on)
            column = self.context.column_of(f"title_naming_parties.{next(iter(titles))}")
            text = next(iter(titles.values()))
            party = state_party(named.code, Side.FOREIGN, self.places) if named.code != self.own_state else None
            if named.code and party is not None:
                parties.append(party)
            elif named.why == "several":
                words = _("The title names several states, or one that is not certain; the other party is not set.")
                self.report.warn(row.number, column, text, words, "title_several")
            elif named.why == "none":
                words = _("The name of the other party in the title was not resolved.")
                self.report.warn(row.number, column, text, words, "party")
            else:
                self.report.extra["title_without_parties"] += 1
        if self.own_state and (self.always_own) and not any(p.side is Side.OWN for p in parties):
            own = state_party(self.own_state, Side.OWN, self.places)
            if own is not None:
                parties.insert(0, own)
        return parties

    def _tell(self, row: Taken, target: str, doubt: Doubt) -> None:
        self.report.warn(row.number, self.context.column_of(target), doubt.name, doubt.words, doubt.code)

    # ------------------------------------------------------------------------------------------------------ statuses

    def enrich(self, drafts: Sequence[Draft]) -> None:
        """Statuses for every as-of date, and remarks on terms that contradict each other, for the whole portion."""
        if not drafts or self.by_number:
            return
        rows = [
            {
                name: d.values[name]
                for name in terms.FACT_NAMES
                if d.values.get(name) is not None and name != "suspensions"
            }
            | {"notice_counted_from": d.values.get("notice_counted_from") or "receipt"}
            for d in drafts
        ]
        columns = terms.TermColumns.from_rows(rows)
        spans = terms.spans(columns)
        evaluated = terms.evaluate(columns, datetime.date(9999, 12, 31))
        starts = np.datetime_as_string(spans.starts).tolist()
        codes = spans.statuses.tolist()
        offsets = spans.offsets.tolist()
        ends = np.datetime_as_string(evaluated.ends_on).tolist()
        for position, draft in enumerate(drafts):
            begin, end = offsets[position], offsets[position + 1]
            draft.values["status_starts"] = "{" + ",".join(starts[begin:end]) + "}"
            draft.values["status_codes"] = "{" + ",".join(map(str, codes[begin:end])) + "}"
            draft.values["ends_on"] = None if ends[position] == "NaT" else ends[position]
        bits = evaluated.warnings
        for position in np.flatnonzero(bits).tolist():
            draft = drafts[position]
            for warning in terms.Warnings(int(bits[position])):
                before = warning is terms.Warnings.FORCE_BEFORE_SIGNATURE
                column = self.context.column_of("in_force_from" if before else "term_months")
                value = str(draft.values.get("in_force_from") or "") if before else ""
                words = str(terms.WARNING_LABELS[warning])
                self.report.warn(draft.number, column, value, words, "force_before_signature" if before else "terms")

    def after_write(self, created: Sequence[int], changed: Sequence[int]) -> None:
        """What follows from the facts of changed agreements is computed from all their facts, imported or not."""
        if changed:
            derive(changed)


register(AgreementImport())
