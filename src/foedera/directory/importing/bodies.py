"""The import of bodies: embassies, consulates and others, found again by an identifier.

The name of a mission is made from its kind, its state and its seat where the file gives none; states are resolved exactly, and
a body whose state or country is not certain is refused. States covered become jurisdictions.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.directory.models import Body, BodyKind, Function, Jurisdiction
from foedera.directory.rules import during, name_key
from foedera.platform.access.roles import CENTRE, Role
from foedera.platform.actions.performing import Action
from foedera.platform.actions.performing import register as register_action
from foedera.platform.lists.description import record_type
from foedera.platform.lists.importing.adapters import ImportAdapter, ImportContext, Option, Session, Taken, register
from foedera.platform.lists.importing.mapping import Target, targets_of
from foedera.platform.lists.importing.merging import MergedField, MergedParts, MergePlan
from foedera.platform.lists.importing.report import name_problems
from foedera.platform.lists.importing.running import import_action
from foedera.platform.lists.importing.sessions import Draft, RecordSession, record_values

from .places import Place, Places, is_certain, resolved

CONSULAR = frozenset({BodyKind.CONSULATE_GENERAL, BodyKind.CONSULATE, BodyKind.HONORARY_CONSULATE})
MOST_STATES = 60
WRITTEN_HERE = frozenset(
    {"name", "names", "kind", "of_state", "country", "note", "source", "checked", "publicity", "valid_from", "email"}
    | {"confidence", "latitude", "longitude"}
)

name_problems(
    {
        "state": gettext_lazy("States and territories not resolved"),
        "coordinates": gettext_lazy("Coordinates missing or impossible"),
        "territory": gettext_lazy("Covered territories left out"),
    }
)

ACTION = register_action(import_action("bodies.import", Body, frozenset({*CENTRE, Role.ADMINISTRATOR})))


class BodyImport(ImportAdapter):
    """`./foedera import bodies FILE`."""

    kind: ClassVar[str] = "bodies"
    label = gettext_lazy("Bodies")
    help = gettext_lazy("Embassies, consulates and other bodies, found again by their code or Wikidata identifier.")
    model = Body
    mappings: ClassVar[Path | None] = Path(__file__).parent / "mappings"

    @property
    def action(self) -> Action[Any]:
        """As ImportAdapter.action."""
        return ACTION

    @cached_property
    def described(self) -> list[Target]:
        """The fields that the description of bodies offers and a file can fill."""
        columns = [c for c in record_type("bodies").columns if c.editable and c.kind.value != "reference"]
        return targets_of(columns)

    def targets(self) -> list[Target]:
        """As ImportAdapter.targets."""
        own = [
            Target(name="wikidata", label=gettext_lazy("Wikidata identifier"), required=True, key=True),
            Target(name="of_state", label=gettext_lazy("Whose body"), required=True),
            Target(name="country", label=gettext_lazy("Country of the seat"), required=True),
            Target(name="covers", label=gettext_lazy("Covers")),
            Target(name="latitude", label=gettext_lazy("Latitude")),
            Target(name="longitude", label=gettext_lazy("Longitude")),
            Target(name="since", label=gettext_lazy("From")),
            Target(name="mail", label=gettext_lazy("E-mail")),
            Target(
                name="kind_in_source",
                label=gettext_lazy("Kind in the words of the source"),
                help=gettext_lazy("Kept in the note where it says more than the kind here."),
            ),
        ]
        names = {t.name for t in own}
        left_out = {"valid_from", "email"}
        described = [_unrequired(t) for t in self.described if t.name not in names | left_out]
        return [*own, *described]

    def options(self) -> list[Option]:
        """As ImportAdapter.options."""
        return [
            Option("source", gettext_lazy("Source"), gettext_lazy("Stands with every record that is made.")),
            Option("checked", gettext_lazy("Checked"), gettext_lazy("The day to which the source speaks.")),
            Option("separator", gettext_lazy("Separator of lists"), default="|"),
            Option("publicity", gettext_lazy("Publicity"), default="internal"),
        ]

    def session(self, context: ImportContext) -> Session:
        """As ImportAdapter.session."""
        return BodySession(context, self)


def _unrequired(target: Target) -> Target:
    required = target.name == "kind"
    return Target(
        name=target.name,
        label=target.label,
        help=target.help,
        required=required,
        column=target.column,
        language=target.language,
    )


class BodySession(RecordSession):
    """Bodies by Wikidata identifier, with the states they cover."""

    def __init__(self, context: ImportContext, adapter: BodyImport) -> None:
        self.targets = adapter.described
        fields = {t.column.path for t in self.targets if t.column is not None} - WRITTEN_HERE
        plan = MergePlan(
            model=Body,
            key="t.identifiers->>'wikidata'",
            fields=(
                *(MergedField(name=name) for name in ("kind", "of_state", "country")),
                *(MergedField(name=name, how="fill") for name in ("note", "source", "checked")),
                *(MergedField(name=name) for name in ("latitude", "longitude", "valid_from", "email")),
                *(
                    MergedField(name=name, only_new=True)
                    for name in ("name", "name_key", "during", "owner", "publicity", "confidence")
                ),
                MergedField(name="names", how="join"),
                MergedField(name="identifiers", how="join"),
                *(MergedField(name=name) for name in sorted(fields)),
            ),
            parts=(
                MergedParts(
                    model=Jurisdiction,
                    parent="body",
                    fields=("territory", "function", "confidence", "source", "checked", "during"),
                    compared=("territory", "function"),
                    mode="add",
                ),
            ),
        )
        super().__init__(context, plan, key_target="wikidata")
        self.places = Places()
        self.functions = dict(Function.objects.values_list("code", "id"))
        self.separator = context.option("separator", "|")
        self.source = context.option("source")
        self.checked = context.option("checked")
        self.publicity = context.option("publicity", "internal")

    def draft(self, row: Taken) -> Draft | None:
        """As RecordSession.draft."""
        given = row.values
        owner = self._place(row, "of_state")
        country = self._place(row, "country")
        if owner is None or country is None:
            return None
        values = record_values(record_type("bodies"), self.targets, given)
        kind = BodyKind(values["kind"])
        if not values.get("name"):
            place = given.get("seat") or given["country"]
            # In English, as the names in the source are.
            with translation.override("en"):
                values["name"] = f"{kind.label} of {given['of_state']} in {place}"[:300]
        said = given.get("kind_in_source", "")
        with translation.override("en"):
            if said and said.casefold() != str(kind.label).casefold() and not values.get("note"):
                values["note"] = f"Kind in the source: {said}"
        values.update(
            of_state_id=owner.id,
            country_id=country.id,
            name_key=name_key(values["name"]),
            identifiers={"wikidata": given["wikidata"]},
            owner_id=self.context.actor.body_id,
            publicity=self.publicity,
            confidence="reported",
        )
        if self.source and not values.get("source"):
            values["source"] = self.source[:500]
        if self.checked and not values.get("checked"):
            values["checked"] = self.checked
        if not self._coordinates(row, values):
            return None
        since = self._since(row)
        if since:
            values["valid_from"] = since
        values["during"] = str_range(since)
        if given.get("mail"):
            values["email"] = str(given["mail"]).removeprefix("mailto:")[:200]
        return Draft(
            row.number,
            given["wikidata"],
            values,
            parts={self.plan.parts[0].stage: self._covered(row, kind)},
            scope={"country_id": country.id, "territory_id": None, "owner_id": None},
        )

    def _place(self, row: Taken, target: str) -> Place | None:
        """The state (for a seat) or the state or region (for the owner) that a cell names; none is reported."""
        text = row.values[target]
        found = resolved(text)
        place = None
        if is_certain(found):
            place = self.places.of(found) if target == "of_state" else self.places.state_of(found)
        if place is None:
            self.report.error(row.number, self.context.column_of(target), text, found.explanation, "state")
        return place

    def _coordinates(self, row: Taken, values: dict[str, Any]) -> bool:
        pair: list[float | None] = []
        for name, most in (("latitude", 90.0), ("longitude", 180.0)):
            text = row.values.get(name)
            if text is None:
                pair.append(None)
                continue
            try:
                number = float(text)
            except ValueError:
                number = float("nan")
            if not -most <= number <= most:
                reason = _("A coordinate is a number of degrees between %(least)d and %(most)d.")
                words = reason % {"least": -most, "most": most}
                self.report.error(row.number, self.context.column_of(name), text, words, "coordinates")
                return False
            pair.append(number)
        if None in pair:
            self.report.warn(row.number, self.context.column_of("latitude"), "", _("No coordinates."), "coordinates")
        else:
            values["latitude"], values["longitude"] = pair
        return True

    def _since(self, row: Taken) -> str:
        """The day of foundation; 1 January stands for "in that year" in sources that know no better."""
        text = str(row.values.get("since", ""))
        day = text[:10]
        return day[:4] if day.endswith("-01-01") else day

    def _covered(self, row: Taken, kind: BodyKind) -> list[Sequence[Any]]:
        text = row.values.get("covers", "")
        function = self.functions.get("consular" if kind in CONSULAR else "representation")
        parts: dict[int, Sequence[Any]] = {}
        if function is None:
            return []
        for name in text.split(self.separator)[:MOST_STATES]:
            name = name.strip()
            if not name:
                continue
            found = resolved(name)
            place = self.places.of(found) if is_certain(found) else None
            if place is None:
                self.report.warn(row.number, self.context.column_of("covers"), name, found.explanation, "territory")
                continue
            parts[place.id] = (place.id, function, "reported", self.source[:500], self.checked, "(,)")
        return list(parts.values())


def str_range(since: str) -> str:
    """The days from a partial date on, as the database writes a range."""
    lower = during(since, "").lower
    return f"[{lower.isoformat()},)" if lower else "(,)"


register(BodyImport())
