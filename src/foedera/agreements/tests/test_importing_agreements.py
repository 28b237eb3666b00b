"""Importing agreements: made, changed, left alone; every fault told by row and column; nothing half-written."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path
from typing import Any

import pytest

from foedera.agreements.deriving import derive
from foedera.agreements.models import Agreement, Party
from foedera.agreements.tests import importing, make
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Invalid, Refused
from foedera.platform.history.models import Entry, PerformedAction
from foedera.platform.lists.importing import running
from foedera.platform.lists.importing.mapping import MappingFault
from foedera.platform.lists.importing.reading import FileFault
from foedera.platform.lists.importing.running import Result
from foedera.platform.lists.models import RunState
from foedera.platform.search.models import SearchEntry

pytestmark = pytest.mark.django_db

ROW: dict[str, Any] = {
    "key": "s:1",
    "title": "Agreement on trade (synthetic)",
    "kind": "agreement",
    "parties": "Tambov Oblast ; Belarus",
    "signed": "2014-03-12",
    "force": "2014-04-01",
    "term": "60",
    "renews": "no",
    "number": "7/2014",
    "areas": "trade,culture",
    "note": "First",
}
MAPPING = importing.mapping(
    source_key="key",
    title="title",
    kind="kind",
    parties="parties",
    signed_on="signed",
    in_force_from="force",
    term_months="term",
    tacit_renewal="renews",
    register_number="number",
    subject_areas="areas",
    note="note",
    options={"own_state": "RU", "publicity": "public", "source": "Synthetic register"},
)


@pytest.fixture
def world(db: None) -> make.World:
    return importing.world()


def row(**changes: Any) -> dict[str, Any]:
    return {**ROW, **changes}


def bring(folder: Path, *rows: dict[str, Any], **options: Any) -> Result:
    options.setdefault("mapping", MAPPING)
    path = importing.table(folder / "synthetic.csv", rows)
    return importing.bring("agreements", path, **options)


def counts(result: Result) -> dict[str, int]:
    return {k: v for k, v in result.report.counts.items() if v}


def faults(result: Result) -> list[tuple[int, str, str]]:
    return [(p["row"], p["column"], p["reason"]) for p in result.report.problems if p["level"] == "error"]


# ----------------------------------------------------------------------------------------------------- made and changed


def test_a_row_becomes_an_agreement_with_its_parties(world: make.World, tmp_path: Path) -> None:
    result = bring(tmp_path, row())
    assert counts(result) == {"read": 1, "created": 1}
    made = Agreement.objects.get(source_key="s:1")
    assert (made.title, made.signed_on, made.in_force_from, made.term_months) == (
        "Agreement on trade (synthetic)", "2014-03-12", "2014-04-01", 60,
    )  # fmt: skip
    assert (made.state, made.publicity, made.source) == ("registered", "public", "Synthetic register")
    assert made.subject_areas == ["trade", "culture"]
    parties = list(made.parties.order_by("id").values_list("side", "territory__code", "level"))
    assert parties == [("own", "RU-TAM", "region"), ("foreign", "BY", "state")]
    assert made.own_ids == [world.territories["RU-TAM"].pk]
    assert made.partner_ids == [world.territories["BY"].pk]
    assert made.ends_on == datetime.date(2019, 3, 31)
    assert SearchEntry.objects.get(record_type="agreements", record_id=made.pk).title == made.title


def test_what_is_derived_on_the_way_is_what_deriving_gives(world: make.World, tmp_path: Path) -> None:
    rows = [
        row(),
        row(key="s:2", parties="", force="", term=""),
        row(key="s:3", parties="Russia ; SOVIET UNION ; Ruritania ; United Nations", signed="", force="1954"),
        row(key="s:4", signed="2014", term="0", force="2013-01-01"),
    ]
    bring(tmp_path, *rows)
    names = ("own_ids", "partner_ids", "party_text", "status_starts", "status_codes", "ends_on", "title_key")
    before = list(Agreement.objects.order_by("id").values(*names))
    derive()
    assert list(Agreement.objects.order_by("id").values(*names)) == before


def test_the_same_file_again_changes_nothing(world: make.World, tmp_path: Path) -> None:
    rows = [row(), row(key="s:2", title="Other (synthetic)", parties="Pskov Oblast ; Kazakhstan")]
    bring(tmp_path, *rows)
    before = importing.footprint()
    result = bring(tmp_path, *rows)
    assert counts(result) == {"read": 2, "unchanged": 2}
    assert importing.footprint() == before


def test_a_changed_row_changes_its_record_and_no_other(world: make.World, tmp_path: Path) -> None:
    bring(tmp_path, row(), row(key="s:2"))
    result = bring(tmp_path, row(term="120", note="Second"), row(key="s:2"))
    assert counts(result) == {"read": 2, "changed": 1, "unchanged": 1}
    changed = Agreement.objects.get(source_key="s:1")
    assert (changed.term_months, changed.note, changed.version) == (120, "Second", 2)
    # What follows from the facts is brought up to date as well.
    assert changed.ends_on == datetime.date(2024, 3, 31)
    assert Agreement.objects.get(source_key="s:2").version == 1


def test_one_import_is_one_action_of_the_history(world: make.World, tmp_path: Path) -> None:
    bring(tmp_path, *(row(key=f"s:{n}") for n in range(20)), reason="A synthetic register")
    action = PerformedAction.objects.get(name="agreements.import")
    assert action.reason == "A synthetic register"
    assert Entry.objects.filter(action=action, table_name="agreements_agreement").count() == 20
    assert Entry.objects.filter(action=action, table_name="agreements_party").count() == 40


def test_an_empty_cell_takes_nothing_away(world: make.World, tmp_path: Path) -> None:
    bring(tmp_path, row())
    assert counts(bring(tmp_path, row(note="", term="", number="", areas="", parties=""))) == {
        "read": 1,
        "unchanged": 1,
    }
    assert Agreement.objects.get().note == "First"


def test_what_the_procedure_and_people_decided_stays(world: make.World, tmp_path: Path) -> None:
    bring(tmp_path, row())
    Agreement.objects.update(state="superseded", publicity="internal", superseded_on=datetime.date(2020, 1, 1))
    assert counts(bring(tmp_path, row())) == {"read": 1, "unchanged": 1}
    made = Agreement.objects.get()
    assert (made.state, made.publicity) == ("superseded", "internal")


def test_parties_that_stay_keep_what_people_added(world: make.World, tmp_path: Path) -> None:
    bring(tmp_path, row())
    Party.objects.filter(side="own").update(signatory="A synthetic head")
    kept = Party.objects.get(side="own").pk
    result = bring(tmp_path, row(parties="Tambov Oblast ; Kazakhstan"))
    assert counts(result) == {"read": 1, "changed": 1}
    own = Party.objects.get(side="own")
    assert (own.pk, own.signatory) == (kept, "A synthetic head")
    assert Party.objects.get(side="foreign").territory == world.territories["KZ"]
    made = Agreement.objects.get()
    assert (made.partner_ids, made.version) == ([world.territories["KZ"].pk], 2)
    assert Party.objects.count() == 2


def test_existing_records_may_be_completed_only_or_left_alone(world: make.World, tmp_path: Path) -> None:
    bring(tmp_path, row(note="", term=""))
    new = row(title="Another title (synthetic)", note="Now", term="24")
    filled = bring(tmp_path, new, mapping=MAPPING.model_copy(update={"existing": "fill"}))
    assert counts(filled) == {"read": 1, "changed": 1}
    made = Agreement.objects.get()
    assert (made.title, made.note, made.term_months) == (ROW["title"], "Now", 24)
    skipped = bring(tmp_path, row(note="Later"), mapping=MAPPING.model_copy(update={"existing": "skip"}))
    assert counts(skipped) == {"read": 1, "unchanged": 1}


def test_an_export_can_be_brought_back_by_number(world: make.World, tmp_path: Path) -> None:
    bring(tmp_path, row())
    number = Agreement.objects.get().number
    by_number = importing.mapping(number="No", title="Title", coordinator="Who")
    path = importing.table(
        tmp_path / "back.csv",
        [
            {"No": number, "Title": ROW["title"], "Who": "Department of synthetic affairs"},
            {"No": "AG-999999", "Title": "x", "Who": ""},
            {"No": "", "Title": "x", "Who": ""},
        ],
    )
    result = importing.bring("agreements", path, mapping=by_number)
    assert counts(result) == {"read": 3, "changed": 1, "refused": 2}
    assert Agreement.objects.get().coordinator == "Department of synthetic affairs"
    assert {f[0] for f in faults(result)} == {3, 4}


def test_new_fields_of_the_description_can_be_imported_at_once() -> None:
    from foedera.platform.lists.description import Kind, record_type
    from foedera.platform.lists.importing.adapters import adapter_for

    offered = {t.name for t in adapter_for("agreements").targets()}
    for column in record_type("agreements").editable:
        if column.kind is Kind.NAMES:
            assert f"{column.name}.fr" in offered
        elif column.kind is not Kind.ROWS:
            assert column.name in offered


# --------------------------------------------------------------------------------------------------------------- faults


def test_every_fault_of_a_row_is_told_by_its_column(world: make.World, tmp_path: Path) -> None:
    result = bring(
        tmp_path,
        row(),
        row(key="s:2", signed="1897-02-30", term="five", kind="pact"),
        row(key="", title=" "),
        row(key="s:4", title="x" * 2001),
        row(key="s:5", note="zero\x00byte"),
        row(key="s:6", areas="trade,astrology"),
    )
    assert counts(result) == {"read": 6, "created": 1, "refused": 5}
    told = faults(result)
    assert (3, "signed", "“1897-02-30”: that month has no day 30.") in told
    assert (3, "term", "Enter a whole number.") in told
    assert (3, "kind", "“pact” is not one of the values offered.") in told
    assert (4, "title", "This is required.") in told
    assert (5, "title", "The text is too long.") in told
    assert (6, "note", "The text holds a character that cannot be stored.") in told
    assert (7, "areas", "“astrology” is not one of the values offered.") in told


def test_odd_dates_are_kept_and_remarked_on(world: make.World, tmp_path: Path) -> None:
    result = bring(
        tmp_path, row(signed="2014-03-12", force="2013-01-01"), row(key="s:2", signed="", force="March 1954")
    )
    assert counts(result) == {"read": 2, "created": 2}
    assert result.report.warnings["force_before_signature"] == 1
    assert result.report.warnings["no_signature"] == 1
    unknown = Agreement.objects.get(source_key="s:2")
    assert (unknown.signed_date_unknown, unknown.in_force_from) == (True, "1954-03")


def test_names_that_are_not_certain_stay_names(world: make.World, tmp_path: Path) -> None:
    result = bring(tmp_path, row(parties="Tambov Oblast ; KOREA ; Ruritania ; BRITISH EMPIRE"))
    assert result.report.warnings == {"party": 2, "collective": 1}
    named = dict(Party.objects.filter(territory=None).values_list("name", "side"))
    assert named == {"KOREA": "foreign", "Ruritania": "foreign", "BRITISH EMPIRE": "foreign"}


def test_a_state_is_that_of_the_day_of_signature(world: make.World, tmp_path: Path) -> None:
    bring(
        tmp_path,
        row(key="s:1", parties="RUSSIA", signed="1893-01-01"),
        row(key="s:2", parties="SOVIET UNION", signed="1960"),
    )
    found = dict(Party.objects.values_list("agreement__source_key", "territory__code"))
    assert found["s:2"] == "SUHH"
    assert found["s:1"] != "RU"


def test_a_key_said_twice_counts_once(world: make.World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "PORTION", 2)
    rows = [row(), row(title="Same portion"), row(key="s:2"), row(title="A later portion")]
    result = bring(tmp_path, *rows)
    assert counts(result) == {"read": 4, "created": 2, "refused": 2}
    assert [f[2] for f in faults(result)] == ["Row 2 has the same key already; it counts."] * 2
    assert Agreement.objects.get(source_key="s:1").title == ROW["title"]


def test_facts_that_contradict_each_other_cost_their_row_alone(world: make.World, tmp_path: Path) -> None:
    mapping = importing.mapping(
        source_key="key", title="title", signed_on="signed", publicity="publicity", public_from="from"
    )
    rows = [
        {"key": f"s:{n}", "title": "Synthetic", "signed": "2014", "publicity": "public", "from": ""} for n in range(50)
    ]
    rows[13]["publicity"] = rows[41]["publicity"] = "public_after"
    result = bring(tmp_path, *rows, mapping=mapping)
    assert counts(result) == {"read": 50, "created": 48, "refused": 2}
    assert faults(result) == [
        (15, "", "“Public after a date” needs the date."),
        (43, "", "“Public after a date” needs the date."),
    ]
    assert not Agreement.objects.filter(source_key__in=["s:13", "s:41"]).exists()


def test_a_formula_is_kept_as_the_text_it_is(world: make.World, tmp_path: Path) -> None:
    bring(tmp_path, row(title='=HYPERLINK("http://synthetic")', note="+1"))
    made = Agreement.objects.get()
    assert (made.title, made.note) == ('=HYPERLINK("http://synthetic")', "+1")


@pytest.mark.parametrize(
    "title", [r"\N", r"a\tb\\c\.", "One line\nand\tanother\rand a third", '{"a", b}', "\x01\u2028\x7f"]
)
def test_signs_that_mean_something_to_copy_are_kept_as_they_are(world: make.World, tmp_path: Path, title: str) -> None:
    bring(tmp_path, row(title=title), row(key=rf"s:\2{title}"))
    assert Agreement.objects.get(source_key="s:1").title == title
    assert Agreement.objects.filter(source_key=rf"s:\2{title}").count() == 1


def test_a_broken_reference_costs_its_row_and_not_the_commit(world: make.World, tmp_path: Path) -> None:
    """The body of the actor has gone meanwhile: told with the row, although the constraint waits for the commit elsewhere."""
    gone = dataclasses.replace(importing.centre(), body_id=10**12)
    result = bring(tmp_path, row(), by=gone)
    assert counts(result) == {"read": 1, "refused": 1}
    assert result.report.errors == {"constraint": 1}
    assert not Agreement.objects.exists()


def test_a_reference_that_is_not_found_is_told(world: make.World, tmp_path: Path) -> None:
    bring(tmp_path, row())
    number = Agreement.objects.get().number
    mapping = importing.mapping(source_key="key", title="title", signed_on="signed", framework="frame")
    rows = [
        {"key": "s:8", "title": "Under it", "signed": "2015", "frame": number},
        {"key": "s:9", "title": "Astray", "signed": "2015", "frame": "AG-999999"},
    ]
    result = bring(tmp_path, *rows, mapping=mapping)
    assert faults(result) == [(3, "frame", "“AG-999999” was not found.")]
    assert Agreement.objects.get(source_key="s:8").framework == Agreement.objects.get(source_key="s:1")


def test_a_header_without_rows_and_a_mapping_that_does_not_fit(world: make.World, tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("key,title\n")
    with pytest.raises(FileFault, match="header and no rows"):
        importing.bring("agreements", path, mapping=importing.mapping(source_key="key", title="title"))
    with pytest.raises(MappingFault, match=r"no column .signed."):
        importing.bring(
            "agreements", path, mapping=importing.mapping(source_key="key", title="title", signed_on="signed")
        )
    with pytest.raises(MappingFault, match="tells the agreements apart"):
        importing.bring("agreements", path, mapping=importing.mapping(title="title"))
    path.write_text("key,title\ns:1,x\n")
    nowhere = importing.mapping(source_key="key", title="title", options={"own_state": "ZZ"})
    with pytest.raises(MappingFault, match="not the code of a state"):
        importing.bring("agreements", path, mapping=nowhere)
    path.write_text("colour,shape\nred,round\n")
    with pytest.raises(MappingFault, match="which is required"):
        importing.bring("agreements", path)


# -------------------------------------------------------------------------------------------------------- all or nothing


def test_a_look_writes_nothing_and_foretells_what_comes(world: make.World, tmp_path: Path) -> None:
    bring(tmp_path, row())
    before = importing.footprint()
    rows = [row(note="Changed"), row(key="s:2"), row(key="s:3", signed="never")]
    looked = bring(tmp_path, *rows, dry_run=True)
    assert looked.state == RunState.PREVIEWED
    assert importing.footprint() == before
    assert counts(looked) == counts(bring(tmp_path, *rows)) == {"read": 3, "created": 1, "changed": 1, "refused": 1}


def test_all_or_nothing(world: make.World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "PORTION", 2)
    before = importing.footprint()
    rows = [row(key=f"s:{n}") for n in range(6)] + [row(key="s:7", signed="never")]
    result = bring(tmp_path, *rows, all_or_nothing=True)
    assert (result.state, counts(result)) == (RunState.FAILED, {"read": 7, "refused": 1})
    assert "1 rows are faulty" in result.error
    assert importing.footprint() == before
    assert counts(bring(tmp_path, *rows[:-1], all_or_nothing=True)) == {"read": 6, "created": 6}


def test_an_import_that_breaks_off_leaves_nothing(
    world: make.World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PORTION", 2)
    before = importing.footprint()

    def break_off(rows: int) -> None:
        if rows > 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring(tmp_path, *(row(key=f"s:{n}") for n in range(9)), progress=break_off)
    assert importing.footprint() == before


def test_a_file_that_is_cut_off_in_the_middle_leaves_nothing(
    world: make.World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PORTION", 2)
    lines = ["key,title,signed"] + [f"s:{n},Соглашение (synthetic),2014" for n in range(200)]
    path = tmp_path / "cut.csv"
    path.write_bytes("\n".join(lines).encode("utf-8"))
    before = importing.footprint()
    damaged = path.read_bytes()
    path.write_bytes(damaged[:-40] + b"\xd0")
    mapping = importing.mapping(source_key="key", title="title", signed_on="signed")
    with pytest.raises(FileFault):
        importing.bring("agreements", path, mapping=mapping.model_copy(update={"encoding": "utf-8"}))
    assert importing.footprint() == before


# ---------------------------------------------------------------------------------------------------------------- rights


def test_an_officer_imports_what_is_in_his_territory(world: make.World, tmp_path: Path) -> None:
    officer = make.actor(Role.OFFICE_OFFICER, world.office)
    rows = [
        row(),
        row(key="s:2", parties="Primorsky Krai ; Belarus"),
        row(key="s:3", parties="Belarus"),
        row(key="s:4", parties=""),
    ]
    result = bring(tmp_path, *rows, by=officer)
    assert counts(result) == {"read": 4, "created": 1, "refused": 3}
    assert {(f[0], f[2]) for f in faults(result)} == {(n, "This record is not in your territory.") for n in (3, 4, 5)}
    assert Agreement.objects.get().owner == world.office


def test_an_officer_does_not_change_what_is_not_his(world: make.World, tmp_path: Path) -> None:
    bring(tmp_path, row(), row(key="s:2", parties="Primorsky Krai ; Belarus"))
    Agreement.objects.filter(source_key="s:1").update(publicity="restricted", owner=world.other_office)
    before = importing.footprint()
    officer = make.actor(Role.OFFICE_OFFICER, world.office)
    rows = [row(note="Mine now"), row(key="s:2", note="Mine too")]
    result = bring(tmp_path, *rows, by=officer, dry_run=True)
    assert result.report.errors == {"rights": 2}
    assert importing.footprint()["agreements_agreement"] == before["agreements_agreement"]


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.INSPECTOR, Role.PUBLIC])
def test_who_only_reads_does_not_import(world: make.World, tmp_path: Path, role: Role) -> None:
    with pytest.raises(Refused):
        bring(tmp_path, row(), by=make.actor(role, world.ministry))
    assert not Agreement.objects.exists()


def test_too_many_contradictions_end_the_import(
    world: make.World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from foedera.platform.lists.importing.merging import merge

    monkeypatch.setattr(merge, "MOST_FAULTS", 3)
    mapping = importing.mapping(source_key="key", title="title", signed_on="signed", publicity="publicity")
    rows = [{"key": f"s:{n}", "title": "x", "signed": "2014", "publicity": "public_after"} for n in range(9)]
    with pytest.raises(Invalid, match="contradict the rules of the register"):
        bring(tmp_path, *rows, mapping=mapping)
    assert not Agreement.objects.exists()


# ----------------------------------------------------------------------------------------------------------------- size


def test_rows_are_never_held_together(world: make.World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many portions must not take more memory than few: what a portion needs is given back with it."""
    import tracemalloc

    monkeypatch.setattr(running, "PORTION", 100)
    mapping = importing.mapping(source_key="key", title="title", signed_on="signed")

    def peak(portions: int, name: str) -> int:
        rows = [
            {"key": f"{name}:{n}", "title": f"Agreement {n} (synthetic)", "signed": "2014"}
            for n in range(portions * 100)
        ]
        path = importing.table(tmp_path / name, rows)
        del rows
        tracemalloc.start()
        try:
            importing.bring("agreements", path, mapping=mapping)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(4, "warm")
    assert peak(24, "large") < peak(5, "small") * 1.7
