"""Coverage: what counts say on paper, what a small register shows of itself, and to whom. All records are synthetic."""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from foedera.accounts.models import Person
from foedera.agreements.coverage import files, queries, rules, wording
from foedera.agreements.coverage.rules import Counts, Force, Standing
from foedera.agreements.models import Agreement, Tie
from foedera.agreements.terms import IN_FORCE_STATUSES, Status
from foedera.directory.models import Format, Installation, Membership, Position, Territory, TerritoryKind
from foedera.directory.rules import during
from foedera.platform.access.actors import Actor, public
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import NotFound

from . import make

TODAY = timezone.localdate()
LAPSED: dict[str, Any] = {"signed_on": "2009-03-12", "term_months": 60, "tacit_renewal": False}
DRAFT: dict[str, Any] = {"signed_on": "", "in_force_rule": ""}

# -------------------------------------------------------------------------------------------------------------- on paper


def test_every_status_has_its_force() -> None:
    assert set(rules.FORCE_OF_STATUS) == set(Status)
    assert set(rules.statuses_of(Force.IN_FORCE)) == set(IN_FORCE_STATUSES)
    assert set(rules.statuses_of(Force.LAPSED)) == {Status.EXPIRED, Status.TERMINATED}


@pytest.mark.parametrize(
    ("counts", "standing"),
    [
        (Counts(), Standing.NEVER),
        (Counts(ties=3), Standing.TIES),
        (Counts(lapsed=2, ties=3), Standing.LAPSED),
        (Counts(unknown=1, lapsed=2), Standing.UNKNOWN),
        (Counts(pending=1, unknown=1), Standing.PENDING),
        (Counts(in_force=1, pending=1, unknown=1, lapsed=1, ties=1), Standing.IN_FORCE),
    ],
)
def test_what_counts_say(counts: Counts, standing: Standing) -> None:
    assert counts.standing is standing


small = st.integers(0, 3)
some_counts = st.builds(Counts, small, small, small, small, small)
matrices = st.dictionaries(st.integers(1, 6), st.dictionaries(st.integers(10, 20), some_counts), max_size=6)


@given(matrices, st.frozensets(st.integers(10, 20)))
def test_every_partner_is_told_once(matrix: rules.Matrix, present: frozenset[int]) -> None:
    partners = frozenset(range(10, 21))
    for row in matrix.values():
        tally = rules.tally(row, partners, present)
        gone_with_something = [k for k, c in row.items() if k not in present and c.standing is not Standing.NEVER]
        assert sum(tally[:6]) == len(present) + len(gone_with_something)
        assert tally.with_ties == sum(c.ties > 0 for c in row.values())


@given(matrices)
def test_turning_twice_gives_the_same(matrix: rules.Matrix) -> None:
    assert rules.turned(rules.turned(matrix)) == {own: dict(row) for own, row in matrix.items() if row}


@given(matrices, st.integers(1, 6))
def test_gaps_are_what_others_have_and_this_one_has_not(matrix: rules.Matrix, own: int) -> None:
    found = rules.gaps(matrix, own, frozenset(range(1, 7)))
    assert [g.others for g in found] == sorted((g.others for g in found), reverse=True)
    for partner in range(10, 21):
        others = sum(1 for key, row in matrix.items() if key != own and partner in row and row[partner].in_force)
        mine = matrix.get(own, {}).get(partner, rules.NOTHING)
        gap = next((g for g in found if g.partner == partner), None)
        assert (gap is not None) == (others > 0 and not mine.in_force)
        if gap is not None:
            assert (gap.others, gap.standing) == (others, mine.standing)


