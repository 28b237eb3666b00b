"""A secret word stands in a record, its parts, its files and its history. No page, list, count, export, file or error tells it to whom
the record is not shown: also not when the policies err and show everything to everybody."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from foedera.agreements.models import Finding, FollowUp
from foedera.agreements.tests import make
from foedera.platform.access.asking import asking, program
from foedera.platform.actions.performing import action_named, perform
from foedera.platform.documents.reading import read_file
from foedera.platform.documents.storing import DOCUMENTS, store
from foedera.platform.lists.delivering.job import write_now
from foedera.platform.lists.delivering.models import ExportRun, ExportState
from foedera.platform.lists.delivering.storing import path_of
from foedera.platform.notices.feed import renew_address

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
    # Its term ends in a hundred days and renews itself: calendars and notices would speak of it.
    begun = owner.today + datetime.timedelta(days=100 - 364)
    made = make.agreement(
        owner,
        signed_on=begun.isoformat(),
        term_months=12,
        indefinite=False,
        tacit_renewal=True,
        renewal_months=12,
        nonrenewal_months=1,
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


# What is not asked for by the browser of whoever is signed in: calendars at secret addresses, files that background work writes.
PEOPLE = tuple(eyes for eyes in EYES if eyes != "public")
FILES = {
    "csv": "",
    "jsonl": "columns=number,title,note,publicity_ground",
    "xlsx": f"q={WORD}&columns=number,title,note",
}


def calendar_of(planted: Planted, eyes: str) -> str:
    """The feed at the secret address of a person, as a program without a session gets it."""
    path = urlsplit(renew_address(planted.house.actors[eyes])).path
    answer = Client().get(path)
    assert answer.status_code == 200
    # Long lines of a calendar are folded.
    return answer.content.decode().replace("\r\n ", "")


def written_for(planted: Planted, eyes: str, kind: str) -> str:
    """The file of an export that background work writes for a person."""
    actor = planted.house.actors[eyes]
    asked = {"kind": "agreements", "query": FILES[kind], "format": kind}
    run: ExportRun = perform(action_named("exports.ask"), actor, values=asked)
    with asking(program(actor.today)):
        write_now(run.pk)
    run.refresh_from_db()
    assert run.state == ExportState.DONE, run.error
    return words_of(HttpResponse(path_of(run.file_key).read_bytes()))


@pytest.mark.parametrize("fences", ["all", "third"])
def test_calendars_leave_the_secret_out(planted: Planted, monkeypatch: pytest.MonkeyPatch, fences: str) -> None:
    if fences == "third":
        without_the_first_two(monkeypatch)
    feeds = {eyes: calendar_of(planted, eyes) for eyes in PEOPLE}
    assert {eyes for eyes, feed in feeds.items() if WORD in feed or planted.keys["restricted"] in feed} == MAY
    if fences == "all":
        assert f"Last safe day to object: A {WORD} harbour" in feeds["other_office"]


@pytest.mark.parametrize("fences", ["all", "third"])
def test_files_of_background_work_leave_the_secret_out(
    planted: Planted, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path, fences: str
) -> None:
    settings.MEDIA_ROOT = tmp_path
    if fences == "third":
        without_the_first_two(monkeypatch)
    for kind in FILES:
        files = {eyes: written_for(planted, eyes, kind) for eyes in PEOPLE}
        assert {eyes for eyes, file in files.items() if WORD in file or planted.keys["restricted"] in file} == MAY, kind
