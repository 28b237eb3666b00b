"""Facts of the register as they are written: odd dates kept, links without circles, suspensions, notices, texts, ties."""

from __future__ import annotations

import datetime
import hashlib
import io
import itertools
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from foedera.agreements import terms
from foedera.agreements.actions import MOST_AT_ONCE
from foedera.agreements.deriving import facts_of_one
from foedera.agreements.models import Agreement, AgreementLink, Suspension, TextVersion, Tie
from foedera.agreements.queries import difference, links_of
from foedera.agreements.tests import make
from foedera.platform.access.actors import Actor, system
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import ActionError, Invalid, NotFound, NotNow
from foedera.platform.actions.performing import action_named, perform
from foedera.platform.documents.storing import DOCUMENTS, store
from foedera.platform.history.models import Entry, PerformedAction
from foedera.platform.history.queries import timeline
from foedera.platform.records.adding import FEW

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture
def world(db: None) -> make.World:
    return make.world()


@pytest.fixture
def centre(world: make.World) -> Actor:
    return make.actor(Role.COORDINATOR, world.ministry, login="centre")


def status(agreement: Agreement, on: datetime.date = TODAY) -> terms.TermResult:
    return terms.evaluate_one(facts_of_one(agreement), on)


# ---------------------------------------------------------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("1954", "1954"),
        ("March 1954", "1954-03"),
        ("марта 1954", "1954-03"),
        ("1954-03", "1954-03"),
        ("17.03.1954", "1954-03-17"),
        ("17 March 1954", "1954-03-17"),
        ("29.02.2024", "2024-02-29"),
        (" 1954 ", "1954"),
    ],
)
def test_a_coarse_date_is_kept_as_coarse_as_it_is(centre: Actor, typed: str, kept: str) -> None:
    made = make.agreement(centre, signed_on=typed)
    assert made.signed_on == kept
    made = make.step(made, "change", centre, last_activity_on=typed)
    assert made.last_activity_on == kept


