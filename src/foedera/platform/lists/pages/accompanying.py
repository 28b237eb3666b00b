"""What other parts of the platform put beside any record: notes, subscriptions, reminders, proposals that wait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from foedera.platform.access.actors import Actor
from foedera.platform.lists.description import RecordType
from foedera.platform.pages import shapes


@dataclass(frozen=True, slots=True, kw_only=True)
class Accompaniment:
    """What a part adds to the page of a record: steps under "more", blocks above and beside, entries of the timeline."""

    steps: tuple[shapes.Step, ...] = ()
    blocks: tuple[shapes.Block, ...] = ()
    beside: tuple[shapes.Block, ...] = ()
    entries: tuple[shapes.TimelineEntry, ...] = ()


# For the type of a record, the record, whoever reads it whole, and whether its timeline is shown.
Accompanist = Callable[[RecordType, Any, Actor, bool], Accompaniment]
_accompanists: list[Accompanist] = []


def accompany_with(accompanist: Accompanist) -> None:
    """Let a part add to the page of every record."""
    _accompanists.append(accompanist)


def accompanied(
    page: shapes.RecordPage, record_type: RecordType, record: Any, actor: Actor, *, on_timeline: bool
) -> shapes.RecordPage:
    """The page of a record that the actor reads whole, with what the parts of the platform add; the public gets it as it is."""
    if actor.is_public:
        return page
    added = [accompany(record_type, record, actor, on_timeline) for accompany in _accompanists]
    entries = [*page.timeline, *(entry for a in added for entry in a.entries)]
    return replace(
        page,
        more_steps=(*page.more_steps, *(step for a in added for step in a.steps)),
        blocks=(*page.blocks, *(block for a in added for block in a.blocks)),
        beside=(*page.beside, *(block for a in added for block in a.beside)),
        timeline=tuple(sorted(entries, key=lambda entry: entry.at, reverse=True)),
    )
