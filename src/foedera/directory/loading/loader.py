"""Writes the rows of a profile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import connection, models
from django.utils import timezone

from foedera.countries import world
from foedera.countries.profile import Names, Profile
from foedera.directory.models import (
    Body,
    Format,
    Function,
    Jurisdiction,
    Membership,
    Position,
    Post,
    Territory,
    TerritoryKind,
)
from foedera.directory.rules import during, last_day, name_key
from foedera.platform.records.models import Publicity

ACTION = "directory.load_profile"
Row = dict[str, Any]

LAST_CHANGED_BY_HAND = """
SELECT row_id FROM (
    SELECT DISTINCT ON (e.row_id) e.row_id, coalesce(a.name, '') AS name
    FROM history_entry e LEFT JOIN history_action a ON a.id = e.action_id
    WHERE e.table_name = %s AND e.row_id = ANY(%s)
    ORDER BY e.row_id, e.id DESC
) latest WHERE name <> %s
"""

MADE_AND_CHANGED_ONLY_BY_LOADING = """
SELECT e.row_id FROM history_entry e LEFT JOIN history_action a ON a.id = e.action_id
WHERE e.table_name = %s AND e.row_id = ANY(%s)
GROUP BY e.row_id HAVING bool_and(coalesce(a.name, '') = %s)
"""


class Loader:
    """One load: keeps the ids of what has been written by code, and the counts."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.language = profile.languages[0]
        self.counts: dict[str, int] = {"kept_by_hand": 0, "no_longer_in_profile": 0}
        self.territories: dict[str, int] = {}
        self.bodies: dict[str, int] = {}
        self.formats: dict[str, int] = {}
        self.functions: dict[str, int] = {}

    def run(self) -> None:
        """Write everything, what is referred to first."""
        self._territories()
        self._positions()
        self.functions = self._merge(Function, ("code",), (_function(row) for row in self.profile.functions))
        self._bodies()
        self._posts()
        self._merge_facts(
            Jurisdiction,
            ("body_id", "territory_id", "function_id", "valid_from"),
            (
                {
                    "body_id": self.bodies[row.body],
                    "territory_id": self.territories[row.territory],
                    "function_id": self.functions[row.function],
                    "confidence": row.confidence.value,
                    "source": row.source[:500],
                    "checked": row.checked,
                    "note": row.note[:500],
                    **_dates(row.valid_from, row.valid_until),
                }
                for row in self.profile.jurisdictions
            ),
            Jurisdiction.objects.filter(body__code__isnull=False),
        )
        self.formats = self._merge(Format, ("code",), (self._format(row) for row in self.profile.formats))
        self._merge_facts(
            Membership,
            ("format_id", "territory_id", "valid_from"),
            (
                {
                    "format_id": self.formats[row.format],
                    "territory_id": self.territories[row.member],
                    "standing": row.role.value,
                    "confidence": row.confidence.value,
                    "source": row.source[:500],
                    "note": row.note[:500],
                    **_dates(row.valid_from, row.valid_until),
                }
                for row in self.profile.memberships
            ),
            Membership.objects.filter(format__code__isnull=False),
        )

    # ------------------------------------------------------------------------------------------------- territories

    def _territories(self) -> None:
        rows = {row["code"]: row for row in self._territory_rows()}
        parents = {code: (row.pop("of"), row.pop("in_")) for code, row in rows.items()}
        waiting = set(rows)
        first = True
        # What a territory refers to must be there before it; a second-level subdivision waits for the first level.
        while waiting:
            ready = [c for c in waiting if all(p == "" or p not in waiting for p in parents[c])]
            if not ready:
                raise ValueError(f"territories that are part of each other: {sorted(waiting)[:5]}")
            ready.sort()
            for code in ready:
                of, within = parents[code]
                rows[code]["state_id"] = self.territories[of] if of else None
                rows[code]["parent_id"] = self.territories[within] if within else None
            self.territories |= self._merge(Territory, ("code",), (rows[code] for code in ready), more=not first)
            waiting -= set(ready)
            first = False
        gone = Territory.objects.exclude(code__in=list(rows)).count()
        self.counts["no_longer_in_profile"] += gone

    def _territory_rows(self) -> Iterator[Row]:
        """All territories; a later row of the same code replaces an earlier one."""
        profile = self.profile
        known = world.state_codes()
        contested_elsewhere = {row.iso_code for row in profile.regions if row.contested and row.iso_code}
        contested = {row.territory for row in world.positions()} | contested_elsewhere
        for state in world.states():
            yield _territory(
                state.code,
                TerritoryKind(state.kind.value),
                state.names,
                official_names=dict(state.official_names),
                of=state.parent if state.parent in known else "",
                contested=state.contested or state.code in contested,
                iso_code=state.code if len(state.code) == 2 else "",
                successors=list(state.successors),
                seat_names={"en": state.capital} if state.capital else {},
                source=state.source[:500],
                dates=(state.valid_from, state.valid_until),
            )
        subdivisions = {row.code for row in world.subdivisions()}
        for row in world.subdivisions():
            yield _territory(
                row.code,
                TerritoryKind.REGION,
                row.names,
                of=row.country,
                in_=row.parent if row.parent in subdivisions else "",
                type_names={"en": row.type} if row.type else {},
                contested=row.code in contested,
                iso_code=row.code,
                source="ISO 3166-2",
            )
        for district in profile.districts:
            yield _territory(
                district.code,
                TerritoryKind.DISTRICT,
                district.names,
                of=profile.code,
                own=True,
                seat_names=dict(district.seat),
                has_outline=False,
                source=district.source[:500],
                note=district.note,
                dates=(district.valid_from, district.valid_until),
            )
        for region in profile.regions:
            yield _territory(
                region.code,
                TerritoryKind.REGION,
                region.names,
                of=profile.code,
                in_=region.district,
                own=True,
                type_names=dict(region.type_names),
                contested=region.contested,
                has_outline=region.outline,
                iso_code=region.iso_code,
                national_code=region.national_code,
                seat_names=dict(region.seat),
                time_zone=region.time_zone,
                latitude=region.latitude,
                longitude=region.longitude,
                source=region.source[:500],
                note=region.note,
                dates=(region.valid_from, region.valid_until),
            )

    def _positions(self) -> None:
        twins = {row.code: row.iso_code for row in self.profile.regions if row.iso_code not in ("", row.code)}

        def rows() -> Iterator[Row]:
            for row in (*world.positions(), *self.profile.positions):
                # The same area under the code of another state has the same positions.
                for code in (row.territory, twins.get(row.territory, "")):
                    if code in self.territories:
                        yield {
                            "territory_id": self.territories[code],
                            "holder": row.holder,
                            "statement": dict(row.statement),
                            "instrument": row.instrument[:500],
                            "dated": row.dated,
                            "source": row.source[:500],
                            "checked": row.checked,
                        }

        self._merge_facts(Position, ("territory_id", "holder", "instrument"), rows(), Position.objects.all())

    # ------------------------------------------------------------------------------------- bodies, posts and formats

    def _named(self, names: Names) -> tuple[str, dict[str, str]]:
        """The name in the first language of the profile that has one, and the names in the others."""
        main = self.language if names.get(self.language) else "en"
        return names[main][:300], {language: name for language, name in names.items() if language != main}

    def _bodies(self) -> None:
        zones = {row.code: row.time_zone for row in self.profile.regions}
        rows: dict[str, Row] = {}
        parents: dict[str, str] = {}
        for row in self.profile.bodies:
            name, names = self._named(row.names)
            seat, seats = self._named(row.seat) if row.seat else ("", {})
            parents[row.code] = row.parent
            rows[row.code] = {
                "code": row.code,
                "kind": row.kind.value,
                "name": name,
                "names": names,
                "short_names": dict(row.short_names),
                "name_key": name_key(name),
                "of_state_id": self.territories[row.owner],
                "country_id": self.territories[row.country],
                "territory_id": self.territories[row.territory] if row.territory else None,
                "seat": seat[:200],
                "seat_names": seats,
                "latitude": row.latitude,
                "longitude": row.longitude,
                "time_zone": zones.get(row.territory, ""),
                "address": row.address[:500],
                "phone": row.phone[:200],
                "email": row.email[:200],
                "website": row.website[:500],
                "identifiers": {"wikidata": row.wikidata} if row.wikidata else {},
                "to_be_completed": row.to_be_completed,
                "confidence": row.confidence.value,
                "source": row.source[:500],
                "checked": row.checked,
                "note": row.note,
                "state": "closed" if row.valid_until else "active",
                "publicity": Publicity.PUBLIC,
                **_dates(row.valid_from, row.valid_until),
            }
        waiting = set(rows)
        first = True
        while waiting:
            ready = sorted(c for c in waiting if parents[c] not in waiting)
            if not ready:
                raise ValueError(f"bodies that are part of each other: {sorted(waiting)[:5]}")
            for code in ready:
                rows[code]["parent_id"] = self.bodies[parents[code]] if parents[code] else None
            self.bodies |= self._merge(Body, ("code",), (rows[code] for code in ready), more=not first)
            waiting -= set(ready)
            first = False
        gone = Body.objects.filter(code__isnull=False).exclude(code__in=list(rows))
        self.counts["no_longer_in_profile"] += gone.filter(pk__in=self._made_here(Body, gone)).count()

    def _made_here(self, model: type[models.Model], rows: models.QuerySet[Any, Any]) -> list[int]:
        return self._ids(MADE_AND_CHANGED_ONLY_BY_LOADING, model, list(rows.values_list("pk", flat=True)))

    def _posts(self) -> None:
        def rows() -> Iterator[Row]:
            for row in self.profile.posts:
                name, names = self._named(row.names)
                yield {
                    "code": row.code,
                    "body_id": self.bodies[row.body],
                    "rank": row.rank.value,
                    "name": name,
                    "names": names,
                    "to_be_completed": row.to_be_completed,
                    "source": row.source[:500],
                    **_dates("", ""),
                }

        self._merge(Post, ("code",), rows())

    def _format(self, row: Any) -> Row:
        name, names = self._named(row.names)
        return {
            "code": row.code,
            "kind": row.kind.value,
            "name": name,
            "names": names,
            "short_names": dict(row.short_names),
            "interregional": row.interregional,
            "founded": row.founded,
            "dissolved": row.dissolved,
            "cadence_months": row.cadence_months,
            "last_session": row.last_session,
            "next_session": row.next_session,
            "website": row.website[:500],
            "source": row.source[:500],
            "checked": row.checked,
            "confidence": row.confidence.value,
            "note": row.note,
            "publicity": Publicity.PUBLIC,
        }

    # ------------------------------------------------------------------------------------------------------- writing

    def _merge_facts(
        self,
        model: type[models.Model],
        key: tuple[str, ...],
        rows: Iterable[Row],
        loaded: models.QuerySet[Any, Any],
    ) -> None:
        """Merge dated facts, and remove those that only loading has touched and the profile no longer has."""
        wanted = list(rows)
        self._merge(model, key, wanted)
        keys = {tuple(row[k] for k in key) for row in wanted}
        gone = [pk for pk, *values in loaded.values_list("pk", *key) if tuple(values) not in keys]
        removable = self._ids(MADE_AND_CHANGED_ONLY_BY_LOADING, model, gone)
        model._default_manager.filter(pk__in=removable).delete()
        self.counts[f"{_table(model)}_removed"] = len(removable)
        self.counts["no_longer_in_profile"] += len(gone) - len(removable) if model is Position else 0

    def _ids(self, sql: str, model: type[models.Model], ids: list[int]) -> list[int]:
        if not ids:
            return []
        with connection.cursor() as cursor:
            cursor.execute(sql, [model._meta.db_table, ids, ACTION])
            return [row[0] for row in cursor.fetchall()]

    def _merge(
        self, model: type[models.Model], key: tuple[str, ...], rows: Iterable[Row], *, more: bool = False
    ) -> dict[Any, int]:
        """Make what is missing, change what differs unless it was changed by hand; returns ids by key (by the value of a
        key of one column). `more` adds to the counts of the same table."""
        wanted = {tuple(row[k] for k in key): row for row in rows}
        fields = list(next(iter(wanted.values()))) if wanted else []
        compared = [f for f in fields if f != "during"]
        versioned = issubclass(model, Body | Format)
        reading = ["pk", *(["version"] if versioned else []), *compared]
        present: dict[tuple[Any, ...], Row] = {}
        if wanted:
            existing = model._default_manager.filter(**{f"{key[0]}__in": list({k[0] for k in wanted})})
            for values in existing.values_list(*reading):
                row = dict(zip(reading, values, strict=True))
                present[tuple(row[k] for k in key)] = row
        new = [model(**row) for k, row in wanted.items() if k not in present]
        differing = [k for k, row in wanted.items() if k in present and any(present[k][f] != row[f] for f in compared)]
        by_hand = set(self._ids(LAST_CHANGED_BY_HAND, model, [present[k]["pk"] for k in differing]))
        changed: list[models.Model] = []
        for k in differing:
            pk = present[k]["pk"]
            if pk in by_hand:
                continue
            row = wanted[k]
            if versioned:
                row = {**row, "version": present[k]["version"] + 1, "updated_at": timezone.now()}
            changed.append(model(pk=pk, **row))
        model._default_manager.bulk_create(new, batch_size=1000)
        if changed:
            updating = [f.removesuffix("_id") for f in fields] + (["version", "updated_at"] if versioned else [])
            model._default_manager.bulk_create(
                changed, batch_size=1000, update_conflicts=True, unique_fields=["pk"], update_fields=updating
            )
        table = _table(model)
        for name, number in (
            (table, len(wanted)),
            (f"{table}_created", len(new)),
            (f"{table}_changed", len(changed)),
        ):
            self.counts[name] = number + (self.counts.get(name, 0) if more else 0)
        self.counts["kept_by_hand"] += len(by_hand)
        ids = {k: row["pk"] for k, row in present.items()}
        for made in new:
            ids[tuple(getattr(made, k) for k in key)] = made.pk
        return {k[0] if len(key) == 1 else k: pk for k, pk in ids.items()}