@pytest.mark.parametrize(
    "typed", ["1954-00", "31.04.1954", "29.02.2023", "next year", "1954-3-1x", "19 54", "0000", "1e3"]
)
def test_what_is_no_date_is_refused_at_its_field(centre: Actor, typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        make.agreement(centre, signed_on=typed)
    assert [p.field for p in refused.value.problems] == ["signed_on"]
    assert not Agreement.objects.exists()


def test_dates_that_contradict_each_other_are_kept_and_warned_of(centre: Actor) -> None:
    odd = make.agreement(centre, signed_on="2014-03-12", in_force_from="2010-01-01", term_end="2005")
    assert (odd.in_force_from, odd.term_end) == ("2010-01-01", "2005")
    assert terms.describe_warnings(status(odd).warnings)
    fine = make.agreement(centre, signed_on="2014-03-12", in_force_rule="", in_force_from="2014-04-01", term_months=60)
    assert not terms.describe_warnings(status(fine).warnings)


def test_nothing_is_invented_where_nothing_is_known(centre: Actor) -> None:
    made = make.agreement(centre, signed_on="1954", in_force_rule="")
    found = status(made)
    assert found.status is terms.Status.UNKNOWN
    assert terms.describe_reason(found.reason)
    assert (made.in_force_from, made.term_end, made.ends_on) == ("", "", None)


# ---------------------------------------------------------------------------------------------------------------- links


def chain(centre: Actor, length: int) -> list[Agreement]:
    return [make.agreement(centre, title=f"Agreement {n}") for n in range(length)]


@pytest.mark.parametrize("kind", ["amends", "replaces", "implements"])
@pytest.mark.parametrize("length", [2, 3, 5])
def test_a_chain_of_links_never_leads_back(centre: Actor, kind: str, length: int) -> None:
    agreements = chain(centre, length)
    for before, after in itertools.pairwise(agreements):
        make.step(before, "add_link", centre, kind=kind, target=after.number)
    with pytest.raises(Invalid, match="circle"):
        make.step(agreements[-1], "add_link", centre, kind=kind, target=agreements[0].number)
    assert AgreementLink.objects.count() == length - 1
    other = next(k for k in ("amends", "replaces", "implements") if k != kind)
    make.step(agreements[-1], "add_link", centre, kind=other, target=agreements[0].number)


def test_a_link_to_itself_or_twice_is_refused(centre: Actor) -> None:
    first, second = chain(centre, 2)
    with pytest.raises(Invalid, match=r"itself|circle"):
        make.step(first, "add_link", centre, kind="amends", target=first.number)
    make.step(first, "add_link", centre, kind="amends", target=second.number)
    with pytest.raises(Invalid, match="exists already"):
        make.step(first, "add_link", centre, kind="amends", target=second.number)
    with pytest.raises(Invalid) as refused:
        make.step(first, "add_link", centre, kind="amends", target="")
    assert [p.field for p in refused.value.problems] == ["target"]


def test_a_link_is_seen_from_both_ends_and_removed_with_a_reason(centre: Actor) -> None:
    first, second = chain(centre, 2)
    make.step(first, "add_link", centre, kind="replaces", target=second.number, effective_on="2020")
    assert [(x.number, x.forward, x.effective_on) for x in links_of(first, centre)] == [(second.number, True, "2020")]
    assert [(x.number, x.forward) for x in links_of(second, centre)] == [(first.number, False)]
    with pytest.raises(Invalid, match="Say why"):
        make.step(first, "remove_link", centre, target=second.number)
    with pytest.raises(Invalid, match="no such link"):
        make.step(first, "remove_link", centre, target=first.number, reason="mistake")
    make.step(first, "remove_link", centre, target=second.number, reason="mistake")
    assert links_of(first, centre) == []
    with pytest.raises(NotNow):
        make.step(first, "remove_link", centre, target=second.number, reason="mistake")


def test_frameworks_make_no_circle(centre: Actor) -> None:
    top, middle, bottom = chain(centre, 3)
    with pytest.raises(Invalid, match="its own framework"):
        make.step(top, "change", centre, framework=top.number)
    make.step(middle, "change", centre, framework=top.number)
    make.step(bottom, "change", centre, framework=middle.number)
    with pytest.raises(Invalid, match="circle of frameworks"):
        make.step(top, "change", centre, framework=bottom.number)
    top.refresh_from_db()
    assert top.framework_id is None
    with pytest.raises(IntegrityError), transaction.atomic():
        Agreement.objects.filter(pk=top.pk).update(framework=top)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["links", "frameworks"])
def test_two_halves_of_a_circle_at_the_same_time(what: str) -> None:
    """Each half alone is allowed; of two connections that write them at once, one is refused."""
    make.world()
    actor = system(TODAY)
    first, second = chain(actor, 2)
    started = threading.Barrier(2)
    outcomes: list[str] = []

    def half(near: Agreement, far: Agreement) -> None:
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1")
                started.wait(timeout=20)
                if what == "links":
                    make.step(near, "add_link", actor, kind="amends", target=far.number)
                else:
                    make.step(near, "change", actor, framework=far.number)
            outcomes.append("kept")
        except Invalid as error:
            outcomes.append("circle" if "circle" in str(error) else str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=half, args=pair) for pair in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(outcomes) == ["circle", "kept"]


@pytest.mark.django_db(transaction=True)
def test_two_changes_on_the_same_version_at_the_same_time() -> None:
    make.world()
    actor = system(TODAY)
    made = make.agreement(actor)
    started = threading.Barrier(2)
    outcomes: list[str] = []

    def change(note: str) -> None:
        try:
            started.wait(timeout=20)
            perform(action_named("agreements.change"), actor, values={"note": note}, record=made.pk, version=1)
            outcomes.append(note)
        except ActionError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=change, args=(n,)) for n in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    made.refresh_from_db()
    assert sorted(outcomes) == sorted(["changed-meanwhile", made.note])
    assert made.version == 2


# -------------------------------------------------------------------------------------------------- suspensions, notices