@given(st.lists(st.integers(-5, 3000), max_size=200))
def test_classes_hold_every_positive_value_once(values: list[int]) -> None:
    found = rules.classes(values)
    assert len(found) <= rules.CLASSES
    for value in values:
        inside = [c for c in found if c.least <= value and (c.most is None or value <= c.most)]
        assert len(inside) == (value > 0), value
    legend = wording.number_legend(values)
    for value in values:
        steps = [s for s in legend if (s.least is None or value >= s.least) and (s.most is None or value < s.most)]
        assert len(steps) == 1
        assert (steps[0].colour == "none") == (value <= 0)


def test_concentration() -> None:
    assert rules.concentration([]) is None
    assert rules.concentration([0, 0]) is None
    assert rules.concentration([5, 3, 1, 1], 2) == 0.8
    assert rules.concentration([1, 1], 3) == 1
    with pytest.raises(ValueError, match="negative"):
        rules.concentration([-1])


def test_the_middle_of_a_country_lies_across_the_180th_meridian() -> None:
    def place(longitude: float | None) -> queries.Place:
        return queries.Place(1, "X", "region", "X", True, False, True, True, longitude)

    assert wording.centre_of([place(20.5), place(60), place(100), place(140), place(177.5), place(None)]) == 99
    assert wording.centre_of([place(-70), place(-35)]) == -52.5
    assert wording.centre_of([place(10)]) is None


# ----------------------------------------------------------------------------------------------------------- a register


@pytest.fixture
def world(db: None) -> make.World:
    made = make.world()
    Installation.objects.create(id=1, profile="RU", state=made.territories["RU"], digest="synthetic", settings={})
    return made


@pytest.fixture
def centre(world: make.World) -> Actor:
    return make.actor(Role.COORDINATOR, world.ministry, login="centre")


@pytest.fixture
def register(world: make.World, centre: Actor) -> dict[str, Agreement]:
    """Tambov: Belarus in force and one lapsed, Kazakhstan lapsed; Pskov: Kazakhstan in force, Brazil a draft; Primorye: a tie."""
    made = {
        "in force": make.agreement(centre, indefinite=True, subject_areas=["trade"], publicity="public"),
        "old": make.agreement(centre, title="Old", subject_areas=["trade", "culture"], **LAPSED),
        "lapsed": make.agreement(centre, title="Lapsed", foreign="KZ-ALM", subject_areas=["sport"], **LAPSED),
        "pskov": make.agreement(centre, title="Pskov", own="RU-PSK", foreign="KZ", indefinite=True),
        "draft": make.agreement(centre, title="Only an idea", own="RU-PSK", foreign="BR", **DRAFT),
    }
    t = world.territories
    ends = [make.body("Town", territory=t["RU-PRI"]), make.body("Cidade", country=t["BR"])]
    own, partner = [t["RU-PRI"].pk], [t["BR"].pk]
    Tie.objects.create(
        first=ends[0], second=ends[1], own_ids=own, partner_ids=partner, since="2001", publicity="public"
    )
    Tie.objects.create(
        first=ends[0],
        second=ends[1],
        own_ids=own,
        partner_ids=partner,
        kind="trade",
        state="closed",
        publicity="public",
    )
    return made


def table(actor: Actor) -> dict[tuple[str, str], str]:
    """The standing of each pair that has something, by codes."""
    found = queries.coverage(actor)
    return {
        (own.code, partner.code): counts.standing.slug
        for own in [*found.regions, *found.beside]
        for partner, counts in files.partners_of(found, own)
        if counts.standing is not Standing.NEVER
    }


def test_each_pair_stands_as_it_should(centre: Actor, register: dict[str, Agreement]) -> None:
    assert table(centre) == {
        ("RU-TAM", "BY"): "in_force",
        ("RU-TAM", "KZ"): "lapsed",
        ("RU-PSK", "KZ"): "in_force",
        ("RU-PSK", "BR"): "pending",
        ("RU-PRI", "BR"): "ties",
    }
    found = queries.coverage(centre)
    tambov = queries.own_territory(found, "ru-tam")
    belarus, kazakhstan = (Territory.objects.get(code=c).pk for c in ("BY", "KZ"))
    assert found.row(tambov.id)[belarus] == Counts(in_force=1, lapsed=1, last_end=datetime.date(2014, 3, 11))
    assert found.row(tambov.id)[kazakhstan].last_end == datetime.date(2014, 3, 11)
    assert found.tally(tambov.id) == rules.Tally(in_force=1, lapsed=1, never=1)
    assert [(found.places[g.partner].code, g.others, g.standing) for g in found.gaps(tambov.id)] == [
        ("KZ", 1, Standing.LAPSED)
    ]


