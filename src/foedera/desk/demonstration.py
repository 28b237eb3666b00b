"""The demonstration of a country: its profile, real ties, missions and agreements with their texts, and synthetic people.

Loading again changes nothing: the profile is recognised by its digest, each file by its content, texts and people by their names.
What people have changed since stays, for a file that was imported once is not imported again.
"""

from __future__ import annotations

import gzip
import io
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from django.db.models import BigIntegerField, Count, F, Func
from django.utils.translation import gettext_lazy as _

from foedera import countries
from foedera.accounts.demonstration import make_people
from foedera.agreements.actions import add_text
from foedera.agreements.models import Agreement, TextKind, TextVersion, Tie
from foedera.countries.profile import DemonstrationFile
from foedera.directory.loading import load_profile
from foedera.directory.models import Body, BodyKind, Jurisdiction
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import invalid
from foedera.platform.actions.performing import perform
from foedera.platform.documents.storing import DOCUMENTS, TABLES, path_of, store
from foedera.platform.lists.importing.adapters import adapter_for
from foedera.platform.lists.importing.mapping import ImportMapping, recognised
from foedera.platform.lists.importing.reading import open_table
from foedera.platform.lists.importing.running import carry_out
from foedera.platform.lists.importing.runs import new_run
from foedera.platform.lists.models import ImportRun, RunState

KINDS = {
    "twin_towns_wikipedia": "ties",
    "twin_towns_wikidata": "ties",
    "embassies": "bodies",
    "agreement_texts": "agreements",
}
# "not later than six months before the end of the term": the notice is against renewal, not at any time.
AGAINST_RENEWAL = re.compile(r"за\s+(?:шесть|6|двенадцать|12|три|3)\s+месяц\w*\s+до\s+(?:истечения|окончания)")


@dataclass(slots=True)
class Loaded:
    """What came of one file or step: its name and its counts; nothing was done where it was there already."""

    name: str
    counts: Mapping[str, int] = field(default_factory=dict)
    unchanged: bool = False


def load_demonstration(code: str, actor: Actor) -> list[Loaded]:
    """Load the demonstration of a country into the database; returns what came of each step.

    Raises Invalid when there is no such profile, NotNow when the register is that of another country.
    """
    code = code.upper()
    try:
        profile = countries.load_profile(code)
    except KeyError:
        raise invalid("profile", _("There is no profile of that name.")) from None
    counts = load_profile(code, actor)
    steps = [Loaded(f"profile {code}", counts, unchanged=bool(counts.get("unchanged")))]
    for file in profile.demonstration:
        steps.append(_import(file, actor))
        if file.kind == "agreement_texts":
            steps.append(_add_texts(file.path, actor))
    made = make_people(_bodies_of_people(code))
    steps.append(Loaded("people", {"created": made}, unchanged=made == 0))
    return steps


# ------------------------------------------------------------------------------------------------------------- files


def _import(file: DemonstrationFile, actor: Actor) -> Loaded:
    kind = KINDS[file.kind]
    with tempfile.TemporaryDirectory() as folder:
        path = _with_periods(file.path, Path(folder)) if file.kind == "agreement_texts" else file.path
        with path.open("rb") as content:
            stored = store(path.name, content, TABLES)
        done = ImportRun.objects.filter(kind=kind, file=stored, state=RunState.DONE).exists()
        if done:
            return Loaded(path.name, unchanged=True)
        run = new_run(kind, path.name, actor, file=stored)
        result = carry_out(run, path_of(stored.digest), actor, mapping=_mapping(kind, path, file), dry_run=False)
        counts = dict(result.report.as_counts())
        result.report.close()
        return Loaded(path.name, {k: v for k, v in counts.items() if isinstance(v, int)})