def test_a_suspension_shows_in_the_status_and_ends_with_it(centre: Actor) -> None:
    made = make.agreement(centre, term_months=600)
    day = datetime.date(2020, 6, 15)
    make.step(made, "suspend", centre, reason="flood", suspended_from="2020-06-01")
    assert status(made, day).status is terms.Status.SUSPENDED
    assert status(made, datetime.date(2020, 5, 31)).status is not terms.Status.SUSPENDED
    make.step(made, "resume", centre, suspended_until="2020-06-30")
    assert status(made, datetime.date(2020, 6, 30)).status is terms.Status.SUSPENDED
    assert status(made, datetime.date(2020, 7, 1)).status is not terms.Status.SUSPENDED
    with pytest.raises(NotNow, match="not suspended"):
        make.step(made, "resume", centre, suspended_until="2020-07-30")


@pytest.mark.parametrize(
    ("start", "end", "fits"),
    [
        ("2020-06-10", "2020-06-20", False),
        ("2020-05-01", "2020-06-01", False),
        ("2020-06-30", "2020-07-10", False),
        ("2020-05-01", "2020-08-01", False),
        ("2020-05-01", None, False),
        ("2020-05-01", "2020-05-31", True),
        ("2020-07-01", "2020-07-02", True),
        ("2020-07-01", None, True),
    ],
)
def test_suspensions_do_not_overlap(centre: Actor, start: str, end: str | None, fits: bool) -> None:
    made = make.agreement(centre)
    make.step(made, "suspend", centre, reason="flood", suspended_from="2020-06-01", suspended_until="2020-06-30")
    if fits:
        make.step(made, "suspend", centre, reason="again", suspended_from=start, suspended_until=end)
        assert made.suspensions.count() == 2
    else:
        with pytest.raises(Invalid, match="suspended then already"):
            make.step(made, "suspend", centre, reason="again", suspended_from=start, suspended_until=end)
        assert made.suspensions.count() == 1


def test_suspensions_written_as_rows_do_not_overlap_either(centre: Actor) -> None:
    made = make.agreement(centre)
    rows = [
        {"suspended_from": "2020-06-01", "suspended_until": "2020-06-30"},
        {"suspended_from": "2020-06-15", "suspended_until": "2020-07-30"},
    ]
    with pytest.raises(Invalid, match="suspended then already") as refused:
        make.step(made, "change", centre, suspensions=rows)
    assert [p.field for p in refused.value.problems] == ["suspensions.1.suspended_from"]
    assert not made.suspensions.exists()
    with pytest.raises(Invalid, match="suspended then already"):
        make.agreement(centre, suspensions=[{"suspended_from": "2020-06-01"}, {"suspended_from": "2021-06-01"}])
    make.step(made, "change", centre, suspensions=[rows[0], {"suspended_from": "2020-07-01"}])
    assert made.suspensions.count() == 2


def test_rows_that_stay_the_same_are_not_written_again(centre: Actor) -> None:
    made = make.agreement(centre)
    kept = list(made.parties.order_by("id").values_list("id", flat=True))
    same = [{"side": "own", "territory": "RU-TAM"}, {"side": "foreign", "territory": "BY-BR"}]
    make.step(made, "change", centre, parties=[*same, {"side": "third", "name": "UNESCO"}])
    assert list(made.parties.order_by("id").values_list("id", flat=True))[:2] == kept
    assert {c.row_id for c in timeline(made)[0].changes if c.table == "agreements_party"}.isdisjoint(kept)
    make.step(made, "change", centre, parties=list(reversed(same)))
    assert set(made.parties.values_list("id", flat=True)) == set(kept)


def test_a_notice_against_renewal_changes_the_end_and_is_taken_back(centre: Actor) -> None:
    made = make.agreement(
        centre,
        signed_on="2014-03-12",
        term_months=60,
        tacit_renewal=True,
        renewal_months=60,
        nonrenewal_months=6,
        notice_counted_from="receipt",
    )
    on = datetime.date(2018, 1, 1)
    before = status(made, on)
    assert before.next_renewal == datetime.date(2019, 3, 12)
    assert before.last_safe_day is not None
    assert before.last_safe_day < datetime.date(2018, 9, 13)
    assert made.ends_on is None
    make.step(
        made,
        "record_notice",
        centre,
        kind="objection",
        side="own",
        dispatched_on="2018-08-01",
        received_on="2018-08-10",
    )
    after = status(made, datetime.date(2018, 8, 20))
    assert (after.next_renewal, after.last_safe_day) == (None, None)
    assert made.ends_on == datetime.date(2019, 3, 11)
    assert status(made, datetime.date(2019, 3, 12)).status is terms.Status.EXPIRED
    make.step(made, "withdraw_notice", centre, withdrawn_on="2018-09-01")
    assert status(made, on).next_renewal == datetime.date(2019, 3, 12)
    assert made.ends_on is None
    with pytest.raises(NotNow, match="No notice stands"):
        make.step(made, "withdraw_notice", centre, withdrawn_on="2018-09-02")


