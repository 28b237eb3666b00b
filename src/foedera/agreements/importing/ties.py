"""The import of ties: each row is a pair of towns; both directions and repeats fold into one tie.

Towns become bodies (see directory.importing.towns). A tie that is there already gets the source added and what it does not say yet; nothing
of it is replaced. Where a list says a pair more than once, the first row counts that says something.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.agreements.models import Tie, TieKind
from foedera.agreements.transitions import WORKERS
from foedera.countries.world.names import Resolution
from foedera.directory.importing.places import Places, is_certain, resolved
from foedera.directory.importing.towns import Settled, Town, Towns, locate_towns, make_towns
from foedera.platform.access.policies import policy_for
from foedera.platform.access.roles import Role
from foedera.platform.actions.performing import Action
from foedera.platform.actions.performing import register as register_action
from foedera.platform.lists.description import record_type
from foedera.platform.lists.importing.adapters import ImportAdapter, ImportContext, Option, Session, Taken, register
from foedera.platform.lists.importing.mapping import Target, targets_of
from foedera.platform.lists.importing.merging import Merge, MergedField, MergePlan
from foedera.platform.lists.importing.report import name_problems
from foedera.platform.lists.importing.running import import_action
from foedera.platform.lists.importing.sessions import Staging, record_values, references_among, resolved_references
from foedera.platform.lists.importing.staging import Stage, array_text

# The two ends are made of towns.
ENDS_OF_TIE = frozenset({"first", "second"})
# Decided when a tie is made, and by people afterwards.
DECIDED = frozenset({"kind", "state", "publicity", "publicity_ground", "public_from"})
PAIRS, ENDS = "import_pairs", "import_ends"
# A name in brackets or with such a word is a district, a province or another area, not a town.
NO_TOWN = re.compile(
    r"(?i)\((?:rural |urban-rural )?gmina\)|\b(district|county|province|oblast|region|raion|voivodeship|department"
    r"|prefecture|municipality|canton|state)\b|\bAO\b"
)
OUTERMOST = {"latitude": 90.0, "longitude": 180.0}

name_problems(
    {
        "country": gettext_lazy("Countries not resolved"),
        "towns_created": gettext_lazy("Towns made"),
        "towns_found": gettext_lazy("Towns that were there"),
        "itself": gettext_lazy("A town paired with itself"),
        "no_coordinates": gettext_lazy("Coordinates missing"),
        "same_coordinates": gettext_lazy("Both ends at the same place"),
        "namesake": gettext_lazy("Towns of one name in one country, far apart"),
        "doubtful_town": gettext_lazy("One of several towns of that name"),
        "no_town": gettext_lazy("Ends that are no towns by their name"),
        "no_region": gettext_lazy("Own towns whose region is not known"),
    }
)

ACTION = register_action(import_action("ties.import", Tie, frozenset({*WORKERS, Role.ADMINISTRATOR})))

STAGED = """
INSERT INTO import_rows (row_no, key, first_id, second_id, sources, own_ids, partner_ids, end_text, owner_id, {columns})
SELECT DISTINCT ON (kind, first, second) row_no, kind || ':' || first || ':' || second, first, second, %s::text[],
       ARRAY(SELECT DISTINCT e FROM unnest(own) e ORDER BY e), ARRAY(SELECT DISTINCT e FROM unnest(partners) e ORDER BY e),
       words, %s, {columns}