def _mapping(kind: str, path: Path, file: DemonstrationFile) -> ImportMapping | None:
    """The shipped mapping of a file; missions that the profile has already are only completed."""
    if file.kind != "embassies":
        return None
    with open_table(path) as table:
        found = recognised(adapter_for(kind).shipped(), table.columns)
    return found.model_copy(update={"existing": "fill"}) if found is not None else None


def _documents(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rb") as source:
        for line in source:
            yield orjson.loads(line)


def _with_periods(path: Path, folder: Path) -> Path:
    """The documents with the period for an objection, where the closing article counts the notice from the end of the term."""
    target = folder / path.name
    with gzip.GzipFile(target, "wb", mtime=0) as made:
        for document in _documents(path):
            text = " ".join(str(document.pop("text")).split())
            stated = document["renewal"] == "auto" and AGAINST_RENEWAL.search(text)
            document["nonrenewal_months"] = document["notice_months"] if stated else ""
            made.write(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))
    return target


def _add_texts(path: Path, actor: Actor) -> Loaded:
    """The text of each document as a version of its agreement, through the action that an officer would use."""
    agreements = {
        a.source_key: a for a in Agreement.objects.visible_to(actor).filter(source_key__startswith="ru-scitech:")
    }
    present = set(
        TextVersion.objects.filter(agreement__in=[a.pk for a in agreements.values()]).values_list(
            "agreement_id", flat=True
        )
    )
    added = 0
    for document in _documents(path):
        agreement = agreements.get(f"ru-scitech:{document['doc_id']}")
        if agreement is None or agreement.pk in present:
            continue
        name = f"{document['doc_id']}.txt"
        stored = store(name, io.BytesIO(str(document["text"]).encode()), DOCUMENTS)
        values = {
            "kind": TextKind.SIGNED.value,
            "language": "ru",
            "dated": document["signed_date"],
            "digest": stored.digest,
            "file_name": name,
            "note": "Text of a PDF, as in the source",
        }
        perform(add_text, actor, record=agreement, version=agreement.version, values=values)
        added += 1
    return Loaded("texts of agreements", {"created": added}, unchanged=added == 0)


# ------------------------------------------------------------------------------------------------------------ people


def _bodies_of_people(code: str) -> dict[Role, int]:
    """In which body each synthetic person works: the ministry; the office, region and mission with the most ties to look at."""
    bodies: dict[Role, int] = {}
    ministry = Body.objects.filter(kind=BodyKind.MINISTRY, of_state__code=code).order_by("id").first()
    if ministry is not None:
        centre = (Role.COORDINATOR, Role.LEGAL, Role.AUDITOR, Role.ADMINISTRATOR)
        bodies |= dict.fromkeys(centre, ministry.pk)
    regions = _most("own_ids")
    offices = Body.objects.filter(kind=BodyKind.OFFICE_IN_REGION, of_state__code=code)
    governments = Body.objects.filter(kind=BodyKind.REGION_GOVERNMENT, of_state__code=code)
    missions = Body.objects.filter(kind=BodyKind.EMBASSY, of_state__code=code)
    for role, rows, territories, place in (
        (Role.OFFICE_OFFICER, offices, regions, "own"),
        (Role.REGION, governments, regions, "territory"),
        (Role.MISSION, missions, _most("partner_ids"), "country"),
    ):
        for territory in territories:
            if place == "own":
                covering = Jurisdiction.objects.filter(territory=territory, body__in=rows).values("body")
                found = rows.filter(pk__in=covering).order_by("id").first()
            else:
                found = rows.filter(**{place: territory}).order_by("id").first()
            if found is not None:
                bodies[role] = found.pk
                break
    return bodies


def _most(ids: str) -> list[int]:
    """Territories by how many ties have an end there, the most first."""
    element = Func(F(ids), function="unnest", output_field=BigIntegerField())
    counted = Tie.objects.annotate(_territory=element).order_by().values_list("_territory").annotate(_n=Count("id"))
    return [territory for territory, _n in counted.order_by("-_n", "_territory")[:30]]