def test_a_notice_counts_from_what_the_text_says(centre: Actor) -> None:
    facts: dict[str, Any] = {
        "signed_on": "2014-03-12",
        "term_months": 60,
        "tacit_renewal": True,
        "renewal_months": 60,
        "nonrenewal_months": 6,
    }
    late = {"kind": "objection", "side": "own", "dispatched_on": "2018-09-01", "received_on": "2018-10-01"}
    by_dispatch = make.agreement(centre, notice_counted_from="dispatch", **facts)
    by_receipt = make.agreement(centre, notice_counted_from="receipt", **facts)
    make.step(by_dispatch, "record_notice", centre, **late)
    make.step(by_receipt, "record_notice", centre, **late)
    assert by_dispatch.ends_on == datetime.date(2019, 3, 11), "sent in time"
    assert by_receipt.ends_on != datetime.date(2019, 3, 11), "received too late"


def test_a_notice_of_termination_ends_it_after_its_period(centre: Actor) -> None:
    made = make.agreement(centre, signed_on="2014-03-12", indefinite=True, notice_months=3)
    make.step(made, "record_notice", centre, kind="termination", side="foreign", received_on="2020-01-15")
    assert made.ends_on == datetime.date(2020, 4, 14) or made.ends_on == datetime.date(2020, 4, 15)
    assert status(made, datetime.date(2020, 2, 1)).status in terms.IN_FORCE_STATUSES
    assert status(made, datetime.date(2020, 5, 1)).status is terms.Status.TERMINATED


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kind": "objection", "side": "own"}, "day it was sent or received"),
        (
            {"kind": "objection", "side": "own", "dispatched_on": "2020-02-01", "received_on": "2020-01-01"},
            "received after it was sent",
        ),
        ({"kind": "", "side": "own", "dispatched_on": "2020-02-01"}, "required"),
        ({"kind": "objection", "side": "their", "dispatched_on": "2020-02-01"}, "not one of the values"),
    ],
)
def test_a_faulty_notice_is_refused_in_words(centre: Actor, values: dict[str, Any], words: str) -> None:
    made = make.agreement(centre)
    with pytest.raises(Invalid, match=words):
        make.step(made, "record_notice", centre, **values)
    assert not made.notices.exists()


def test_the_end_is_recorded_with_its_ground(centre: Actor) -> None:
    made = make.agreement(centre, indefinite=True)
    with pytest.raises(Invalid, match="Say why"):
        make.step(made, "terminate", centre, terminated_on="2020-05", end_ground="consent")
    with pytest.raises(Invalid, match="required"):
        make.step(made, "terminate", centre, terminated_on="2020-05", end_ground="", reason="agreed")
    make.step(made, "terminate", centre, terminated_on="2020-05", end_ground="consent", reason="agreed")
    assert status(made, datetime.date(2021, 1, 1)).status is terms.Status.TERMINATED
    assert status(made, datetime.date(2019, 1, 1)).status in terms.IN_FORCE_STATUSES


@pytest.mark.parametrize("verb", ["record_notice", "terminate", "suspend", "record_activity"])
def test_life_begins_with_the_signature(centre: Actor, verb: str) -> None:
    idea = make.agreement(centre, signed_on="", in_force_rule="")
    values: dict[str, dict[str, str]] = {
        "record_notice": {"kind": "objection", "side": "own", "dispatched_on": "2020-01-01"},
        "terminate": {"terminated_on": "2020", "end_ground": "notice"},
        "suspend": {"suspended_from": "2020-01-01"},
        "record_activity": {"last_activity_on": "2020"},
    }
    with pytest.raises(NotNow, match="signed"):
        make.step(idea, verb, centre, reason="synthetic", **values[verb])