def test_a_pair_is_told_as_it_stood_on_another_day(centre: Actor, register: dict[str, Agreement]) -> None:
    assert table(centre.at(datetime.date(2012, 1, 1))) == {
        ("RU-TAM", "BY"): "in_force",
        ("RU-TAM", "KZ"): "in_force",
        ("RU-PRI", "BR"): "ties",
    }, "the draft is of today, and what was signed in 2014 was not yet there"
    assert table(centre.at(datetime.date(2000, 12, 31))) == {}


def test_partial_dates_of_signature_count_from_the_first_day_they_may_mean(centre: Actor, world: make.World) -> None:
    make.agreement(centre, signed_on="2014", indefinite=True)
    assert table(centre.at(datetime.date(2013, 12, 31))) == {}
    assert table(centre.at(datetime.date(2014, 1, 1))) == {("RU-TAM", "BY"): "unknown"}
    assert table(centre.at(datetime.date(2015, 1, 1))) == {("RU-TAM", "BY"): "in_force"}


def test_what_was_withdrawn_never_counts(centre: Actor, register: dict[str, Agreement]) -> None:
    Agreement.objects.filter(pk=register["draft"].pk).update(state="withdrawn", withdrawn_on="2020-01-01")
    assert ("RU-PSK", "BR") not in table(centre)


def test_an_agreement_of_many_counts_for_each_pair_and_subject_once(centre: Actor, world: make.World) -> None:
    parties = [{"side": "own", "territory": code} for code in ("RU-TAM", "RU-PSK", "RU")]
    parties += [{"side": "foreign", "territory": code} for code in ("BY", "KZ-ALM")]
    make.agreement(centre, parties=parties, indefinite=True, subject_areas=["trade", "culture", "sport"])
    found = queries.coverage(centre)
    assert {pair for pair, standing in table(centre).items() if standing == "in_force"} == {
        (own, partner) for own in ("RU-TAM", "RU-PSK", "RU") for partner in ("BY", "KZ")
    }
    assert [place.code for place in found.beside] == ["RU"], "the state stands beside its regions"
    for own in found.matrix:
        assert {c.in_force for c in found.row(own).values()} == {1}
        assert {code: c.in_force for code, c in found.subjects[own].items()} == {"trade": 1, "culture": 1, "sport": 1}


