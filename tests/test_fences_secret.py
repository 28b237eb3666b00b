"""A secret word stands in a record, its parts, its files and its history. No page, list, count, export, file or error tells it to whom
the record is not shown: also not when the policies err and show everything to everybody."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from foedera.agreements.models import Finding, FollowUp
from foedera.agreements.tests import make
from foedera.platform.actions.performing import action_named, perform
from foedera.platform.documents.reading import read_file
from foedera.platform.documents.storing import DOCUMENTS, store

from .house import EYES, House, undone
from .rights import rows, send
from .test_fences import without_the_first_two

pytestmark = pytest.mark.django_db
WORD = "zymurgical"
# Who may know of it: the people of the body that owns it.
MAY = {"other_office"}
# Asked besides the addresses of the table of rights.
QUESTIONS = (
    f"/search/?q={WORD}",
    f"/palette.json?q={WORD}",
    f"/api/v1/search?q={WORD}",
    f"/search/?q={WORD[:6]}",
    f"/palette.json?q={WORD[:6]}",
    f"/lookup/agreements/?q={WORD}",
    f"/search/?q={WORD} clause",
    "/search/?q=zymurgicol",
    f"/agreements/?q={WORD}",
    f"/agreements/?title__contains={WORD}",
    "/agreements/?group=kind&columns=title,note,publicity_ground",
    "/agreements/?group=kind&part=group&value=agreement",
    "/lists/agreements/complete/?q=title:zym&at=9",
    "/api/v1/agreements?columns=title,note,publicity_ground&limit=100",
    "/api/v1/agreements?known_at=NOW&limit=100",
    "/agreements/?as_of=NOW",
    "/agreements/?as_of=NOW&format=csv",
    "/notices/",
    "/api/v1/notices",
    "/exports/",
    "/agreements/?format=csv",
    "/agreements/?format=jsonl",
    "/agreements/?format=xlsx",
    f"/api/v1/agreements?q={WORD}&count=true",
    "/api/v1/agreements?limit=100",
    "/api/v1/agreements?as_of=2020-01-01",
    "/ties/?format=csv",
    "/directory/?format=csv",
    "/coverage/region/RU-PRI/",
    "/coverage/partner/BR/",
    "/coverage/?format=csv",
)


@dataclass
class Planted:
    """The house, and the keys of the record with the word in it under the names that the table of rights uses."""

    house: House
    keys: dict[str, str]


@pytest.fixture
def planted(house: House) -> Planted:
    owner = house.actors["other_office"]
    made = make.agreement(
        owner,
        own="RU-PRI",
        foreign="BR-SP",
        title=f"A {WORD} harbour",
        note=f"{WORD} note",
        publicity="restricted",
        publicity_ground=f"{WORD} ground",
    )
    content = f"Article 1. The {WORD} clause.".encode()
    stored = store(f"{WORD}.txt", io.BytesIO(content), DOCUMENTS)
    for _turn in range(2):
        values = {"kind": "draft", "language": "en", "digest": stored.digest, "file_name": f"{WORD}.txt"}
        make.step(made, "add_text", owner, **values)
        read_file(stored)
        stored = store(f"{WORD}2.txt", io.BytesIO(content + b" More."), DOCUMENTS)
    made.refresh_from_db()
    perform(
        action_named("agreements.change"),
        owner,
        record=made.pk,
        version=made.version,
        values={"note": f"{WORD} again"},
        reason=f"{WORD} reason",
    )
    finding = Finding.objects.create(
        agreement=made, rule="dormant", facts={"words": WORD}, proposed="keep", found_on=owner.today
    )
    step = FollowUp.objects.create(agreement=made, kind="record_end", draft=f"{WORD} draft")
    older, newer = made.texts.order_by("pk")
    of_it = dict.fromkeys(("internal", "public", "title_only", "restricted", "idea"), made.number)
    keys = {**house.keys, **of_it, "finding": str(finding.pk), "step": str(step.pk)}
    return Planted(house, {**keys, "older_text": str(older.pk), "newer_text": str(newer.pk)})


def questions() -> list[str]:
    """What is asked, at this instant."""
    now = quote(timezone.now().isoformat())
    return [question.replace("NOW", now) for question in QUESTIONS]


def words_of(response: object) -> str:
    """Everything an answer tells: body (unpacked), headers."""
    streamed = getattr(response, "streaming_content", None)
    body = b"".join(streamed) if streamed is not None else getattr(response, "content", b"")
    told = str(getattr(response, "headers", ""))
    if body.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            body = b"".join(archive.read(name) for name in archive.namelist())
    return body.decode("utf-8", "replace") + told


def told_to(planted: Planted, eyes: str) -> list[str]:
    """The addresses whose answers hold the word, asked by these eyes."""
    told = []
    client: Client = planted.house.clients[eyes]
    before = planted.house.keys
    planted.house.keys = planted.keys
    try:
        for question in questions():
            with undone():
                client.raise_request_exception = False
                # What was asked for stands in the answer; only more than that tells anything.
                asked = question.partition(WORD)[1]
                answer = words_of(client.get(question))
                if "harbour" in answer or (WORD in answer and not asked):
                    told.append(question)
        for row in rows():
            with undone():
                if WORD in words_of(send(planted.house, eyes, row)):
                    told.append(str(row))
    finally:
        planted.house.keys = before
    return told


def test_every_question_is_answered(planted: Planted) -> None:
    """One that is refused by all would hold nothing."""
    client: Client = planted.house.clients["other_office"]
    statuses = {question: client.get(question).status_code for question in questions()}
    assert {question: status for question, status in statuses.items() if status != 200} == {}


@pytest.mark.parametrize("eyes", EYES)
def test_what_is_counted_leaves_the_secret_out(planted: Planted, eyes: str) -> None:
    client: Client = planted.house.clients[eyes]
    found = client.get(f"/api/v1/agreements?q={WORD}&count=true").json()
    assert found["count"] == len(found["items"]) == (1 if eyes in MAY else 0)
    assert client.get(f"/api/v1/search?q={WORD}").json()["total"] == found["count"]
    for part in ("publicity", "kind"):
        words = client.get(f"/agreements/?q={WORD}&part=facet&facet={part}").content.decode()
        assert ("1" in re.findall(r">\s*(\d+)\s*<", words)) is (eyes in MAY), words


@pytest.mark.parametrize("eyes", EYES)
def test_no_answer_tells_the_word_to_whom_the_record_is_not_shown(planted: Planted, eyes: str) -> None:
    told = told_to(planted, eyes)
    assert bool(told) is (eyes in MAY), told


@pytest.mark.parametrize("eyes", [eyes for eyes in EYES if eyes not in MAY])
def test_no_answer_tells_the_word_when_the_first_two_fences_are_gone(
    planted: Planted, monkeypatch: pytest.MonkeyPatch, eyes: str
) -> None:
    without_the_first_two(monkeypatch)
    assert told_to(planted, eyes) == []