def test_the_database_keeps_the_order_of_a_suspension(centre: Actor) -> None:
    made = make.agreement(centre)
    with pytest.raises(IntegrityError), transaction.atomic():
        Suspension.objects.create(
            agreement=made, suspended_from=datetime.date(2020, 2, 1), suspended_until=datetime.date(2020, 1, 1)
        )


# ----------------------------------------------------------------------------------------------------------------- texts


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path / "files"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_a_text_is_kept_by_its_hash_with_its_words(centre: Actor, folder: Path, encoding: str) -> None:
    made = make.agreement(centre)
    content = "Статья 1\nСтороны сотрудничают.\n".encode(encoding)
    file = store("text.txt", io.BytesIO(content), DOCUMENTS)
    made = make.step(made, "add_text", centre, kind="signed", language="ru", digest=file.digest, file_name="text.txt")
    version = TextVersion.objects.get(agreement=made)
    assert version.file.digest == hashlib.sha256(content).hexdigest()
    assert version.words == "Статья 1\nСтороны сотрудничают.\n"
    assert made.version == 2


def test_a_text_needs_a_file_that_is_there(centre: Actor, folder: Path) -> None:
    made = make.agreement(centre)
    with pytest.raises(Invalid, match="send it again"):
        make.step(made, "add_text", centre, kind="draft", digest="0" * 64, file_name="a.txt")


def test_the_difference_of_two_versions() -> None:
    before = "\n".join(["Title", *(f"Article {n}" for n in range(20)), "Five years."])
    after = before.replace("Five", "Ten").replace("Title\n", "")
    lines = difference(before, after)
    assert ("removed", "Title") in lines
    assert ("removed", "Five years.") in lines
    assert ("added", "Ten years.") in lines
    assert ("gap", "") in lines, "long runs that are the same are cut short"
    assert difference("a\nb", "a\nb") == [("same", "a"), ("same", "b")]
    assert difference("", "new") == [("added", "new")]


# ------------------------------------------------------------------------------------------------------------------ many


def given(n: int, **more: Any) -> dict[str, Any]:
    return {
        "title": f"Agreement {n}",
        "signed_on": "2014-03-12",
        "in_force_rule": "signature",
        "parties": [{"side": "own", "territory": "RU-TAM"}, {"side": "foreign", "territory": "BY-BR"}],
        **more,
    }


@pytest.mark.parametrize("number", [3, FEW + 5])
def test_many_at_once_are_like_one_by_one(centre: Actor, world: make.World, number: int) -> None:
    keys = perform(action_named("agreements.create_many"), centre, values={"items": [given(n) for n in range(number)]})
    assert [a.title for a in Agreement.objects.order_by("number")] == [f"Agreement {n}" for n in range(number)]
    assert keys == sorted(keys)
    one = make.agreement(centre, title="Agreement 0")
    many = Agreement.objects.get(pk=keys[0])
    same = (
        "state", "title_key", "own_ids", "partner_ids", "party_text", "status_starts", "status_codes", "ends_on", "owner_id",
        "version", "idea_on", "publicity", "titles", "subject_areas",
    )  # fmt: skip
    assert {n: getattr(many, n) for n in same} == {n: getattr(one, n) for n in same}
    assert [e.action for e in timeline(many)] == ["agreements.create_many"]
    assert many.parties.count() == 2


def test_many_are_made_all_or_none_and_each_fault_is_named(centre: Actor) -> None:
    items = [
        given(0),
        given(1, parties=[{"side": "own", "territory": "RU-XX"}, {"side": "foreign"}]),
        given(2, framework="AG-999999"),
        given(3, suspensions=[{"suspended_until": "2020-01-01"}]),
    ]
    before = Entry.objects.count(), PerformedAction.objects.count()
    with pytest.raises(Invalid) as refused:
        perform(action_named("agreements.create_many"), centre, values={"items": items})
    fields = {p.field for p in refused.value.problems}
    assert {"items.1.parties.0.territory", "items.2.framework", "items.3.suspensions.0.suspended_from"} <= fields
    with pytest.raises(Invalid) as refused:
        perform(
            action_named("agreements.create_many"),
            centre,
            values={"items": [given(0), given(1, title=""), given(2, signed_on="x")]},
        )
    assert {p.field for p in refused.value.problems} == {"items.1.title", "items.2.signed_on"}
    assert not Agreement.objects.exists()
    assert (Entry.objects.count(), PerformedAction.objects.count()) == before