def test_subjects_and_formats(centre: Actor, world: make.World, register: dict[str, Agreement]) -> None:
    t = world.territories
    found = queries.coverage(centre)
    lines = {code: counts.standing for code, _label, counts, _others in files.subject_rows(found, t["RU-TAM"].pk)}
    assert (lines["trade"], lines["culture"], lines["sport"]) == (Standing.IN_FORCE, Standing.LAPSED, Standing.LAPSED)
    assert {s for code, s in lines.items() if code not in ("trade", "culture", "sport")} == {Standing.NEVER}
    others = {code: n for code, _label, _counts, n in files.subject_rows(found, t["RU-PSK"].pk)}
    assert others["trade"] == 1
    always = during("", "")
    union = Format.objects.create(kind="union", name="Union of three", publicity="public")
    for code, standing in (("RU", "member"), ("BY", "member"), ("KZ-ALM", "observer"), ("BR", "suspended")):
        Membership.objects.create(format=union, territory=t[code], standing=standing, during=always)
    ended = Format.objects.create(kind="union", name="Ended union", publicity="public")
    Membership.objects.create(format=ended, territory=t["RU"], valid_until="1999", during=during("", "1999"))
    forum = Format.objects.create(kind="forum", name="Forum of one region", publicity="public")
    for code in ("RU-PSK", "BR"):
        Membership.objects.create(format=forum, territory=t[code], during=always)
    council = Format.objects.create(kind="council", name="Council of own regions", publicity="public")
    Membership.objects.create(format=council, territory=t["RU-TAM"], during=always)
    found = queries.coverage(centre)
    of_tambov = found.formats(t["RU-TAM"].pk)
    assert [(f.name, f.by_itself, f.standing) for f in of_tambov] == [("Union of three", False, Standing.IN_FORCE)]
    assert dict(of_tambov[0].standings) == {t["BY"].pk: Standing.IN_FORCE, t["KZ"].pk: Standing.LAPSED}
    assert [(f.name, f.by_itself, f.standing) for f in found.formats(t["RU-PSK"].pk)] == [
        ("Forum of one region", True, Standing.PENDING),
        ("Union of three", False, Standing.IN_FORCE),
    ]


def test_rights_hold_for_every_number(centre: Actor, world: make.World, register: dict[str, Agreement]) -> None:
    officer = make.actor(Role.OFFICE_OFFICER, world.other_office)
    assert table(officer) == {("RU-TAM", "BY"): "in_force", ("RU-PRI", "BR"): "ties"}, "his region, and what is public"
    embassy = make.actor(Role.MISSION, world.embassy)
    assert table(embassy) == {("RU-TAM", "BY"): "in_force", ("RU-PRI", "BR"): "ties"}
    assert table(public(TODAY)) == {("RU-TAM", "BY"): "in_force", ("RU-PRI", "BR"): "ties"}
    Agreement.objects.filter(pk=register["in force"].pk).update(publicity="title_only")
    assert ("RU-TAM", "BY") not in table(public(TODAY)), "of a title nothing else is told, not even by counting"
    assert ("RU-TAM", "BY") not in table(officer)
    assert ("RU-TAM", "BY") in table(centre)
    assert ("RU-TAM", "BY") in table(embassy), "its own partner"


def test_only_own_regions_and_the_state_have_a_coverage(centre: Actor, register: dict[str, Agreement]) -> None:
    found = queries.coverage(centre)
    assert queries.own_territory(found, "ru").code == "RU"
    for code in ("BY", "XX", "", "KZ-ALM"):
        with pytest.raises(NotFound):
            queries.own_territory(found, code)
    for code in ("RU", "RU-TAM", "KZ-ALM", "XX", "\x00"):
        with pytest.raises(NotFound):
            queries.coverage_of_partner(centre, code)
    one, place = queries.coverage_of_partner(centre, "by")
    assert {own: counts.standing for own, counts in files.own_rows(one, place)} == {
        p: Standing.IN_FORCE if p.code == "RU-TAM" else Standing.NEVER for p in found.regions
    }


def test_organisations_and_former_states_are_shown_but_are_no_gap(centre: Actor, world: make.World) -> None:
    facts: dict[str, Any] = {"during": during("", ""), "names": {}}
    Territory.objects.create(code="X-UNION", kind=TerritoryKind.ORGANISATION, name="A union", **facts)
    facts["during"] = during("", "1991-12-25")
    gone = Territory.objects.create(code="SUHH", kind=TerritoryKind.FORMER_STATE, name="Former", **facts)
    make.agreement(centre, foreign="X-UNION", indefinite=True)
    make.agreement(centre, foreign="SUHH", indefinite=True)
    found = queries.coverage(centre)
    tambov, pskov = (queries.own_territory(found, code).id for code in ("RU-TAM", "RU-PSK"))
    assert {p.code for p, _counts in files.partners_of(found, found.places[tambov])} >= {"X-UNION", "SUHH"}
    assert found.tally(tambov) == rules.Tally(in_force=1, never=3), "the former state counts, the union is no state"
    assert found.gaps(pskov) == []
    assert gone.pk not in found.present_ids


