"""Proposals that wait, on the page of the record that they would change."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor, signature_in_words
from foedera.platform.lists.description import RecordType
from foedera.platform.lists.pages.accompanying import Accompaniment
from foedera.platform.pages import shapes

from . import queries


def beside(kind: RecordType, record: Any, actor: Actor, on_timeline: bool) -> Accompaniment:
    """The open proposals on a record of which the actor may know."""
    if kind.change is None:
        return Accompaniment()
    kind = kind.for_reader(actor)
    facts = tuple(
        shapes.Fact(
            signature_in_words(row.proposer_name),
            shapes.Cell(
                ", ".join(str(kind.column(name).label) for name in row.values if kind.has(name)),
                href=reverse("proposals:proposal", args=[row.number]),
                note=row.number,
            ),
        )
        for row in queries.waiting_on(kind, record, actor)
    )
    return Accompaniment(beside=(shapes.FactGroup(_("Proposals that wait"), facts, "proposals"),) if facts else ())