@pytest.mark.parametrize("count", [0, MOST_AT_ONCE + 1])
def test_none_and_too_many_are_refused(centre: Actor, count: int) -> None:
    with pytest.raises(Invalid):
        perform(action_named("agreements.create_many"), centre, values={"items": [given(n) for n in range(count)]})


def test_many_of_another_territory_are_refused(world: make.World) -> None:
    officer = make.actor(Role.OFFICE_OFFICER, world.office)
    items = [given(0), given(1, parties=[{"side": "own", "territory": "RU-PRI"}])]
    with pytest.raises(Invalid, match="your territory") as refused:
        perform(action_named("agreements.create_many"), officer, values={"items": items})
    assert [p.field for p in refused.value.problems] == ["items.1.parties"]
    assert not Agreement.objects.exists()


# ------------------------------------------------------------------------------------------------------------------ ties


@pytest.fixture
def ends(world: make.World) -> tuple[Any, Any]:
    return (
        make.body("Tambov", territory=world.territories["RU-TAM"], country=world.territories["RU"]),
        make.body("Brest", territory=world.territories["BY-BR"], country=world.territories["BY"]),
    )


def test_which_end_stands_first_has_no_meaning(centre: Actor, ends: tuple[Any, Any]) -> None:
    here, there = ends
    tie = make.tie(centre, there, here)
    assert {tie.first_id, tie.second_id} == {here.pk, there.pk}
    with pytest.raises(Invalid, match="in the register already"):
        make.tie(centre, here, there)
    make.tie(centre, here, there, kind="culture")
    with pytest.raises(Invalid, match="two different ends"):
        make.tie(centre, here, here)
    with pytest.raises(IntegrityError), transaction.atomic():
        Tie.objects.filter(pk=tie.pk).update(first=tie.second_id, second=tie.first_id)


def test_an_activity_wakes_a_tie_and_a_closed_one_sleeps(centre: Actor, ends: tuple[Any, Any]) -> None:
    tie = make.tie(centre, *ends)

    def step(verb: str, reason: str = "", **values: Any) -> None:
        tie.refresh_from_db()
        perform(action_named(f"ties.{verb}"), centre, values=values, record=tie, version=tie.version, reason=reason)
        tie.refresh_from_db()

    step("record_activity", last_activity_on="May 2024")
    assert (tie.state, tie.last_activity_on) == ("active", "2024-05")
    with pytest.raises(Invalid, match="Say why"):
        step("freeze")
    step("freeze", reason="paused")
    with pytest.raises(NotNow, match="Frozen"):
        step("freeze", reason="again")
    step("unfreeze", reason="resumed")
    step("close", reason="over")
    with pytest.raises(NotNow, match="Closed"):
        step("record_activity", last_activity_on="2025")


def test_a_tie_changes_one_end(centre: Actor, ends: tuple[Any, Any], world: make.World) -> None:
    tie = make.tie(centre, *ends, since="1994", evidence="a letter")
    other = make.body("Almaty", territory=world.territories["KZ-ALM"], country=world.territories["KZ"])
    perform(action_named("ties.change"), centre, values={"second": other.number}, record=tie, version=1)
    tie.refresh_from_db()
    assert tie.partner_ids == [world.territories["KZ"].pk]
    assert (tie.since, tie.evidence) == ("1994", "a letter")
    with pytest.raises(Invalid, match="not found"):
        perform(action_named("ties.change"), centre, values={"second": "BO-999999"}, record=tie, version=2)
    with pytest.raises(NotFound):
        perform(action_named("ties.change"), centre, values={}, record=999_999_999, version=2)
