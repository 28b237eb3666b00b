"""Rights are inside the question: all that one may see is found, and nothing else is found, counted, proposed or hinted at."""

from __future__ import annotations

import datetime
import io
from contextlib import nullcontext

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from foedera.accounts.models import Person
from foedera.agreements.lists import AGREEMENTS
from foedera.agreements.models import Agreement
from foedera.agreements.tests import make
from foedera.directory.models import Body
from foedera.platform.access.actors import Actor, public, system
from foedera.platform.access.asking import asker_of, asking
from foedera.platform.access.roles import Role
from foedera.platform.actions.performing import action_named, perform
from foedera.platform.documents.models import FilePage, FileText
from foedera.platform.documents.reading import read_file
from foedera.platform.documents.storing import DOCUMENTS, store
from foedera.platform.lists import querying
from foedera.platform.lists.description import Context
from foedera.platform.search.queries import MOST, Asked, Found, find
from foedera.platform.search.visibility import indexed_types, visible_entries

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
SECRET = "zirconium"

FILL = """
INSERT INTO agreements_agreement (title, publicity, own_ids, partner_ids, titles, languages, subject_areas, title_key, status_starts,
                                  status_codes, signed_on, state)
SELECT 'Synthetic agreement ' || n || ' on amber', 'internal',
       CASE WHEN n %% 99 = 0 THEN %s::bigint[] ELSE %s::bigint[] END, '{}', '{}', '{}', '{}', '', '{}', '{}', '2020', 'signed'
FROM generate_series(1, %s) n
"""


@pytest.fixture
def world(db: None) -> make.World:
    return make.world()


@pytest.fixture
def centre(world: make.World) -> Actor:
    return make.actor(Role.COORDINATOR, world.ministry, login="centre")


@pytest.fixture
def officer(world: make.World) -> Actor:
    return make.actor(Role.OFFICE_OFFICER, world.office, login="officer")


def fill(world: make.World, number: int) -> None:
    mine, others = world.territories["RU-TAM"].pk, world.territories["RU-PRI"].pk
    with connection.cursor() as cursor:
        cursor.execute(FILL, [[mine], [others], number])


def all_hits(actor: Actor, words: str) -> list[str]:
    first = find(actor, Asked(words=words, limit=50))
    pages = [find(actor, Asked(words=words, limit=50, page=n)) for n in range(1, first.pages + 1)]
    return [hit.number for page in pages for hit in page.hits]


def test_of_ten_thousand_hits_the_permitted_hundred_and_one_are_all_found(world: make.World, officer: Actor) -> None:
    fill(world, 10_000)
    found = find(officer, Asked(words="amber", limit=200))
    assert (found.total, found.more, len(found.hits)) == (101, False, 101)
    mine = set(Agreement.objects.visible_to(officer).values_list("number", flat=True))
    assert {hit.number for hit in found.hits} == mine
    assert found.facets["type"] == [("agreements", "Agreements", 101)]
    assert found.facets["year"] == [("2020", "2020", 101)]
    hits = all_hits(officer, "amber")
    assert len(hits) == len(set(hits)) == 101
    view = querying.View(words="amber")
    assert querying.count(querying.narrowed(AGREEMENTS, view, Context(officer))) == 101


def test_of_too_many_hits_the_newest_come_first_and_it_is_said(world: make.World, centre: Actor) -> None:
    fill(world, MOST + 1)
    found = find(centre, Asked(words="synthetic amber", limit=5))
    assert (found.total, found.more, found.order) == (MOST, True, "number")
    newest = Agreement.objects.order_by("-id").values_list("number", flat=True)[:10]
    assert [h.number for h in found.hits] == list(newest[:5])
    assert [h.number for h in find(centre, Asked(words="synthetic amber", limit=5, page=2)).hits] == list(newest[5:])