# ------------------------------------------------------------------------------------------------ pages, files, the API


@pytest.fixture
def signed_in(client: Client, centre: Actor) -> Client:
    client.force_login(Person.objects.get(login="centre"))
    return client


PAGES = ("/coverage/", "/coverage/region/RU-TAM/", "/coverage/region/RU/", "/coverage/partner/BY/")


@pytest.mark.parametrize("url", PAGES)
@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("day", ["", "2012-01-01"])
def test_pages_answer(signed_in: Client, register: dict[str, Agreement], url: str, language: str, day: str) -> None:
    response = signed_in.get(url, {"as_of": day} if day else {}, headers={"accept-language": language})
    assert response.status_code == 200
    page = response.content.decode()
    assert ("Охват" if language == "ru" else "Coverage") in page
    links = re.findall(r'href="(/(?:coverage|agreements|ties)/[^"]*)"', page.partition("<main")[2])
    assert links
    if day:
        assert all("as_of=2012-01-01" in link for link in links if "?" in link), "the day goes along"


def test_numbers_lead_to_their_agreements(signed_in: Client, register: dict[str, Agreement]) -> None:
    page = signed_in.get("/coverage/region/RU-TAM/").content.decode()
    link = next(u for u in re.findall(r'href="([^"]+)"', page) if "partner=BY" in u and "status=expired" in u)
    listed = signed_in.get(link.replace("&amp;", "&")).content.decode()
    assert register["old"].number in listed
    assert register["in force"].number not in listed


def test_the_map_holds_every_region_and_names_what_is_contested(
    signed_in: Client, world: make.World, register: dict[str, Agreement]
) -> None:
    t = world.territories
    Territory.objects.create(
        code="RU-X-ONE", kind="region", name="Contested Region", names={}, own=True, contested=True, state=t["RU"],
        has_outline=False, during=during("", ""),
    )  # fmt: skip
    Position.objects.create(
        territory=Territory.objects.get(code="RU-X-ONE"), holder="BY", statement={"en": "Ours"}, source="A source"
    )
    page = signed_in.get("/coverage/").content.decode()
    assert "BY: Ours" in page
    assert "No outline on the map" in page
    assert "/coverage/geometry/RU.json" in page
    assert "/coverage/geometry/world.json" in page


def test_the_table_is_sorted_as_asked(signed_in: Client, register: dict[str, Agreement]) -> None:
    def order(query: str) -> list[str]:
        page = signed_in.get(f"/coverage/{query}").content.decode()
        table_part = page.partition('id="regions"')[2].partition("</table>")[0]
        return re.findall(r'href="/coverage/region/([A-Z-]+)/', table_part)

    assert order("") == ["RU-PRI", "RU-PSK", "RU-TAM"]
    assert order("?sort=-lapsed")[0] == "RU-TAM"
    assert order("?sort=-region") == ["RU-TAM", "RU-PSK", "RU-PRI"]
    assert order("?sort=nonsense") == ["RU-PRI", "RU-PSK", "RU-TAM"]


def test_pages_take_few_statements(
    signed_in: Client, register: dict[str, Agreement], django_assert_max_num_queries: Any
) -> None:
    # The first visit of a session also notes that it is in use.
    signed_in.get(PAGES[0])
    for url in PAGES:
        with django_assert_max_num_queries(15):
            signed_in.get(url)


