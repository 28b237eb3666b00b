"""The search as people use it: page, palette, API and command, with spelling, narrowing and bad input."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from foedera.accounts.models import Person
from foedera.agreements.models import Agreement
from foedera.agreements.tests import make
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.documents.reading import read_file
from foedera.platform.documents.storing import DOCUMENTS, store
from foedera.platform.search.jobs import tidy_words
from foedera.platform.search.models import SearchWord
from foedera.platform.search.queries import Asked, find

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> make.World:
    return make.world()


@pytest.fixture
def officer(world: make.World) -> Actor:
    return make.actor(Role.OFFICE_OFFICER, world.office, login="officer")


@pytest.fixture
def records(world: make.World, officer: Actor) -> dict[str, Agreement]:
    return {
        "trade": make.agreement(
            officer, title="Соглашение о торговле янтарём", titles={"en": "Agreement on trade in amber"}
        ),
        "sport": make.agreement(
            officer, title="Agreement on sport", own="RU-PSK", foreign="KZ-ALM", signed_on="1999-05"
        ),
        "idea": make.agreement(officer, title="Agreement on amber museums", signed_on="", in_force_rule=""),
    }


@pytest.fixture
def reader(officer: Actor) -> Client:
    client = Client()
    client.force_login(Person.objects.get(login="officer"))
    return client


def shown_page(reader: Client, **query: Any) -> str:
    answer = reader.get("/search/", query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_shows_hits_with_the_words_marked(reader: Client, records: dict[str, Agreement]) -> None:
    shown = shown_page(reader, q="янтарь")
    assert records["trade"].number in shown
    assert "<mark>янтарём</mark>" in shown
    shown = shown_page(reader, q="amber")
    assert "<mark>amber</mark> museums" in shown
    assert f'href="/agreements/{records["idea"].number}/"' in shown


def test_the_page_of_a_file_is_named(reader: Client, officer: Actor, records: dict[str, Agreement]) -> None:
    stored = store("text.txt", io.BytesIO("Статья 1.\fСтатья 2. Поставка мёда & воска, 1 < 2.".encode()), DOCUMENTS)
    make.step(
        records["sport"],
        "add_text",
        officer,
        kind="signed",
        language="ru",
        digest=stored.digest,
        file_name="t<i>xt.txt",
    )
    read_file(stored)
    shown = shown_page(reader, q="воск")
    assert "t&lt;i&gt;xt.txt, page 2" in shown
    assert "Поставка мёда &amp; <mark>воска</mark>" in shown


def test_hits_are_counted_and_narrowed_by_type_state_year_and_partner(
    reader: Client, records: dict[str, Agreement]
) -> None:
    def numbers(**query: Any) -> set[str]:
        return {i["number"] for i in reader.get("/api/v1/search", {"q": "agreement", **query}).json()["items"]}

    facets = reader.get("/api/v1/search", {"q": "agreement"}).json()["facets"]
    counted = {name: {v["value"]: v["count"] for v in values} for name, values in facets.items()}
    assert counted == {
        "type": {"agreements": 3},
        "state": {"agreements:signed": 2, "agreements:idea": 1},
        "year": {"2014": 1, "1999": 1},
        "partner": {"BY": 2, "KZ": 1},
    }
    assert numbers(state="agreements:idea") == {records["idea"].number}
    assert numbers(year="1999") == {records["sport"].number}
    assert numbers(partner="kz") == {records["sport"].number}
    assert numbers(year=["1999", "2014"], partner="BY") == {records["trade"].number}
    assert numbers(type="bodies") == set()
    shown = shown_page(reader, q="agreement", partner="KZ", year="1999")
    assert "Kazakhstan" in shown
    assert "Partner state: <strong>Kazakhstan" in shown
    assert records["trade"].number not in shown


def test_a_typing_error_is_put_right_or_another_spelling_proposed(
    reader: Client, records: dict[str, Agreement]
) -> None:
    for typed, meant in (
        ("musuem", "museums"),
        ("соглшение янтрем", "соглашение янтарём"),
        ("amebr", "amber"),
        ("agrement muzeums", "museums"),
    ):
        found = reader.get("/api/v1/search", {"q": typed}).json()
        assert found["corrected"], typed
        assert found["items"], typed
        assert any(word in found["suggestion"] for word in (meant, meant.replace("ё", "е"))), (
            typed,
            found["suggestion"],
        )
    assert "Shown instead:" in shown_page(reader, q="musuem")
    found = reader.get("/api/v1/search", {"q": "qwrtpsdf"}).json()
    assert (found["total"], found["suggestion"]) == (0, "")


def test_long_answers_come_in_pages(officer: Actor, reader: Client) -> None:
    for position in range(25):
        make.agreement(officer, title=f"Agreement {position} on rivers")
    first, second = shown_page(reader, q="rivers"), shown_page(reader, q="rivers", page=2)
    assert "25 records" in first
    assert "page=2" in first
    assert first.count('class="hit-title"') == 20
    assert second.count('class="hit-title"') == 5
    assert reader.get("/api/v1/search", {"q": "rivers", "limit": "7", "page": "4"}).json()["pages"] == 4


@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=a&page=0", "q=a&page=x", "q=a&page=99999999999", "q=a&limit=201", "q=a&limit=-1", "q=a&year=19x4", "q=a&type=none",
     "q=a&partner=%00", "q=a&state=%00", "q=a&year=%D9%A2%D9%A0%D9%A2%D9%A6"],
)  # fmt: skip
def test_what_is_not_understood_is_said_and_named(reader: Client, query: str) -> None:
    assert reader.get(f"/search/?{query}").status_code == 422
    answer = reader.get(f"/api/v1/search?{query}")
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "typed",
    ["", " ", "\u200b", "'", '"', '"""', "-", "--a", "&", "|", "!", "(", "a:*", "a <-> b", "\\", "%", "_", "😀", "a" * 5000,
     "слово " * 1000, "\u202eabc", "a\u0301", "' OR 1=1 --", "{}", "$1", "<script>alert(1)</script>", "№", "#", "0", "中文", "-2147483649"],
)  # fmt: skip
def test_whatever_is_typed_is_answered(reader: Client, records: dict[str, Agreement], typed: str) -> None:
    for address in ("/search/", "/palette.json", "/api/v1/search", "/agreements/", "/api/v1/agreements"):
        answer = reader.get(address, {"q": typed})
        # The language of lists wants a quotation mark closed, and says so.
        faulty = 422 if "agreements" in address and typed.count('"') % 2 else 200
        assert answer.status_code == faulty, address
        assert "<script>alert" not in answer.content.decode()