@pytest.mark.parametrize("role", list(Role))
def test_the_policy_tells_of_entries_what_it_tells_of_records(world: make.World, role: Role, centre: Actor) -> None:
    places = {Role.MISSION: world.embassy, Role.REGION: world.government}
    actor = public(TODAY) if role is Role.PUBLIC else make.actor(role, places.get(role, world.office), login="who")
    made: list[Agreement] = []
    for own, foreign in (("RU-TAM", "BY-BR"), ("RU-PRI", "KZ-ALM"), ("RU-PRI", "BY-BR")):
        for publicity in ("public", "internal", "restricted", "title_only", "public_after"):
            for owner in (None, world.office.pk, world.ministry.pk):
                record = make.agreement(centre, own=own, foreign=foreign)
                day = TODAY + datetime.timedelta(days=len(made) % 3 - 1)
                Agreement.objects.filter(pk=record.pk).update(publicity=publicity, owner=owner, public_from=day)
                made.append(record)
    one, other = make.body("One", territory=world.territories["RU-TAM"]), make.body("Two")
    make.tie(centre, one, other)
    Body.objects.filter(pk=other.pk).update(publicity="restricted")
    for described in indexed_types():
        context = Context(actor)
        rows = querying.without_withheld(described, querying.visible_rows(described, context), context)
        entries = visible_entries(actor, [described]).values_list("record_id", flat=True)
        assert set(entries) == set(rows.values_list("pk", flat=True)), described.name
    together = visible_entries(actor, indexed_types()).count()
    assert together == sum(visible_entries(actor, [t]).count() for t in indexed_types())


@pytest.fixture
def kept_secret(world: make.World, centre: Actor) -> Agreement:
    """A secret word in every place of a restricted record where words are found, in its file too."""
    record = make.agreement(
        centre, own="RU-PRI", foreign="KZ-ALM", title=f"Agreement on {SECRET}", note=SECRET, register_number=f"{SECRET}-7",
        titles={"ru": SECRET},
    )  # fmt: skip
    stored = store("secret.txt", io.BytesIO(f"Article 1. {SECRET}".encode()), DOCUMENTS)
    make.step(record, "add_text", centre, kind="signed", language="en", digest=stored.digest, file_name=f"{SECRET}.txt")
    read_file(stored)
    Agreement.objects.filter(pk=record.pk).update(publicity="restricted", owner=world.ministry.pk)
    return record


@pytest.mark.parametrize(
    "words",
    [SECRET, "zircon", "zirconum", "цирконий", f"{SECRET}-7", f"Article {SECRET}", f'"{SECRET}"', "agreemnt zirconum"],
)
def test_a_secret_word_is_neither_found_nor_proposed(
    world: make.World, officer: Actor, centre: Actor, kept_secret: Agreement, words: str
) -> None:
    make.agreement(officer, title="Agreement on sport", publicity="public")
    for actor in (officer, public(TODAY)):
        found = find(actor, Asked(words=words))
        assert all(hit.number != kept_secret.number for hit in found.hits)
        assert SECRET not in found.suggestion
        assert not any(
            SECRET in str(values) or "2014" in str(found.facets["year"])
            for values in found.facets.values()
            if not found.total
        )
    client = Client()
    for person in (None, officer):
        if person is not None:
            client.force_login(Person.objects.get(login="officer"))
        for address in (
            "/search/",
            "/palette.json",
            "/api/v1/search",
            "/agreements/",
            "/lookup/agreements/",
            "/api/v1/agreements",
        ):
            content = client.get(address, {"q": words}).content.decode()
            # What was typed may be repeated; nothing that was not.
            assert f"Agreement on {SECRET}" not in content, address
            assert SECRET in words or SECRET not in content, address
            assert kept_secret.number not in content, address
    assert find(system(TODAY), Asked(words="amber")).total == 0


def test_the_database_shows_no_words_of_files_of_a_record_that_may_not_be_read(
    officer: Actor, centre: Actor, kept_secret: Agreement
) -> None:
    with asking(asker_of(centre)):
        assert FilePage.objects.exists()
    with asking(asker_of(officer)):
        assert not FilePage.objects.exists()
        assert not FileText.objects.exists()


def test_whoever_may_see_it_finds_the_secret(centre: Actor, kept_secret: Agreement) -> None:
    for words in (SECRET, f"{SECRET}-7", "Article zirconium"):
        assert [h.number for h in find(centre, Asked(words=words)).hits] == [kept_secret.number]
    found = find(centre, Asked(words="zirconum"))
    assert (found.suggestion, found.corrected) == (SECRET, True)


