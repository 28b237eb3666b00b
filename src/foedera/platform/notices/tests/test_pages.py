"""The inbox and the settings as people use them, and the same over the API."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from foedera.platform.access.roles import Role
from foedera.platform.notices.kinds import kinds_for
from foedera.platform.notices.models import Choice, DigestHour, Notice
from foedera.platform.notices.telling import tell

from .conftest import Scene

pytestmark = pytest.mark.django_db
RENEWS = "agreements.renews_soon"
JSON = "application/json"


@pytest.fixture
def full(scene: Scene) -> Scene:
    """Three notices wait in the inbox of the colleague."""
    for title in ("Agreement on forests", "Agreement on rivers", "Agreement on roads"):
        scene.renewing(title=title)
    tell(scene.now, only=[RENEWS])
    return scene


def lines(html: str) -> int:
    """In how many lines of the inbox a renewal is told; the box that selects a line says it once more for those who cannot see it."""
    return len(re.findall(r">\s*Renews itself on", html))


def keys(name: str) -> list[int]:
    return list(Notice.objects.filter(person__login=name).order_by("-id").values_list("id", flat=True))


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_frame_of_every_page_shows_how_many_wait(full: Scene) -> None:
    assert '<span class="bubble">3</span>' in page(full.clients["colleague"], "/agreements/")
    assert '<span class="bubble">' not in page(full.clients["far"], "/agreements/")
    assert "/notices/" not in page(Client(), "/agreements/")


def test_the_inbox_shows_them_and_opening_one_leads_to_the_record_and_reads_it(full: Scene) -> None:
    client = full.clients["colleague"]
    inbox = page(client, "/notices/")
    assert "Agreement on rivers" in inbox
    assert lines(inbox) == 3
    key = keys("colleague")[0]
    answer = client.get(f"/notices/{key}/")
    assert answer.status_code == 302
    assert "/agreements/AG-" in answer.headers["Location"]
    assert lines(page(client, "/notices/?show=unread")) == 2
    assert lines(page(client, "/notices/")) == 3


def test_selected_ones_are_marked_read_and_unread_again_and_all_at_once(full: Scene) -> None:
    client, mine = full.clients["colleague"], keys("colleague")
    answer = client.post("/notices/read/", {"selected": mine[:2], "view": "show=unread"})
    assert answer.headers["Location"] == "/notices/?show=unread"
    assert '<span class="bubble">1</span>' in page(client, "/notices/")
    client.post("/notices/unread/", {"selected": mine[:1]})
    assert '<span class="bubble">2</span>' in page(client, "/notices/")
    client.post("/notices/read-all/", {"kind": "agreements.steps"})
    assert '<span class="bubble">2</span>' in page(client, "/notices/")
    client.post("/notices/read-all/")
    assert '<span class="bubble">' not in page(client, "/notices/")


def test_nobody_reads_or_marks_what_is_anothers(full: Scene) -> None:
    others = keys("colleague")
    assert full.clients["mission"].get(f"/notices/{others[0]}/").status_code == 404
    full.clients["mission"].post("/notices/read/", {"selected": others})
    assert Notice.objects.filter(pk__in=others, read_at__isnull=True).count() == 3
    assert Client().get("/notices/").status_code == 302


def test_it_is_narrowed_by_kind_and_faulty_addresses_do_no_harm(full: Scene) -> None:
    client = full.clients["colleague"]
    assert lines(page(client, f"/notices/?kind={RENEWS}")) == 3
    assert "Renews itself on" not in page(client, "/notices/?kind=agreements.steps")
    assert "Nothing here" in page(client, "/notices/?kind=nonsense")
    assert lines(page(client, "/notices/?before=nonsense")) == 3
    assert lines(page(client, f"/notices/?before={keys('colleague')[0]}")) == 2
    client.post("/notices/read/", {"selected": ["nonsense", "9" * 40]})


def test_the_settings_keep_what_is_chosen_and_say_that_there_is_no_mail_server(full: Scene) -> None:
    client = full.clients["colleague"]
    assert "This installation sends no e-mail" in page(client, "/notices/settings/")
    ways = dict.fromkeys((kind.name for kind in kinds_for(Role.OFFICE_OFFICER)), "off")
    answer = client.post("/notices/settings/", {**ways, RENEWS: "digest", "hour": "17"})
    assert answer.status_code == 302
    assert Choice.objects.get(kind=RENEWS).way == "digest"
    assert DigestHour.objects.get().hour == 17
    faulty = client.post("/notices/settings/", {**ways, RENEWS: "shouting", "hour": "17"})
    assert faulty.status_code == 422
    assert Choice.objects.get(kind=RENEWS).way == "digest"


def test_the_inbox_is_said_in_russian(full: Scene) -> None:
    client = full.clients["colleague"]
    client.post("/choice/language/", {"language": "ru", "next": "/"})
    inbox = page(client, "/notices/")
    assert "Входящие" in inbox
    assert "Продлевается само" in inbox


def test_the_api_lists_and_marks_and_chooses(full: Scene) -> None:
    client = full.clients["colleague"]
    told = client.get("/api/v1/notices?limit=2").json()
    assert (len(told["items"]), told["unread"]) == (2, 3)
    rest = client.get(f"/api/v1/notices?before={told['next']}").json()
    assert (len(rest["items"]), rest["next"]) == (1, None)
    ids = [item["id"] for item in told["items"]]
    assert client.post("/api/v1/notices/read", {"ids": ids}, content_type=JSON).json() == {"changed": 2}
    assert client.post("/api/v1/notices/read", {"ids": ids}, content_type=JSON).json() == {"changed": 0}
    assert len(client.get("/api/v1/notices?unread=true").json()["items"]) == 1
    assert client.post("/api/v1/notices/unread", {"ids": ids[:1]}, content_type=JSON).json() == {"changed": 1}
    assert client.post("/api/v1/notices/read-all").json() == {"changed": 2}
    changed = client.patch("/api/v1/notices/settings", {"ways": {RENEWS: "off"}, "hour": 6}, content_type=JSON).json()
    assert changed["hour"] == 6
    assert {"off"} == {k["way"] for k in changed["kinds"] if k["kind"] == RENEWS}
    assert client.patch("/api/v1/notices/settings", {"hour": 24}, content_type=JSON).status_code == 422
    assert client.patch("/api/v1/notices/settings", {"ways": {"x": "off"}}, content_type=JSON).status_code == 422
    assert client.get("/api/v1/notices?limit=0").status_code == 422
    assert client.get("/api/v1/notices?kind=nonsense").status_code == 422
    assert Client().get("/api/v1/notices").status_code == 404
