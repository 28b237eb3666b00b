"""The search box of a list: chips, faults with what was typed, and what may come next."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils.html import escape

from foedera.accounts.models import Person
from foedera.agreements.lists import AGREEMENTS
from foedera.agreements.tests import make
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.lists.asking.completing import completions, token_at
from foedera.platform.lists.description import Context

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor() -> Actor:
    return make.actor(Role.COORDINATOR, make.world().ministry, login="coordinator")


@pytest.fixture
def client(actor: Actor) -> Client:
    browser = Client()
    browser.force_login(Person.objects.get(login="coordinator"))
    return browser


def body(client: Client, query: str, language: str = "en") -> str:
    answer = client.get("/agreements/", {"q": query}, headers={"Accept-Language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def chips(text: str) -> list[tuple[str, str, str]]:
    found = re.findall(r'<a class="filter" href="([^"]+)"[^>]*><span>([^:]+): <strong>([^<]*)</strong>', text)
    return [(label, value, url) for url, label, value in found]


def test_a_query_shows_the_chips_of_the_panel_each_of_which_can_be_removed(client: Client, actor: Actor) -> None:
    text = body(client, "state:expiring partner:BR until:2027-03 tea (kind:treaty OR pact)")
    assert [(label, value) for label, value, _url in chips(text)] == [
        ("Status", "Expiring"),
        ("Partner state", "BR"),
        ("Ends on until", "2027-03"),
        ("Search", "tea"),
        ("Search", "(kind:treaty OR pact)"),
    ]
    url = chips(text)[1][2].replace("&amp;", "&")
    answer = client.get(f"/agreements/{url}").content.decode()
    assert 'value="state:expiring until:2027-03 tea (kind:treaty OR pact)"' in answer


def test_a_facet_takes_the_place_of_what_was_written(client: Client, actor: Actor) -> None:
    make.agreement(actor, indefinite=True)
    answer = client.get(
        "/agreements/", {"q": "trade kind:agreement", "part": "facet", "facet": "kind"}
    ).content.decode()
    assert 'aria-current="true"' in answer
    assert 'href="?q=trade"' in answer


def test_a_fault_keeps_what_was_typed_and_points_at_its_place(client: Client) -> None:
    typed = 'kind:trety "a <b>"'
    for headers in ({}, {"HX-Request": "true", "HX-Target": "list-view"}):
        answer = client.get("/agreements/", {"q": typed, "sort": "title"}, headers=headers)
        assert answer.status_code == 422
        text = answer.content.decode()
        assert f'value="{escape(typed)}"' in text
        assert "<mark>trety</mark>" in text
        assert "Did you mean “treaty”" in text
        assert 'aria-invalid="true"' in text


def test_a_query_of_a_program_is_refused_with_a_pointer(client: Client) -> None:
    answer = client.get("/api/v1/agreements", {"q": "kind:trety"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/q"
    assert client.get("/api/v1/agreements", {"q": "kind:treaty"}).json()["items"] == []


@pytest.mark.parametrize(
    ("text", "at", "token"),
    [
        ("", 0, (0, 0)),
        ("a sta", 5, (2, 5)),
        ("-sta x", 4, (1, 4)),
        ("(kind:tr)", 8, (1, 8)),
        ('title:"a b', 10, (0, 10)),
    ],
)
def test_the_piece_that_is_being_written(text: str, at: int, token: tuple[int, int]) -> None:
    assert token_at(text, at) == token


def offered(actor: Actor, text: str, at: int | None = None) -> list[str]:
    found = completions(AGREEMENTS, text, len(text) if at is None else at, Context(actor))
    return [text[: c.start] + c.text + text[c.end :] for c in found]


def test_what_may_come_next(actor: Actor) -> None:
    assert "state:" in offered(actor, "sta")
    assert "partner:" in offered(actor, "part")
    assert "signed_on:" in offered(actor, "sign")
    assert offered(actor, "trade ") == []
    assert offered(actor, "kind:tre") == ["kind:treaty"]
    assert offered(actor, "-kind:treaty,mem") == ["-kind:treaty,memorandum"]
    assert "state:expiring" in offered(actor, "state:exp")
    assert offered(actor, "partner:Braz") == ["partner:BR"]
    assert "indefinite:yes" in offered(actor, "indefinite:")
    assert offered(actor, "nothing:x") == []
    assert offered(actor, "kind:tre x", 8) == ["kind:treaty x"]
    assert "until:today+90d" in offered(actor, "until:")


@pytest.mark.parametrize("text", ["", "x", "a:b:c", '"', "kind:", "-", "((", "a,b", ":", "\x00", "kind:" + "x" * 900])
def test_no_text_breaks_the_completion(client: Client, text: str) -> None:
    for at in ("", "0", "3", "99999", "-1", "x"):
        assert client.get("/lists/agreements/complete/", {"q": text, "at": at}).status_code == 200


def test_the_list_box_is_one_for_readers_of_the_screen(client: Client) -> None:
    answer = client.get("/lists/agreements/complete/", {"q": "kind:tre", "at": "8"}).content.decode()
    assert 'role="option"' in answer
    assert 'data-insert="treaty" data-start="5" data-end="8"' in answer
    assert client.get("/lists/nothing/complete/").status_code == 404
    text = body(client, "")
    assert 'role="combobox"' in text
    assert 'aria-controls="list-search-options"' in text


def test_names_are_offered_in_the_readers_language(client: Client) -> None:
    client.cookies["django_language"] = "ru"
    answer = client.get("/lists/agreements/complete/", {"q": "вид", "at": "3"}).content.decode()
    assert 'data-insert="вид:"' in answer
    answer = client.get("/lists/agreements/complete/", {"q": "вид:дог", "at": "7"}).content.decode()
    assert "договор" in answer
    value = re.findall(r'data-insert="(\w+)"', answer)[0]
    assert client.get("/agreements/", {"q": f"вид:{value}"}).status_code == 200


def test_the_panel_beside_the_list_counts_within_the_other_filters(client: Client, actor: Actor) -> None:
    make.agreement(actor)
    make.agreement(actor, kind="memorandum", foreign="KZ-ALM")
    answer = client.get("/agreements/", {"partner": "KZ", "part": "panel"}).content.decode()
    kinds = answer[answer.index("<h2>Kind</h2>") :]
    assert "Memorandum" in kinds[: kinds.index("</section>")]
    assert ">Agreement<" not in kinds[: kinds.index("</section>")]
    partners = answer[answer.index("<h2>Partner state</h2>") :]
    assert "Belarus" in partners[: partners.index("</section>")]
    assert "Binding" in answer
    binding = client.get("/agreements/", {"part": "facet", "facet": "legal_nature"})
    assert binding.status_code == 200
    assert client.get("/agreements/", {"part": "facet", "facet": "title"}).status_code == 404