def test_the_absence_of_a_proposal_tells_nothing_either(
    world: make.World, officer: Actor, centre: Actor, kept_secret: Agreement
) -> None:
    """A word that stands in a secret record only is as unknown to others as one that stands nowhere."""
    make.agreement(officer, title="Agreement on zirconia")
    for words in (SECRET, "zirconiun"):
        found = find(officer, Asked(words=words))
        assert found.total == 1
        assert "zirconia" in (found.suggestion or "zirconia")


@pytest.mark.parametrize("fenced", [False, True])
def test_notes_follow_their_records_also_into_counts_and_spellings(
    world: make.World, officer: Actor, centre: Actor, fenced: bool
) -> None:
    """Their rights lead through other records and are asked only where a note holds an answer."""

    def write(record: Agreement, text: str) -> str:
        asked = {"record_type": "agreements", "number": record.number, "text": text, "publicity": "internal"}
        note: str = perform(action_named("notes.write"), centre, values=asked).number
        return note

    def asks(actor: Actor, words: str) -> Found:
        with asking(asker_of(actor)) if fenced else nullcontext():
            return find(actor, Asked(words=words))

    mine = make.agreement(officer, title="Agreement on quicksilver")
    theirs = make.agreement(centre, own="RU-PRI", foreign="KZ-ALM")
    Agreement.objects.filter(pk=theirs.pk).update(publicity="restricted", owner=world.ministry.pk)
    seen, hidden = write(mine, "The porcupine of quicksilver"), write(theirs, "The armadillo of quicksilver")
    for _round in range(3):
        assert {h.number for h in asks(officer, "quicksilver").hits} == {mine.number, seen}
        assert asks(officer, "quicksilver").facets["type"] == [("agreements", "Agreements", 1), ("notes", "Notes", 1)]
        assert {h.number for h in asks(centre, "quicksilver").hits} == {mine.number, seen, hidden}
        assert (asks(officer, "armadillo").total, asks(officer, "armadollo").suggestion) == (0, "")
        assert asks(officer, "porcupne").suggestion == "porcupine"
        assert asks(centre, "armadollo").suggestion == "armadillo"


def test_the_plan_of_a_question_is_kept_whatever_it_is_narrowed_to(officer: Actor) -> None:
    made = make.agreement(officer, title="Agreement on amber", signed_on="2020-03-01")
    with asking(asker_of(officer)):
        for asked in (
            Asked(words="amber"),
            Asked(words="agreement amb", limit=7),
            Asked(words="amber", types=("agreements",)),
            Asked(words="amber", years=(2020, 1990)),
            Asked(words="on amber", states=("agreements:signed",)),
            Asked(words="amber", partners=("BY",)),
        ):
            assert [h.number for h in find(officer, asked).hits] == [made.number], asked
        for asked in (
            Asked(words="amber", types=("bodies",)),
            Asked(words="amber", years=(1990,)),
            Asked(words="amber", states=("agreements:idea", "signed")),
            Asked(words="amber", partners=("KZ", "nowhere")),
            Asked(words="amber", partners=("nowhere",)),
        ):
            assert find(officer, asked).total == 0, asked
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT generic_plans > 3, custom_plans FROM pg_prepared_statements WHERE statement LIKE '%%hits AS MATERIALIZED%%'"
            )
            assert cursor.fetchall() == [(True, 0)]
            cursor.execute("SELECT current_setting('enable_seqscan'), current_setting('plan_cache_mode')")
            assert cursor.fetchone() == ("on", "auto")


def test_a_restricted_record_that_was_opened_is_found_by_who_opened_it(
    world: make.World, kept_secret: Agreement
) -> None:
    Agreement.objects.filter(pk=kept_secret.pk).update(owner=world.office.pk)
    make.person("olga", Role.COORDINATOR, world.ministry)
    client = Client()
    client.force_login(Person.objects.get(login="olga"))
    asked = {"q": "zirconium"}
    assert client.get("/api/v1/search", asked).json()["total"] == 0
    client.post("/account/readings/new/", {"number": kept_secret.number, "hours": "2", "reason": "The minister asks"})
    found = client.get("/api/v1/search", asked).json()
    assert [item["number"] for item in found["items"]] == [kept_secret.number]
    assert client.get("/api/v1/agreements", asked).json()["items"][0]["number"] == kept_secret.number
