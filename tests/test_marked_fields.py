"""Fields that are marked: a word stands in each of them, and no surface tells it, or that there is such a field, to whom it is not for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.apps import apps
from django.db import models
from django.utils import timezone

from foedera.agreements.models import Agreement, Finding, FollowUp
from foedera.agreements.review.queries import merge_plans
from foedera.agreements.tests import make
from foedera.directory.models import Body
from foedera.directory.tests.make import appoint
from foedera.directory.tests.make import post as new_post
from foedera.platform.access.marks import READERS, Sensitivity, let_read, reads
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Invalid
from foedera.platform.actions.performing import action_named, perform
from foedera.platform.history.personal import personal_fields
from foedera.platform.lists.delivering.job import write_now
from foedera.platform.lists.delivering.models import ExportRun
from foedera.platform.lists.delivering.storing import path_of
from foedera.platform.lists.description import Column, Context, Kind, RecordType, record_types
from foedera.platform.lists.importing.adapters import adapter_for
from foedera.platform.lists.importing.mapping import MappingFault, mapping_from
from foedera.platform.lists.importing.running import run_file
from foedera.platform.lists.resources import document_of
from foedera.platform.merging.planning import both_records, planned

from .house import EYES, House, undone
from .rights import BODIES
from .test_fences_secret import words_of

pytestmark = pytest.mark.django_db
# One pair of eyes for each role.
ASKING = [name for name in EYES if name not in ("office", "other_office", "administrator")] + ["other_office"]
# What is planted: words that no stemming, spelling or other alphabet brings together.
WORDS = {
    "agreements.coordinator": "Zymurgical",
    "agreements.foreign_coordinator": "Quokkalike",
    "agreements.legal_nature_opinion": "Borborygmic",
    "agreements.parties.signatory": "Xylopolist",
    "agreements.parties.signatory_post": "Jentacular",
    "bodies.holders": "2019-11-23",
    "bodies.holders.person_name": "Widdershins",
    "bodies.holders.contact": "Flibbertigib",
}


@dataclass(frozen=True)
class Marked:
    """A marked column, alone or among the columns of rows."""

    described: RecordType
    column: Column
    cell: Column | None = None

    @property
    def name(self) -> str:
        names = [self.described.name, self.column.name, *([self.cell.name] if self.cell is not None else [])]
        return ".".join(names)

    @property
    def mark(self) -> Sensitivity:
        found = (self.cell or self.column).sensitive
        assert found is not None
        return found

    @property
    def word(self) -> str:
        return WORDS[self.name]


def marked() -> Iterator[Marked]:
    """Every marked column of every record type."""
    for described in record_types():
        for column in described.columns:
            if column.sensitive is not None:
                yield Marked(described, column)
            for cell in column.rows:
                if cell.sensitive is not None:
                    yield Marked(described, column, cell)


ALL = list(marked())
PLAIN = [m.column.name for m in ALL if m.cell is None and m.column.kind is not Kind.ROWS]


@dataclass
class Planted:
    """The house, and the record of each type that holds the words."""

    house: House
    agreement: Agreement
    body: Body
    proposal: str


@pytest.fixture(scope="module")
def planted(house: House) -> Planted:
    owner, centre = house.actors["regional_agency"], house.actors["coordinator"]
    words = {name.removeprefix("agreements."): word for name, word in WORDS.items()}
    made = make.agreement(owner, title="Agreement on beekeeping", publicity="public")
    parties = [
        {"side": "own", "territory": "RU-TAM", **{n: words[f"parties.{n}"] for n in ("signatory", "signatory_post")}},
        {"side": "foreign", "territory": "BY-BR"},
    ]
    values = {name: words[name] for name in ("coordinator", "foreign_coordinator", "legal_nature_opinion")}
    made = make.step(made, "change", centre, **values, parties=parties)
    # Once more, so that the words stand before and after in the history.
    made = make.step(made, "change", centre, coordinator=values["coordinator"] + " II")
    made = make.step(made, "change", centre, coordinator=values["coordinator"])
    asked = {name: f"{word} III" for name, word in values.items()}
    proposal = perform(
        action_named("proposals.propose"),
        house.actors["other_office"],
        values={
            "record_type": "agreements",
            "number": made.number,
            "values": {
                **asked,
                "title": "Agreement on bees",
                "parties": [{**parties[0], "level": "region"}, parties[1]],
            },
        },
        reason="The paper says so",
    )
    body = make.body("Chamber of hives", publicity="public", territory=house.world.territories["RU-TAM"])
    appoint(
        new_post(body, centre), centre, WORDS["bodies.holders.person_name"], "2019-11-23",
        contact=WORDS["bodies.holders.contact"],
    )  # fmt: skip
    body.refresh_from_db()
    return Planted(house, made, body, proposal.number)


def surfaces(planted: Planted) -> dict[str, str]:
    """What is asked, by name: addresses that may tell what stands in a marked field."""
    number, now = planted.agreement.number, quote(timezone.now().isoformat())
    columns = f"columns=number,title,{','.join(PLAIN)}"
    body = planted.body.number
    return {
        "page": f"/agreements/{number}/",
        "page in the past": f"/agreements/{number}/?known_at={now}",
        "parties": f"/agreements/{number}/parties/",
        "timeline": f"/agreements/{number}/timeline/",
        "change form": f"/agreements/{number}/change/",
        "proposing form": f"/proposals/new/agreements/{number}/",
        "proposal": f"/proposals/{planted.proposal}/",
        "proposal in the API": f"/api/v1/proposals/{planted.proposal}",
        "proposals": "/proposals/?show=all",
        "record in the API": f"/api/v1/agreements/{number}",
        "record in the API's past": f"/api/v1/agreements/{number}?known_at={now}",
        "history in the API": f"/api/v1/agreements/{number}/history",
        "list in the API": "/api/v1/agreements?limit=200",
        "list in the API's past": f"/api/v1/agreements?limit=200&known_at={now}",
        "file": "/agreements/?format=jsonl",
        "table as a file": "/agreements/?format=xlsx",
        "file of the past": f"/agreements/?format=csv&as_of={now}",
        "body": f"/directory/bodies/{body}/",
        "holders": f"/directory/bodies/{body}/people/",
        "body's timeline": f"/directory/bodies/{body}/timeline/",
        "body in the API": f"/api/v1/bodies/{body}",
        "body's past in the API": f"/api/v1/bodies/{body}?known_at={now}",
        "body's history": f"/api/v1/bodies/{body}/history",
        "contacts": "/directory/contacts/?kind=agency",
        "file of bodies": "/directory/?format=jsonl",
        "columns": f"/agreements/?{columns}",
        "columns in the API": f"/api/v1/agreements?limit=200&{columns}",
        "columns in a file": f"/agreements/?format=csv&{columns}",
        "columns in groups": f"/agreements/?group=kind&{columns}",
    }


# Surfaces on which nobody is told a marked value, but which are asked all the same.
SILENT = {"proposals", "file of bodies", "contacts"}

# Enough to see that a role reads all fields; where there is nothing to be kept from it, more surfaces would show nothing more.
ENOUGH = frozenset({"page", "parties", "columns in the API", "record in the API", "holders", "body in the API"})
# Asked everything though they read all fields: what a surface tells nobody it does not keep from anybody.
EVERYWHERE = {"desk"}


def told(planted: Planted, eyes: str, only: frozenset[str] = frozenset()) -> dict[str, str]:
    """What each surface (or `only` some) answers these eyes."""
    client = planted.house.clients[eyes]
    answers = {}
    for name, address in surfaces(planted).items():
        if only and name not in only:
            continue
        with undone():
            answers[name] = words_of(client.get(address))
    return answers


def role_of(planted: Planted, eyes: str) -> Role:
    seat = EYES[eyes]
    return seat[0] if seat is not None else Role.PUBLIC


def test_every_marked_column_is_planted() -> None:
    assert {m.name for m in ALL} == set(WORDS)
    assert {m.mark for m in ALL} == set(Sensitivity)


def test_what_the_history_keeps_as_personal_is_marked() -> None:
    """What may be erased from the history of a described record is no less personal in the record."""
    marks: set[tuple[type[models.Model], str]] = set()
    for m in ALL:
        model = apps.get_model(m.column.related) if m.cell is not None else m.described.model
        marks.add((model, (m.cell or m.column).path))
    described = {t.model for t in record_types()} | {
        apps.get_model(c.related) for t in record_types() for c in t.columns if c.related
    }
    for model in described:
        for name in personal_fields(model):
            assert (model, name) in marks, (model, name)


def test_no_surface_tells_a_marked_value_to_whom_it_is_not_for(planted: Planted) -> None:
    leaks, seen = [], {m.name: set[str]() for m in ALL}
    speaking: set[str] = set()
    for eyes in ASKING:
        role = role_of(planted, eyes)
        reads_all = all(role in READERS[m.mark] for m in ALL)
        answers = told(planted, eyes, ENOUGH if reads_all and eyes not in EVERYWHERE else frozenset())
        for m in ALL:
            found = {name for name, words in answers.items() if m.word in words}
            if role in READERS[m.mark]:
                seen[m.name] |= found
                speaking |= found
                assert found, f"{eyes} reads {m.name} nowhere"
            else:
                leaks += [f"{eyes} reads {m.name}: {name}" for name in sorted(found)]
    assert leaks == []
    assert set(surfaces(planted)) - speaking <= SILENT, "a surface that tells nobody anything proves nothing"
    for m in ALL:
        assert len(seen[m.name]) > 2, m.name


def test_nobody_else_learns_that_there_is_such_a_column(planted: Planted) -> None:
    """Filter, sort, group, facet, query, view, export: each is answered as for a column that there is not."""
    nonsense = "nonsense"
    for eyes in ASKING:
        client = planted.house.clients[eyes]
        for m in ALL:
            name = m.column.name
            if m.described.name != "agreements" or m.cell is not None or role_of(planted, eyes) in READERS[m.mark]:
                continue
            for asked in (
                "/api/v1/agreements?{}__contains=x", "/api/v1/agreements?{}__empty=1", "/api/v1/agreements?{}=x",
                "/api/v1/agreements?sort={}", "/api/v1/agreements?sort=-{},title", "/api/v1/agreements?columns=number,{}",
                "/api/v1/agreements?q={}:x", "/api/v1/agreements?q=-{}:empty", "/agreements/?group={}",
                "/agreements/?part=facet&facet={}", "/agreements/?sort={}", "/agreements/?format=csv&columns={}",
                "/lists/agreements/complete/?q={}", "/lists/agreements/complete/?q={}:e",
            ):  # fmt: skip
                here, there = client.get(asked.format(name)), client.get(asked.format(nonsense))
                assert here.status_code == there.status_code, (eyes, asked, name)
                if asked.startswith("/api/"):
                    said = [p["detail"].replace(name, nonsense) for p in here.json()["errors"]]
                    plain = [p["detail"] for p in there.json()["errors"]]
                    # The nearest name that is proposed depends on how a name is spelled.
                    assert [p.split(".")[0] for p in said] == [p.split(".")[0] for p in plain], (eyes, asked)
                if "complete" in asked:
                    assert name not in here.content.decode().replace(f"q={name}", "")
            page = client.get("/agreements/").content.decode()
            assert f'value="{name}"' not in page, (eyes, name)


def test_who_may_read_a_column_is_offered_it(planted: Planted) -> None:
    client = planted.house.clients["desk"]
    assert 'value="coordinator"' in client.get("/agreements/").content.decode()
    assert "coordinator" in client.get("/lists/agreements/complete/?q=coord").content.decode()
    found = client.get("/api/v1/agreements?q=coordinator:Zymurgical").json()
    number = planted.agreement.number
    assert number in [item["number"] for item in found["items"]]


def test_the_search_finds_no_marked_word_for_anybody(planted: Planted) -> None:
    """The index is one for all, so what is marked is not in it; neither words nor snippets nor spellings tell of it."""
    for eyes in ("coordinator", "public"):
        client = planted.house.clients[eyes]
        for m in ALL:
            for found in (m.word, m.word[:6]):
                asked = urlencode({"q": found})
                # Another spelling may bring other records; those with the word are not among them.
                for address in ("/api/v1/search", "/api/v1/agreements"):
                    numbers = [hit["number"] for hit in client.get(f"{address}?{asked}").json()["items"]]
                    assert not {planted.agreement.number, planted.body.number} & set(numbers), (eyes, m.name)
                assert m.word not in client.get(f"/search/?{asked[:-2]}").content.decode().replace(found, "")
        assert client.get("/api/v1/search?q=beekeeping").json()["total"] == 1


def test_webhooks_tell_a_body_what_its_role_reads(planted: Planted) -> None:
    for eyes, actor in planted.house.actors.items():
        record = str(document_of(_type("agreements"), planted.agreement, Context(actor)))
        for m in ALL:
            if m.described.name == "agreements":
                may = actor.role in READERS[m.mark]
                assert (m.word in record) is may, (eyes, m.name)


def _type(name: str) -> RecordType:
    return next(t for t in record_types() if t.name == name)


def test_an_export_holds_what_its_owner_may_read_when_it_is_written(
    planted: Planted, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    for eyes in ("desk", "municipality", "regional_agency"):
        actor = planted.house.actors[eyes]
        with undone():
            run = perform(
                action_named("exports.ask"), actor, values={"kind": "agreements", "query": "", "format": "csv"}
            )
            # Asked for when the column was still for him.
            ExportRun.objects.filter(pk=run.pk).update(query="columns=number,coordinator,legal_nature_opinion")
            write_now(run.pk)
            run = ExportRun.objects.get(pk=run.pk)
            words = path_of(run.file_key).read_text()
            assert WORDS["agreements.coordinator"] in words, (run.error, words)
            reads_it = reads(actor, Sensitivity.POSITION, Agreement)
            assert (WORDS["agreements.legal_nature_opinion"] in words) is reads_it
            assert bool(run.left_out) is not reads_it


def test_a_view_of_a_colleague_is_read_without_the_columns_that_are_not_for_one(planted: Planted) -> None:
    house = planted.house
    shared = {"name": "Opinions", "kind": "agreements", "audience": "everyone"}
    with undone():
        query = "columns=number,legal_nature_opinion,coordinator"
        view = perform(action_named("views.keep"), house.actors["coordinator"], values={**shared, "query": query})
        page = house.clients["municipality"].get(f"/agreements/?view={view.pk}").content.decode()
        assert WORDS["agreements.legal_nature_opinion"] not in page
        assert WORDS["agreements.coordinator"] in page
    mine = {**shared, "audience": "mine"}
    with pytest.raises(Invalid) as refused:
        perform(action_named("views.keep"), house.actors["municipality"], values={**mine, "query": query})
    assert ["legal_nature_opinion" in str(p.message) for p in refused.value.problems] == [True]


def test_who_may_not_read_a_field_may_not_write_it_either(planted: Planted) -> None:
    """On no surface, and what stands there stays when he changes the rest."""
    house, number = planted.house, planted.agreement.number
    client, actor = house.clients["regional_agency"], house.actors["regional_agency"]
    version = str(planted.agreement.version)
    address = f"/api/v1/agreements/{number}"

    def patched(values: dict[str, Any]) -> Any:
        with undone():
            return client.patch(address, values, content_type="application/json", headers={"If-Match": f'"{version}"'})

    refused, unknown = patched({"legal_nature_opinion": "x"}), patched({"nonsense": "x"})
    assert refused.status_code == unknown.status_code == 422
    assert [p["detail"] for p in refused.json()["errors"]] == [p["detail"] for p in unknown.json()["errors"]]
    assert patched({"coordinator": "Somebody"}).status_code == 200
    with undone():
        items = {"items": [{"title": "Agreement on wax", "legal_nature_opinion": "x", "parties": []}]}
        with pytest.raises(Invalid):
            perform(action_named("agreements.create_many"), actor, values=items)
    with undone():
        form: dict[str, Any] = {**BODIES["agreement_form"], "title": "Agreement on honey", "publicity": "public"}
        sent = client.post(
            f"/agreements/{number}/change/",
            {**form, "version": version, "legal_nature_opinion": "x", "indefinite": "true"},
        )
        assert sent.status_code == 302, sent.content.decode()[:20_000]
        changed = Agreement.objects.get(number=number)
        assert (changed.title, changed.legal_nature_opinion) == (
            "Agreement on honey", WORDS["agreements.legal_nature_opinion"],
        )  # fmt: skip
    with undone():
        chosen = perform(
            action_named("bulk.choose"), actor, values={"kind": "agreements", "step": "change", "numbers": [number]}
        )
        for name in ("legal_nature_opinion", "nonsense"):
            with pytest.raises(Invalid, match="many records at once"):
                perform(action_named("bulk.preview"), actor, record=chosen, values={"values": {name: "x"}})
        page = client.get(f"/lists/bulk/{chosen.pk}/input/").content.decode()
        assert 'value="coordinator"' in page or "coordinator" in page
        assert "legal_nature_opinion" not in page


def test_a_merge_is_looked_at_without_fields_that_are_not_for_one(planted: Planted) -> None:
    with undone():
        other = make.agreement(
            planted.house.actors["regional_agency"], title="Agreement on beekeeping", publicity="public"
        )
        finding = Finding.objects.create(
            agreement=planted.agreement,
            other=other,
            rule="duplicate",
            facts={},
            proposed="merge",
            found_on=timezone.localdate(),
        )
        step = FollowUp.objects.create(agreement=planted.agreement, finding=finding, kind="merge")
        for eyes in ("office", "regional_agency"):
            actor = planted.house.actors[eyes]
            shown = str([[(row.field, row.stays) for row in p.rows] for p in merge_plans(actor, step)])
            assert WORDS["agreements.coordinator"] in shown
            reads_it = reads(actor, Sensitivity.POSITION, Agreement)
            assert (WORDS["agreements.legal_nature_opinion"] in shown) is reads_it


def test_a_merge_of_any_two_records_tells_no_field_that_is_not_for_one_and_loses_none(planted: Planted) -> None:
    house, word = planted.house, WORDS["agreements.legal_nature_opinion"]
    with undone():
        owner = house.actors["regional_agency"]
        other = make.agreement(owner, title="Agreement on beekeeping", publicity="public", coordinator="Nobody")
        for eyes in ("region", "regional_agency"):
            client = house.clients[eyes]
            page = client.get(f"/merge/agreements/{other.number}/{planted.agreement.number}/")
            assert page.status_code == 200
            assert WORDS["agreements.coordinator"] in page.content.decode()
            assert (word in page.content.decode()) is reads(house.actors[eyes], Sensitivity.POSITION, Agreement)
        found = both_records(_type("agreements"), other.number, planted.agreement.number, owner)
        with pytest.raises(Invalid):
            planned(_type("agreements"), *found, owner, {"legal_nature_opinion": "goes"})
        values = {"other": planted.agreement.number, "other_version": found[1].version}
        perform(
            action_named("agreements.absorb"),
            owner,
            record=found[0],
            version=found[0].version,
            values=values,
            reason="Twice",
        )
        assert Agreement.objects.get(pk=other.pk).legal_nature_opinion == word


def test_an_import_fills_no_field_that_its_owner_may_not_read(planted: Planted, tmp_path: Path) -> None:
    actor = planted.house.actors["regional_agency"]
    path = tmp_path / "list.csv"
    path.write_text(f"number,title,legal_nature_opinion\n{planted.agreement.number},Agreement on combs,Overwritten\n")
    adapter = adapter_for("agreements")
    with undone():
        run_file(adapter, path, actor)
        changed = Agreement.objects.get(pk=planted.agreement.pk)
        assert changed.title == "Agreement on combs"
        assert changed.legal_nature_opinion == WORDS["agreements.legal_nature_opinion"]
    fields = {n: {"columns": [n]} for n in ("number", "title", "legal_nature_opinion")}
    with pytest.raises(MappingFault, match="legal_nature_opinion"):
        run_file(adapter, path, actor, mapping=mapping_from({"fields": fields}))
    with undone():
        run_file(adapter, path, planted.house.actors["coordinator"], mapping=mapping_from({"fields": fields}))
        assert Agreement.objects.get(pk=planted.agreement.pk).legal_nature_opinion == "Overwritten"


def test_a_record_type_may_say_otherwise(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foedera.platform.access.marks._otherwise", {})
    let_read(Agreement, Sensitivity.PERSONAL, frozenset({Role.COORDINATOR}))
    with pytest.raises(ValueError, match="said already"):
        let_read(Agreement, Sensitivity.PERSONAL, frozenset())
    answers = told(planted, "desk")
    personal = [m for m in ALL if m.mark is Sensitivity.PERSONAL]
    for m in personal:
        assert any(m.word in words for words in answers.values()) is (m.described.name == "bodies"), m.name
    # Rows of which he may not read everything he may not write anew either: what he does not see would be lost.
    refused = planted.house.clients["legal"].patch(
        f"/api/v1/agreements/{planted.agreement.number}",
        {"parties": []},
        content_type="application/json",
        headers={"If-Match": f'"{planted.agreement.version}"'},
    )
    assert refused.status_code == 422