def _table(model: type[models.Model]) -> str:
    plurals: Mapping[str, str] = {
        "Territory": "territories",
        "Body": "bodies",
        "Position": "positions",
        "Function": "functions",
        "Post": "posts",
        "Jurisdiction": "jurisdictions",
        "Format": "formats",
        "Membership": "memberships",
    }
    return plurals[model.__name__]


def _dates(valid_from: str, first_day_no_longer: str) -> Row:
    until = last_day(first_day_no_longer)
    return {"valid_from": valid_from, "valid_until": until, "during": during(valid_from, until)}


def _function(row: Any) -> Row:
    return {"code": row.code, "names": dict(row.names), "description": row.description}


def _territory(
    code: str,
    kind: TerritoryKind,
    names: Names,
    *,
    of: str = "",
    in_: str = "",
    dates: tuple[str, str] = ("", ""),
    **values: Any,
) -> Row:
    row: Row = {
        "code": code,
        "kind": kind.value,
        "name": names["en"][:200],
        "names": dict(names),
        "official_names": {},
        "type_names": {},
        "own": False,
        "contested": False,
        "has_outline": True,
        "iso_code": "",
        "national_code": "",
        "seat_names": {},
        "time_zone": "",
        "latitude": None,
        "longitude": None,
        "successors": [],
        "source": "",
        "note": "",
        "of": of,
        "in_": in_,
        **_dates(*dates),
    }
    row.update(values)
    return row
