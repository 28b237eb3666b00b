"""Pages of the review, with and without a script, and the protocol as a file. All records are synthetic."""

from __future__ import annotations

import datetime
import io
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from foedera.accounts.models import Person
from foedera.agreements.models import Finding, FindingRule, FollowUp, ReviewSession
from foedera.agreements.review import actions
from foedera.agreements.review.protocol import as_pdf, as_xlsx, protocol_of
from foedera.agreements.review.running import run_review
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions.performing import perform

from . import make

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
LAPSED: dict[str, Any] = {"signed_on": "2009-03-12", "term_months": 60, "tacit_renewal": False}


@pytest.fixture
def world() -> make.World:
    return make.world()


@pytest.fixture
def centre(world: make.World) -> Actor:
    return make.actor(Role.COORDINATOR, world.ministry, login="centre")


@pytest.fixture
def client(centre: Actor) -> Client:
    client = Client()
    client.force_login(Person.objects.get(login="centre"))
    return client


def signed_in(role: Role, where: Any, login: str) -> Client:
    make.person(login, role, where)
    client = Client()
    client.force_login(Person.objects.get(login=login))
    return client


def test_the_desk_shows_why_and_what_is_proposed(client: Client, centre: Actor) -> None:
    make.agreement(centre, title="Agreement on timber", **LAPSED)
    run_review(centre)
    page = client.get("/review/").content.decode()
    assert "Agreement on timber" in page
    assert "Its last day in force was 11 March 2014" in page
    assert "Expired but still carried as active" in page
    for query in (
        "?rule=expired_carried&region=RU-TAM&partner=BY&proposed=end&urgency=none",
        "?state=all",
        "?state=decided&decision=keep",
        "?agreement=AG-000001",
    ):
        assert client.get(f"/review/{query}").status_code == 200
    assert "Nothing needs a decision here" in client.get("/review/?region=RU-PRI").content.decode()
    for query in ("?rule=nonsense", "?region=XX", "?after=%00", "?after=W10", "?urgency=soon"):
        assert client.get(f"/review/{query}").status_code == 422


def test_paging_by_key_shows_each_finding_once(client: Client, centre: Actor) -> None:
    from foedera.agreements.review import queries

    for number in range(4):
        make.agreement(centre, title=f"Agreement on matter {number}", indefinite=True)
    run_review(centre)
    seen: list[int] = []
    after = ""
    while True:
        page = queries.findings_page(centre, queries.FindingFilter(), after=after, limit=3)
        seen += [f.pk for f in page.findings]
        after = page.next
        if not after:
            break
    assert sorted(seen) == sorted(Finding.objects.values_list("pk", flat=True))


def test_deciding_in_place_and_without_a_script(client: Client, centre: Actor) -> None:
    made = make.agreement(centre, **LAPSED)
    run_review(centre)
    finding = Finding.objects.get(agreement=made, rule=FindingRule.EXPIRED_CARRIED)
    url = f"/review/findings/{finding.pk}/decide/"
    again = client.post(url, {"decision": "end", "reason": ""}, headers={"HX-Request": "true"})
    assert again.status_code == 200
    assert 'role="alert"' in again.content.decode()
    done = client.post(url, {"decision": "end", "reason": "It lapsed"}, headers={"HX-Request": "true"})
    words = done.content.decode()
    assert f'id="finding-{finding.pk}"' in words
    assert "It lapsed" in words
    assert "Record the end" in words
    late = client.post(url, {"decision": "keep", "reason": "My own reason", "next": "/review/?rule=dormant"})
    assert late.status_code == 409
    assert "My own reason" in late.content.decode(), "what was typed is not lost"
    other = make.agreement(centre, title="Other", **LAPSED)
    run_review(centre)
    second = Finding.objects.get(agreement=other, rule=FindingRule.EXPIRED_CARRIED)
    back = client.post(
        f"/review/findings/{second.pk}/decide/",
        {"decision": "end", "reason": "Lapsed", "next": "/review/?rule=dormant"},
    )
    assert (back.status_code, back["Location"]) == (302, f"/review/?rule=dormant#finding-{second.pk}")
    evil = client.post(
        "/review/decide/",
        {"selected": [second.pk], "decision": "end", "reason": "x", "next": "https://elsewhere.test/"},
    )
    assert evil["Location"] == "/review/"


def test_several_together(client: Client, centre: Actor) -> None:
    keys = []
    for number in range(3):
        made = make.agreement(centre, title=f"Agreement {number} on matter {number}", **LAPSED)
        keys.append(made.pk)
    run_review(centre)
    found = list(Finding.objects.filter(rule=FindingRule.EXPIRED_CARRIED).values_list("pk", flat=True))
    answer = client.post("/review/decide/", {"selected": found, "decision": "end", "reason": "All lapsed"}, follow=True)
    assert "3 findings decided." in answer.content.decode()
    assert FollowUp.objects.count() == 3


def test_who_sees_what(client: Client, centre: Actor, world: make.World) -> None:
    there = make.agreement(centre, own="RU-PRI", publicity="public", **LAPSED)
    run_review(centre)
    finding = Finding.objects.get(agreement=there, rule=FindingRule.EXPIRED_CARRIED)
    officer = signed_in(Role.OFFICE_OFFICER, world.office, "tambov")
    assert there.number not in officer.get("/review/").content.decode()
    assert officer.get(f"/review/findings/{finding.pk}/").status_code == 404
    assert officer.post(f"/review/findings/{finding.pk}/decide/", {"decision": "end", "reason": "x"}).status_code == 404
    assert officer.post("/review/run/").status_code == 403
    anyone = Client()
    answer = anyone.get("/review/")
    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]
    past = client.get("/review/?as_of=2020-01-01").content.decode()
    assert "finding-form" not in past


