"""The shipped profiles: they load, they are whole, and what they say holds together."""

import csv
from collections import Counter
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest

from foedera import countries
from foedera.countries import world
from foedera.countries.profile import BodyKind, MembershipRole, Profile
from foedera.platform.records.partial_dates import bounds

DATA = Path(__file__).parent / "data"


@pytest.fixture(params=countries.available())
def profile(request: pytest.FixtureRequest) -> Profile:
    return countries.load_profile(request.param)


def test_there_are_russia_and_brazil() -> None:
    assert countries.available() == ["BR", "RU"]


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(KeyError):
        countries.load_profile("XX")


def test_russia_counts_89_regions_in_8_districts() -> None:
    russia = countries.load_profile("RU")
    assert len(russia.regions) == 89
    assert len(russia.districts) == 8
    kinds = Counter(region.type for region in russia.regions)
    assert kinds == {
        "oblast": 48,
        "republic": 24,
        "krai": 9,
        "autonomous_okrug": 4,
        "federal_city": 3,
        "autonomous_oblast": 1,
    }


def test_brazil_counts_27_states_in_5_macro_regions_and_nine_offices() -> None:
    brazil = countries.load_profile("BR")
    assert len(brazil.regions) == 27
    assert len(brazil.districts) == 5
    assert sum(body.kind is BodyKind.OFFICE_IN_REGION for body in brazil.bodies) == 9


def test_contested_regions_carry_a_flag_and_positions_of_record() -> None:
    russia = countries.load_profile("RU")
    contested = {region.code: region for region in russia.regions if region.contested}
    assert set(contested) == {"RU-X-CR", "RU-X-SEV", "RU-X-DON", "RU-X-LUG", "RU-X-ZAP", "RU-X-KHE"}
    for code, region in contested.items():
        held = {position.holder for position in russia.positions if position.territory == code}
        assert held == {"RU", "UA", "UN"}
        assert region.iso_code.startswith("UA-")
        assert all(position.source for position in russia.positions)


def test_every_region_has_its_names_its_government_and_its_own_jurisdiction(profile: Profile) -> None:
    governments = {body.territory: body for body in profile.bodies if body.kind is BodyKind.REGION_GOVERNMENT}
    covered = {row.territory for row in profile.jurisdictions if row.function == "own_government"}
    for region in profile.regions:
        assert region.names["en"]
        assert region.names["ru"]
        assert region.seat["en"]
        assert governments[region.code].to_be_completed
        assert region.code in covered


def test_the_time_zones_exist(profile: Profile) -> None:
    if not available_timezones():
        pytest.skip("this machine has no time zone data")
    for region in profile.regions:
        ZoneInfo(region.time_zone)


def test_missions_are_dated_and_have_their_states(profile: Profile) -> None:
    missions = [body for body in profile.bodies if body.code.startswith("MISSION-")]
    assert len(missions) > 300
    assert all(body.checked == "2022-11-16" and body.wikidata for body in missions)
    assert all(profile.code in (body.owner, body.country) and body.owner != body.country for body in missions)
    abroad = {body.code for body in missions if body.owner == profile.code and body.kind is BodyKind.EMBASSY}
    represented = {row.body for row in profile.jurisdictions if row.function == "representation"}
    assert abroad <= represented


def test_posts_follow_the_kinds_of_bodies_and_name_nobody(profile: Profile) -> None:
    by_body = Counter(post.body for post in profile.posts)
    assert all(by_body[body.code] for body in profile.bodies)
    assert len({post.code for post in profile.posts}) == len(profile.posts)


def test_what_is_not_of_record_says_so(profile: Profile) -> None:
    for body in profile.bodies:
        if body.confidence == "to_confirm":
            assert body.to_be_completed


def test_the_demonstration_holds_the_rows_it_says(profile: Profile) -> None:
    import gzip

    for entry in profile.demonstration:
        lines = gzip.decompress(entry.path.read_bytes()).decode()
        rows = (
            lines.count("\n")
            if entry.path.name.endswith(".jsonl.gz")
            else len(list(csv.reader(lines.splitlines()))) - 1
        )
        assert rows == entry.rows
        assert (entry.path.parent / entry.licence_file).exists()


@pytest.mark.parametrize(
    ("format_code", "member", "on", "role"),
    [
        ("EAEU", "AM", "2015-01-01", None),
        ("EAEU", "AM", "2015-01-02", MembershipRole.MEMBER),
        ("SCO", "BY", "2024-07-03", MembershipRole.OBSERVER),
        ("SCO", "BY", "2024-07-04", MembershipRole.MEMBER),
        ("CSTO", "UZ", "2003-01-01", None),
        ("CSTO", "UZ", "2010-01-01", MembershipRole.MEMBER),
        ("CSTO", "UZ", "2013-01-01", None),
        ("CBSS", "RU", "2022-04-01", MembershipRole.SUSPENDED),
        ("CBSS", "RU", "2022-05-17", None),
        ("BRICS", "ID", "2025-01-05", None),
        ("BRICS", "ID", "2025-01-06", MembershipRole.MEMBER),
        ("MERCOSUR", "PY", "2013-01-01", MembershipRole.SUSPENDED),
    ],
)
def test_membership_is_dated_to_the_day(format_code: str, member: str, on: str, role: MembershipRole | None) -> None:
    day = date.fromisoformat(on)
    roles = [
        row.role
        for row in world.memberships()
        if (row.format, row.member) == (format_code, member)
        and (not row.valid_from or bounds(row.valid_from)[0] <= day)
        and (not row.valid_until or day < bounds(row.valid_until)[0])
    ]
    assert roles == ([role] if role else [])


KNOWN_DIFFERENCES = {
    "BRICS": "SA",  # invited, acceptance not of record
    "CIS": "TM",  # associate here, member there
    "UNASUR": "CL CO EC PY UY",  # denounced in 2018-2020
}
"""Members in worldcountrygroups 0.5.0 (MIT) that are deliberately none here."""

ADDED_HERE = {"MERCOSUR": "BO", "ASEAN": "TL", "G20": "TR X-ORG-AU X-ORG-EU", "CBSS": "X-ORG-EU"}


def test_present_membership_agrees_with_an_independent_list() -> None:
    with (DATA / "present_members.csv").open(encoding="utf-8") as stream:
        listed = {row["format"]: set(row["members"].split()) for row in csv.DictReader(stream)}
    for code, theirs in listed.items():
        ours = {
            row.member
            for row in world.memberships()
            if row.format == code and row.role is MembershipRole.MEMBER and not row.valid_until
        }
        assert theirs - ours == set(KNOWN_DIFFERENCES.get(code, "").split()), code
        assert ours - theirs == set(ADDED_HERE.get(code, "").split()), code


def test_the_shared_lists_are_whole() -> None:
    assert sum(state.kind == "state" for state in world.states()) == 195
    assert len(world.subdivisions()) == 5046
    assert all(set(state.names) >= {"en", "ru"} for state in world.states())
    codes = world.state_codes()
    for state in world.states():
        assert set(state.successors) <= codes
        assert not state.parent or state.parent in codes
    assert all(set(area.names) == {"en", "ru", "pt"} and area.keywords["en"] for area in world.subject_areas())
    disputed = {state.code for state in world.states() if state.kind == "disputed"}
    assert disputed <= {position.territory for position in world.positions()}
    assert world.state("SUHH").valid_until == "1991-12-26"
    assert set(world.state("CSHH").successors) == {"CZ", "SK"}