def body_of(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_files(signed_in: Client, world: make.World, register: dict[str, Agreement]) -> None:
    Territory.objects.filter(code="BY").update(name="=1+1", names={"en": "=1+1"})
    response = signed_in.get("/coverage/?format=csv&rows=pairs")
    assert response["Content-Disposition"] == f'attachment; filename="coverage-pairs-{TODAY}.csv"'
    rows = list(csv.DictReader(io.StringIO(body_of(response).decode("utf-8-sig"))))
    assert [(r["region"], r["partner"], r["standing"]) for r in rows] == [
        ("RU-PRI", "BR", "ties"),
        ("RU-PSK", "BR", "pending"),
        ("RU-PSK", "KZ", "in_force"),
        ("RU-TAM", "BY", "in_force"),
        ("RU-TAM", "KZ", "lapsed"),
    ]
    assert rows[3]["partner_name"] == "'=1+1", "no formula reaches a spreadsheet"
    regions = list(csv.DictReader(io.StringIO(body_of(signed_in.get("/coverage/?format=csv")).decode("utf-8-sig"))))
    assert [(r["region"], r["in_force"], r["nothing"]) for r in regions] == [
        ("RU-PRI", "0", "2"),
        ("RU-PSK", "1", "1"),
        ("RU-TAM", "1", "1"),
    ]
    for url in ("/coverage/?format=xlsx", "/coverage/region/RU-TAM/?format=xlsx", "/coverage/partner/BY/?format=xlsx"):
        assert body_of(signed_in.get(url)).startswith(b"PK")
    assert signed_in.get("/coverage/?format=exe").status_code == 404


def test_outlines_are_kept_by_the_browser(client: Client, db: None) -> None:
    response = client.get("/coverage/geometry/world.json")
    assert json.loads(response.content)["type"] == "FeatureCollection"
    assert response["Cache-Control"] == "public, max-age=86400"
    again = client.get("/coverage/geometry/world.json", headers={"if-none-match": response["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("contested", "RU", "BR"):
        assert client.get(f"/coverage/geometry/{name}.json").status_code == 200
    for name in ("none", "ru", "..", "world.geojson"):
        assert client.get(f"/coverage/geometry/{name}.json").status_code == 404
    assert client.post("/coverage/geometry/world.json").status_code in (403, 405)


@pytest.mark.parametrize("url", ["/coverage/region/XX/", "/coverage/partner/RU/", "/coverage/partner/RU-TAM/"])
def test_other_places_are_not_found(signed_in: Client, register: dict[str, Agreement], url: str) -> None:
    assert signed_in.get(url).status_code == 404


def test_who_does_not_see_everything_is_told_so(
    client: Client, world: make.World, centre: Actor, register: dict[str, Agreement]
) -> None:
    assert "Only what is public is counted" in client.get("/coverage/").content.decode()
    make.actor(Role.OFFICE_OFFICER, world.office, login="officer")
    client.force_login(Person.objects.get(login="officer"))
    assert "Counted is what you may read" in client.get("/coverage/region/RU-PRI/").content.decode()


def test_the_api(signed_in: Client, register: dict[str, Agreement]) -> None:
    country = signed_in.get("/api/v1/coverage").json()
    assert (country["as_of"], country["states"]) == (TODAY.isoformat(), 3)
    assert {r["region"]: r["in_force"] for r in country["regions"]} == {"RU-PRI": 0, "RU-PSK": 1, "RU-TAM": 1}
    region = signed_in.get("/api/v1/coverage/ru-tam").json()
    assert {p["partner"]: p["standing"] for p in region["partners"]} == {
        "BY": "in_force",
        "KZ": "lapsed",
        "BR": "never",
    }
    assert [(g["partner"], g["other_regions"], g["standing"]) for g in region["gaps"]] == [("KZ", 1, "lapsed")]
    assert {s["code"]: s["standing"] for s in region["subject_areas"]}["trade"] == "in_force"
    then = signed_in.get("/api/v1/coverage/RU-TAM?as_of=2012-01-01").json()
    assert {p["partner"]: p["standing"] for p in then["partners"]}["KZ"] == "in_force"
    missing = signed_in.get("/api/v1/coverage/XX")
    assert (missing.status_code, missing["Content-Type"]) == (404, "application/problem+json")