def test_steps_drafts_and_merges_have_pages(client: Client, centre: Actor) -> None:
    make.agreement(centre, title="Agreement on timber and pulp", indefinite=True)
    make.agreement(centre, title="Agreement on pulp and timber", indefinite=True)
    run_review(centre)
    desk = client.get("/review/?rule=duplicate").content.decode()
    assert "side by side" in desk
    finding = Finding.objects.get(rule=FindingRule.DUPLICATE)
    merge = perform(actions.decide, centre, record=finding.pk, values={"decision": "merge"}, reason="One")
    page = client.get(f"/review/steps/{merge.pk}/").content.decode()
    assert "What merging will do" in page
    assert (
        client.post(
            f"/review/steps/{merge.pk}/merge/", {"stays": "AG-9", "version": "1", "other_version": "1"}
        ).status_code
        == 422
    )
    dormant = Finding.objects.filter(rule=FindingRule.DORMANT).first()
    assert dormant is not None
    step = perform(actions.decide, centre, record=dormant.pk, values={"decision": "revise"}, reason="Ask them")
    listed = client.get("/review/steps/").content.decode()
    assert "Ask the region" in listed
    url = f"/review/steps/{step.pk}/"
    text = client.get(f"{url}?format=txt")
    assert text["Content-Type"].startswith("text/plain")
    seen = actions.digest_of_draft(step.draft)
    assert client.post(f"{url}draft/", {"draft": "New words", "seen": seen}).status_code == 302
    late = client.post(f"{url}draft/", {"draft": "Late words", "seen": seen})
    assert late.status_code == 409
    assert "New words" in late.content.decode()
    assert "Late words" in late.content.decode()
    assert client.post(f"{url}finish/", {"outcome": ""}).status_code == 422
    assert client.post(f"{url}finish/", {"outcome": "They answered"}).status_code == 302
    assert "They answered" in client.get("/review/steps/?done=1").content.decode()


def held_session(centre: Actor) -> tuple[Any, Any]:
    made = make.agreement(centre, title='=HYPERLINK("x") Соглашение о торговле', **LAPSED)
    make.agreement(centre, title="Agreement that stays open", **LAPSED)
    run_review(centre)
    session = perform(
        actions.open_session,
        centre,
        values={"title": "Весенняя сессия", "region": "RU-TAM", "held_on": TODAY.isoformat(), "participants": "A\nB"},
    )
    session.refresh_from_db()
    finding = Finding.objects.get(agreement=made, rule=FindingRule.EXPIRED_CARRIED)
    values = {"decision": "end", "session": session.number}
    perform(actions.decide, centre, record=finding.pk, values=values, reason="Срок истёк")
    return session, made


def test_sessions_have_pages_and_end_in_protocols(client: Client, centre: Actor) -> None:
    opened = client.post("/review/sessions/new/", {"title": "All", "held_on": TODAY.isoformat()})
    assert opened.status_code == 302
    assert client.post("/review/sessions/new/", {"title": "", "held_on": "no"}).status_code == 422
    session, made = held_session(centre)
    url = f"/review/sessions/{session.number}/"
    assert "Agreement that stays open" in client.get(url).content.decode()
    assert made.number in client.get(f"{url}?show=decided").content.decode()
    assert client.post(f"{url}close/", {"version": session.version}).status_code == 302
    assert ReviewSession.objects.get(pk=session.pk).closed_at is not None
    assert client.post(f"{url}close/", {"version": session.version + 1}).status_code == 409
    assert session.number in client.get("/review/sessions/").content.decode()
    for kind in ("pdf", "xlsx"):
        answer = client.get(f"{url}protocol.{kind}?language=ru")
        assert answer.status_code == 200
        assert f'filename="{session.number}-protocol-ru.{kind}"' in answer["Content-Disposition"]
    assert client.get(f"{url}protocol.docx").status_code == 404
    assert client.get(f"{url}protocol.pdf?language=xx").status_code == 404


@pytest.mark.parametrize(("language", "decided_by"), [("en", "Decided by"), ("ru", "Кем решено")])
def test_a_protocol_says_what_was_decided_and_by_whom(centre: Actor, language: str, decided_by: str) -> None:
    session, made = held_session(centre)
    protocol = protocol_of(centre, session, language)
    assert [row[0] for row in protocol.decided] == [made.number]
    row = protocol.decided[0]
    assert row[4] == "Срок истёк"
    assert row[5].startswith(f"{centre.name}, Ministry")
    assert "Agreement that stays open" in str(protocol.open)
    assert made.number not in {r[0] for r in protocol.open}
    assert dict(protocol.statistics)[protocol.statistics[0][0]] == 1
    assert protocol.notice, "it is a draft while the session is open"

    book = CalamineWorkbook.from_filelike(io.BytesIO(as_xlsx(protocol)))
    rows = book.get_sheet_by_index(1).to_python()
    assert decided_by in rows[0]
    assert rows[1][0] == made.number
    assert str(rows[1][1]).startswith("=HYPERLINK"), "kept as text"

    content = as_pdf(protocol, datetime.datetime(2026, 3, 17, tzinfo=datetime.UTC))
    reader = PdfReader(io.BytesIO(content))
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == language
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert reader.metadata is not None
    assert session.number in str(reader.metadata.title)
    words = " ".join(page.extract_text() for page in reader.pages)
    for expected in (made.number, "Срок истёк", "Соглашение о торговле", centre.name):
        assert expected in words
    assert b"pdfuaid" in content
    for place in (b"/tmp/", b"/work/", b"/home/", b"/root/"):
        assert place not in content
