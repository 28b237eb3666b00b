"""Opening a list with a view: its query string stands in for an address that says nothing of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from foedera.platform.actions.errors import Invalid, NotFound, Words
from foedera.platform.lists import querying
from foedera.platform.lists.description import Context, Kind, RecordType
from foedera.platform.lists.filters import Filter, check_values

from .actions import NOT_KEPT
from .models import SavedView
from .queries import Offered, offered

NO_VIEW = "all"


@dataclass(frozen=True, slots=True)
class Opened:
    """The query of the list as it is read, the view it came from, what had to be left out, and the views on offer.

    `changed` says that the address shows something else than the view holds.
    """

    query: QueryDict
    view: SavedView | None = None
    left_out: tuple[Words, ...] = ()
    offered: Offered = field(default_factory=Offered)
    changed: bool = False


def says_something(query: QueryDict) -> bool:
    """Whether an address says by itself what is shown."""
    return any(key not in NOT_KEPT for key in query)


def open_list(record_type: RecordType, query: QueryDict, context: Context, *, with_first: bool) -> Opened:
    """How the list is read for an address; `with_first` opens it with the reader's first view when it says nothing.

    Raises NotFound for a view that the reader may not know of.
    """
    if not record_type.registered:
        return Opened(query)
    name = query.get("view", "")
    if not with_first and (not name or name == NO_VIEW or says_something(query)):
        return Opened(query)
    on_offer = offered(record_type.name, context.actor)
    view = None
    if name and name != NO_VIEW:
        view = on_offer.named(name)
        if view is None and not says_something(query):
            raise NotFound()
    elif not name and not says_something(query):
        view = on_offer.first
    made = query.copy()
    if view is None:
        if on_offer.first is not None:
            # Else an address without filters would mean the first view again.
            made["view"] = NO_VIEW
        return Opened(made, offered=on_offer)
    made["view"] = str(view.pk)
    if says_something(query):
        return Opened(made, view, offered=on_offer, changed=canonical(query) != canonical(QueryDict(view.query)))
    for key, values in QueryDict(view.query).lists():
        made.setlist(key, values)
    sound, left_out = without_faults(record_type, made, context)
    return Opened(sound, view, left_out, on_offer)


def canonical(query: QueryDict) -> list[tuple[str, list[Any]]]:
    """What an address says of the view, in an order of its own."""
    return sorted((key, list(values)) for key, values in query.lists() if key not in NOT_KEPT and any(values))


def without_faults(record_type: RecordType, query: QueryDict, context: Context) -> tuple[QueryDict, tuple[Words, ...]]:
    """The query without what the list no longer has or the reader may not see, and words on what was left out."""
    sound = query.copy()
    left_out: list[Words] = []
    known = {c.name for c in record_type.columns if c.kind is not Kind.ROWS}
    names = [n for part in sound.getlist("columns") for n in part.split(",") if n]
    gone = [n for n in names if n not in known]
    if gone:
        left_out.extend(_("There is no column “%(name)s”.") % {"name": n} for n in gone)
        sound.setlist("columns", [n for n in names if n in known])
    for key in [k for k in sound if k not in NOT_KEPT and k != "columns"]:
        alone = QueryDict(mutable=True)
        alone.setlist(key, sound.getlist(key))
        try:
            view = querying.parse_view(record_type, alone, context)
            for chosen in view.filters:
                _check(record_type, chosen)
        except Invalid as error:
            del sound[key]
            said = {"group": _("Grouping"), "sort": _("Sorting"), "q": _("Search")}.get(key, key)
            left_out.extend(f"{said}: {problem.message}" for problem in error.problems)
    return sound, tuple(left_out)


def _check(record_type: RecordType, chosen: Filter) -> None:
    check_values(record_type.column(chosen.column), chosen.operator, chosen.values)