def test_states_and_partners_that_do_not_exist_fit_nothing(reader: Client, records: dict[str, Agreement]) -> None:
    for query in ({"state": "x"}, {"state": "agreements:none"}, {"partner": "XX"}, {"state": "a:b:c"}):
        assert reader.get("/api/v1/search", {"q": "agreement", **query}).json()["total"] == 0
        assert "Nothing fits" in shown_page(reader, q="agreement", **query)


def test_the_palette_finds_records_and_leads_to_all(reader: Client, records: dict[str, Agreement]) -> None:
    found = reader.get("/palette.json", {"q": "muse"}).json()
    assert [(f["hint"], f["label"]) for f in found[:1]] == [(records["idea"].number, "Agreement on amber museums")]
    assert found[-1]["url"] == "/search/?q=muse"
    assert reader.get("/palette.json", {"q": "yantar"}).json()[0]["hint"] == records["trade"].number


def test_lists_speak_the_same_language(reader: Client, records: dict[str, Agreement]) -> None:
    for words, name in (
        ("yantar", "trade"),
        ("muse", "idea"),
        ("agreement -amber", "sport"),
        (records["sport"].number, "sport"),
    ):
        items = reader.get("/api/v1/agreements", {"q": words}).json()["items"]
        assert [i["number"] for i in items] == [records[name].number], words


def test_the_command_finds_and_tells(records: dict[str, Agreement]) -> None:
    said = io.StringIO()
    call_command("search", "музей", "amber", stdout=said)
    assert "0 hits" in said.getvalue()
    said = io.StringIO()
    call_command("search", "musuem", stdout=said)
    assert "[museums]" in said.getvalue()
    assert "1 hit" in said.getvalue()
    said = io.StringIO()
    call_command("search", "amber", "--state", "agreements:idea", "--json", stdout=said)
    assert [i["number"] for i in json.loads(said.getvalue())["items"]] == [records["idea"].number]
    with pytest.raises(CommandError, match="year"):
        call_command("search", "amber", "--year", "long ago")


def test_words_that_stand_nowhere_any_more_are_forgotten(officer: Actor, records: dict[str, Agreement]) -> None:
    SearchWord.objects.create(word="museums", folded="museums")
    Agreement.objects.filter(pk=records["sport"].pk).update(title="Agreement on games")
    tidy_words()
    kept = list(
        SearchWord.objects.filter(word__in=["museums", "sport", "games"])
        .order_by("word")
        .values_list("word", flat=True)
    )
    assert kept == ["games", "museums"]
    assert find(officer, Asked(words="museum")).total == 1