FROM (
    SELECT p.row_no, least(a.body_id, b.body_id) AS first, greatest(a.body_id, b.body_id) AS second,
           a.own || b.own AS own, a.partners || b.partners AS partners,
           CASE WHEN a.words = b.words THEN a.words WHEN a.body_id < b.body_id THEN a.words || ' – ' || b.words
                ELSE b.words || ' – ' || a.words END AS words, {said}
    FROM import_pairs p JOIN import_ends a ON a.end_no = p.first_end JOIN import_ends b ON b.end_no = p.second_end
    WHERE a.body_id <> b.body_id
) pairs ORDER BY kind, first, second, row_no
"""
SAID = """first_value(p."{column}") OVER (
    PARTITION BY p.kind, least(a.body_id, b.body_id), greatest(a.body_id, b.body_id) ORDER BY p."{column}" IS NULL, p.row_no
) AS "{column}\""""
THEMSELVES = """
SELECT p.row_no, a.words FROM import_pairs p JOIN import_ends a ON a.end_no = p.first_end
JOIN import_ends b ON b.end_no = p.second_end WHERE a.body_id = b.body_id ORDER BY 1
"""
UNCERTAIN = """
SELECT p.row_no, e.end_no, e.end_no = p.first_end FROM import_pairs p
JOIN unnest(%s::int[]) e(end_no) ON e.end_no IN (p.first_end, p.second_end) ORDER BY 1
"""
STANDING = """
SELECT count(*) FROM import_pairs p JOIN import_ends a ON a.end_no = p.first_end
JOIN import_ends b ON b.end_no = p.second_end WHERE a.body_id <> b.body_id
"""


class TieImport(ImportAdapter):
    """`./foedera import ties FILE`."""

    kind: ClassVar[str] = "ties"
    label = gettext_lazy("Ties")
    help = gettext_lazy("A list of twin towns: two towns with their countries, and where they lie.")
    model = Tie
    mappings: ClassVar[Path | None] = Path(__file__).parent / "mappings" / "ties"

    @property
    def action(self) -> Action[Any]:
        """As ImportAdapter.action."""
        return ACTION

    def targets(self) -> list[Target]:
        """As ImportAdapter.targets."""
        return [*_ends(), *self.described]

    @cached_property
    def described(self) -> list[Target]:
        """The fields that the description of ties offers; none is required, for all have values of their own."""
        columns = [c for c in record_type("ties").columns if c.editable and c.name not in ENDS_OF_TIE]
        return [
            Target(name=t.name, label=t.label, help=t.help, column=t.column, language=t.language)
            for t in targets_of(columns)
        ]

    def options(self) -> list[Option]:
        """As ImportAdapter.options."""
        return [
            Option(
                "source",
                gettext_lazy("Source"),
                gettext_lazy("Stands with every tie and with every town that is made."),
            ),
            Option("publicity", gettext_lazy("Publicity"), default="internal"),
        ]

    def session(self, context: ImportContext) -> Session:
        """As ImportAdapter.session."""
        return TieSession(context, self)


def _ends() -> list[Target]:
    """The fields of the two towns."""
    return [
        Target(name=f"{end}{field}", label=_joined(label, words), required=field in ("", "_country"))
        for end, label in (("first", gettext_lazy("One end")), ("second", gettext_lazy("Other end")))
        for field, words in (
            ("", gettext_lazy("town")),
            ("_country", gettext_lazy("country")),
            ("_latitude", gettext_lazy("latitude")),
            ("_longitude", gettext_lazy("longitude")),
        )
    ]


def _joined(end: Any, words: Any) -> Any:
    from django.utils.text import format_lazy

    return format_lazy("{}: {}", end, words)


@dataclass(slots=True)
class Pair:
    """A row: the numbers of its two ends, and what it says of the tie by model field."""

    number: int
    ends: tuple[int, int]
    values: dict[str, Any]


