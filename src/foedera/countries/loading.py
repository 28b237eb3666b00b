"""Reads the folder of a profile, checks it whole and joins it with the shared lists of the world."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from foedera.countries import world
from foedera.countries.checks import Placed, ends_after_start, known, no_duplicates, no_overlaps
from foedera.countries.profile import (
    Body,
    DemonstrationFile,
    District,
    Format,
    Jurisdiction,
    Membership,
    Names,
    NumberFormats,
    Position,
    Post,
    PostPattern,
    Profile,
    Region,
    ReviewSettings,
)
from foedera.countries.tables import Problem, ProfileError, convert, read_table, read_toml

FOLDER = Path(__file__).resolve().parent


class _Settings(BaseModel):
    """``profile.toml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    names: Names
    languages: tuple[str, ...]
    name_languages: tuple[str, ...]
    time_zone: str
    capital: Names
    currency: str
    week_starts: str
    region_word: Names
    number_formats: NumberFormats
    review: ReviewSettings


def available() -> list[str]:
    """Return the codes of the profiles there are, sorted: every folder beside this file with a ``profile.toml``."""
    return sorted(path.parent.name.upper() for path in FOLDER.glob("*/profile.toml"))


@cache
def load_profile(code: str) -> Profile:
    """Return the profile of a state by its ISO 3166-1 code, read once per process.

    Raises KeyError if there is no such profile and ProfileError, which names every fault, if its data are faulty.
    """
    if code not in available():
        raise KeyError(code)
    return read_profile(FOLDER / code.lower())


def read_profile(folder: Path) -> Profile:
    """Return the profile in a folder. Raises ProfileError, which names file, line, column and reason of every fault."""
    problems: list[Problem] = []
    settings = convert(_Settings, read_toml(folder / "profile.toml", problems), "profile.toml", 0, problems)
    districts = read_table(folder, "districts.csv", District, problems)
    regions = read_table(folder, "regions.csv", Region, problems)
    positions = read_table(folder, "positions.csv", Position, problems)
    bodies = read_table(folder, "bodies.csv", Body, problems) + read_table(folder, "missions.csv", Body, problems)
    patterns = read_table(folder, "posts.csv", PostPattern, problems)
    jurisdictions = read_table(folder, "jurisdictions.csv", Jurisdiction, problems)
    jurisdictions += read_table(folder, "mission_jurisdictions.csv", Jurisdiction, problems)
    formats = read_table(folder, "formats.csv", Format, problems)
    memberships = read_table(folder, "memberships.csv", Membership, problems)
    demonstration = _demonstration(folder, problems)

    own_regions = {row.code for _, row in regions}
    own_districts = {row.code for _, row in districts}
    territories = world.territory_codes() | own_regions | own_districts
    states = world.state_codes()
    body_codes = {row.code for _, row in bodies}
    for table in (districts, regions, bodies, formats):
        no_duplicates(table, "code", problems)
    for rows, field, codes, what in (
        (regions, "district", own_districts, "district of this profile"),
        (positions, "territory", territories, "territory"),
        (bodies, "parent", body_codes, "body of this profile"),
        (bodies, "owner", states, "state"),
        (bodies, "country", states, "state"),
        (bodies, "territory", territories, "territory"),
        (jurisdictions, "body", body_codes, "body of this profile"),
        (jurisdictions, "territory", territories, "territory"),
        (jurisdictions, "function", {row.code for row in world.functions()}, "function"),
        (memberships, "member", territories, "territory"),
        (memberships, "format", {row.code for _, row in formats}, "format of this profile"),
    ):
        known(rows, field, codes, what, problems)
    for dated in (districts, regions, bodies, jurisdictions, memberships):
        ends_after_start(dated, problems)
    no_overlaps(memberships, ("format", "member"), problems)
    no_overlaps(jurisdictions, ("body", "territory", "function"), problems)
    _positions_of_both_sides(regions, positions, problems)
    if settings is not None and settings.code != folder.name.upper():
        problems.append(Problem("profile.toml", 0, "code", f"{settings.code!r} in the folder {folder.name!r}"))
    if problems or settings is None:
        raise ProfileError(folder.name, problems)

    own = {settings.code} | own_regions
    shared = {row.format for row in world.memberships() if row.member in own}
    return Profile(
        **{name: getattr(settings, name) for name in _Settings.model_fields},
        functions=world.functions(),
        subject_areas=world.subject_areas(),
        districts=_rows(districts),
        regions=_rows(regions),
        positions=_rows(positions),
        bodies=_rows(bodies),
        posts=tuple(_posts(_rows(bodies), _rows(patterns))),
        jurisdictions=_rows(jurisdictions),
        formats=tuple(row for row in world.formats() if row.code in shared) + _rows(formats),
        memberships=tuple(row for row in world.memberships() if row.format in shared) + _rows(memberships),
        demonstration=demonstration,
    )


def _rows(placed: Placed) -> tuple[Any, ...]:
    return tuple(row for _, row in placed)


def _posts(bodies: Iterable[Body], patterns: Iterable[PostPattern]) -> Iterable[Post]:
    for body in bodies:
        for pattern in patterns:
            if pattern.body_kind is body.kind:
                yield Post(
                    code=f"{body.code}/{pattern.suffix}",
                    body=body.code,
                    rank=pattern.rank,
                    names=pattern.names,
                    to_be_completed=pattern.to_be_completed,
                    source=pattern.source,
                )


def _positions_of_both_sides(regions: Placed, positions: Placed, problems: list[Problem]) -> None:
    """A contested region must come with the positions of at least two holders, so that no side is taken by omission."""
    for place, region in regions:
        holders = {position.holder for _, position in positions if position.territory == region.code}
        if region.contested and len(holders) < 2:
            reason = "contested, but positions.csv holds the position of fewer than two"
            problems.append(Problem(place.file, place.line, "contested", reason))


def _demonstration(folder: Path, problems: list[Problem]) -> tuple[DemonstrationFile, ...]:
    name = "demonstration/demonstration.toml"
    path = folder / "demonstration" / "demonstration.toml"
    if not path.exists():
        return ()
    files: list[DemonstrationFile] = []
    entries: Mapping[str, Any] = read_toml(path, problems)
    for entry in entries.get("file", []):
        target = path.parent / str(entry.get("path", ""))
        checked = convert(DemonstrationFile, {**entry, "path": target}, name, 0, problems)
        if checked is None:
            continue
        for needed in (checked.path, path.parent / checked.licence_file):
            if not needed.exists():
                problems.append(Problem(name, 0, "path", f"{needed.name!r} is missing"))
        files.append(checked)
    return tuple(files)