class TieSession(Session):
    """Pairs are staged with the numbers of their ends; towns are settled when all ends are known."""

    def __init__(self, context: ImportContext, adapter: TieImport) -> None:
        self.targets = adapter.described
        described = list(dict.fromkeys(t.column.path for t in self.targets if t.column is not None))
        self.staging = Staging(Tie, described)
        self.context = context
        self.report = context.report
        self.places = Places()
        self.towns = Towns(self.places)
        self.source = context.option("source") or context.file_name
        self.publicity = context.option("publicity", "internal")
        self.pairs = Stage(
            PAIRS,
            [
                ("row_no", "integer"),
                ("first_end", "integer"),
                ("second_end", "integer"),
                *self.staging.columns,
            ],
        )
        self.ends = Stage(
            ENDS,
            [
                ("end_no", "integer"),
                ("body_id", "bigint"),
                ("own", "bigint[]"),
                ("partners", "bigint[]"),
                ("words", "text"),
            ],
        )
        self.merge = Merge(
            MergePlan(
                model=Tie,
                key="t.kind || ':' || t.first_id || ':' || t.second_id",
                fields=(
                    *(
                        MergedField(name=name, only_new=True)
                        for name in ("first", "second", "own_ids", "partner_ids", "end_text", "owner")
                    ),
                    *(
                        MergedField(name=name, only_new=True) if name in DECIDED else MergedField(name=name, how="fill")
                        for name in described
                    ),
                    MergedField(name="sources", how="join"),
                ),
            ),
            existing=context.mapping.existing,
            actor=context.actor,
            report=context.report,
            key_column=context.column_of("first"),
        )  # fmt: skip

    # -------------------------------------------------------------------------------------------------------- staging

    def prepare(self, rows: Sequence[Taken]) -> list[Pair]:
        """As Session.prepare."""
        return [pair for row in rows if (pair := self._pair(row)) is not None]

    def take(self, prepared: Sequence[Pair]) -> None:
        """As Session.take."""
        pairs = resolved_references(prepared, references_among(self.targets), self.context)
        self.pairs.write([p.number, *p.ends, *self.staging.cells(p.values)] for p in pairs)

    def _pair(self, row: Taken) -> Pair | None:
        given, number = row.values, row.number
        countries = [self._country(row, f"{end}_country") for end in ("first", "second")]
        points = [self._point(row, end) for end in ("first", "second")]
        if None in countries or False in points:
            return None
        ends: list[int] = []
        for end, found, point in zip(("first", "second"), countries, points, strict=True):
            assert found is not None
            state, region = self.places.state_of(found), self.places.of(found)
            assert state is not None
            name = given[end][:300]
            if NO_TOWN.search(name):
                words = _("By its name this is no town; it is taken as one.")
                self.report.warn(number, self.context.column_of(end), name, words, "no_town")
            place = point if isinstance(point, tuple) else None
            ends.append(self.towns.number(name, state, region if region is not state else None, place, number))
        if ends[0] == ends[1]:
            self._itself(number, given["first"])
            return None
        if points[0] is None or points[1] is None:
            which = "first" if points[0] is None else "second"
            words = _("No coordinates; namesakes cannot be told apart by place.")
            self.report.warn(number, self.context.column_of(which), given[which], words, "no_coordinates")
        elif points[0] == points[1]:
            words = _("Both ends have the same coordinates; one of them is wrong.")
            both = f"{given['first']} – {given['second']}"
            self.report.warn(number, self.context.column_of("second_latitude"), both, words, "same_coordinates")
        values = {"kind": TieKind.TWINNING.value, "publicity": self.publicity}
        values |= record_values(record_type("ties"), self.targets, given)
        return Pair(number, (ends[0], ends[1]), values)

    def _itself(self, number: int, name: str) -> None:
        words = _("The row pairs a town with itself.")
        self.report.error(number, self.context.column_of("second"), name, words, "itself")

    def _country(self, row: Taken, target: str) -> Resolution | None:
        text = row.values[target]
        found = resolved(text)
        if is_certain(found) and self.places.state_of(found) is not None:
            return found
        self.report.error(row.number, self.context.column_of(target), text, found.explanation, "country")
        return None

    def _point(self, row: Taken, end: str) -> tuple[float, float] | bool | None:
        """The coordinates of an end; None when it has none, False when they are impossible (and reported)."""
        numbers: list[float] = []
        for name, most in OUTERMOST.items():
            text = row.values.get(f"{end}_{name}")
            if text is None:
                return None
            try:
                number = float(text)
            except ValueError:
                number = float("nan")
            if not -most <= number <= most:
                words = _("A coordinate is a number of degrees between %(least)d and %(most)d.")
                reason = words % {"least": -most, "most": most}
                self.report.error(row.number, self.context.column_of(f"{end}_{name}"), text, reason)
                return False
            numbers.append(number)
        return numbers[0], numbers[1]

    # ------------------------------------------------------------------------------------------------------- settling

    def finish(self) -> None:
        """As Session.finish."""
        settled = self.towns.settle()
        self._tell(settled)
        towns = list({id(t): t for t in settled.towns.values()}.values())
        new = [t for t in towns if t.is_new]
        write = self.context.writes
        if write:
            self._number(new)
        self.ends.write(
            (number, town.id, *own_and_partner(town, self.places), town.words) for number, town in settled.towns.items()
        )
        self.pairs.ready()
        self.ends.ready("end_no")
        with connection.cursor() as cursor:
            cursor.execute(THEMSELVES)
            for row, words in cursor.fetchall():
                self._itself(row, words)
            columns = [column for column, _kind in self.staging.columns]
            staged = STAGED.format(
                columns=", ".join(f'"{c}"' for c in columns), said=", ".join(SAID.format(column=c) for c in columns)
            )
            cursor.execute(staged, [[self.source[:120]], self.context.actor.body_id])
            kept = cursor.rowcount
            cursor.execute(STANDING)
            self.report.fold(int(cursor.fetchone()[0]) - kept)
        self._leave_others_alone()
        write = self.context.writes
        needed = self._needed()
        wanted = [t for t in new if t.id in needed]
        if write:
            make_towns(
                wanted,
                source=self.source,
                publicity=self.publicity,
                owner_id=self.context.actor.body_id,
            )
            locate_towns([t for t in towns if t.located and not t.is_new])
        self.report.extra["towns_created"] = len(wanted)
        self.report.extra["towns_found"] = len(towns) - len(new)
        outcome = self.merge.settle(write=write)
        counts = self.report.counts
        counts["created"], counts["changed"], counts["unchanged"] = outcome.new, outcome.differing, outcome.equal

    def _needed(self) -> set[int]:
        """The towns that are ends of ties which will stand."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT first_id FROM import_rows UNION SELECT second_id FROM import_rows")
            return {key for (key,) in cursor.fetchall()}

    def _number(self, towns: Sequence[Town]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence('directory_body', 'id')) FROM generate_series(1, %s)",
                [len(towns)],
            )
            for town, (key,) in zip(towns, cursor.fetchall(), strict=True):
                town.id = key

    def _tell(self, settled: Settled) -> None:
        report, column = self.report, self.context.column_of("first")
        for town in settled.namesakes:
            words = _("There is another town of this name in the country, far from here; both are kept.")
            report.warn(town.row, column, town.name, words, "namesake")
        own = self.places.own_state_id
        for town in {id(t): t for t in settled.towns.values()}.values():
            if town.key[1] == own and town.territory_id is None and town.is_new:
                words = _("The region of this town could not be found by its coordinates.")
                report.warn(town.row, column, town.name, words, "no_region")
        if settled.doubtful:
            with connection.cursor() as cursor:
                cursor.execute(UNCERTAIN, [list(settled.doubtful)])
                names = {number: end.name for end, number in self.towns.numbers.items()}
                for row, end, is_first in cursor.fetchall():
                    words = _("There are %(count)d towns of this name in the country, and the row does not say where.")
                    reason = words % {"count": settled.doubtful[end]}
                    which = self.context.column_of("first" if is_first else "second")
                    report.error(row, which, names[end], reason, "doubtful_town")

    def _leave_others_alone(self) -> None:
        """New ties outside the actor's territory are refused; nothing is asked where the role covers all."""
        actor, policy = self.context.actor, policy_for(Tie)
        probe = Tie()
        if policy.in_scope(probe, actor):
            return
        refused = []
        with connection.cursor() as cursor:
            cursor.execute("SELECT row_no, own_ids, partner_ids, end_text FROM import_rows ORDER BY row_no")
            for row, own, partners, words in cursor.fetchall():
                probe.own_ids, probe.partner_ids = own, partners
                verdict = policy.in_scope(probe, actor)
                if not verdict:
                    refused.append(row)
                    self.report.error(row, self.context.column_of("first"), words, str(verdict.reason), "rights")
            cursor.execute("DELETE FROM import_rows WHERE row_no = ANY(%s)", [refused])

    def close(self) -> None:
        """As Session.close."""
        self.merge.drop()
        self.pairs.drop()
        self.ends.drop()


def own_and_partner(town: Town, places: Places) -> tuple[str, str]:
    """What an end adds to the own regions and to the partner states of a tie, as arrays (see actions._settle_tie)."""
    if town.territory_id is not None and places.by_id[town.territory_id].own:
        return array_text([town.territory_id]), "{}"
    return "{}", array_text([town.key[1]])


register(TieImport())
