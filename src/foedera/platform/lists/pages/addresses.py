"""Addresses of a list: the same view with one thing changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.http import QueryDict

from foedera.platform.lists import querying
from foedera.platform.lists.asking.binding import Part
from foedera.platform.lists.asking.language import QueryFault, parse, written
from foedera.platform.lists.saving.opening import NO_VIEW, says_something

# What belongs to one request for a part of the page, or to a place in the list, and to no view.
PASSING = ("after", "part", "facet", "value", "all")


def changed(query: QueryDict, **changes: str | Sequence[str] | None) -> str:
    """The query string with changes; the place in the list is dropped, for another view has other pages."""
    made = query.copy()
    for gone in PASSING:
        made.pop(gone, None)
    for key, value in changes.items():
        if value is None:
            made.pop(key, None)
        elif isinstance(value, str):
            made[key] = value
        else:
            made.setlist(key, list(value))
    if "view" in made and not says_something(made):
        # Nothing but the number of a view would mean what that view holds.
        made["view"] = NO_VIEW
    encoded = made.urlencode()
    return f"?{encoded}" if encoded else "?"


def text_without(view: querying.View, dropped: Callable[[Part], bool]) -> str | None:
    """The text of the search box without some of its pieces; None when nothing is left."""
    left = " ".join(part.text for part in view.parts if not dropped(part))
    try:
        return written(parse(left)) or None
    except QueryFault:
        return left or None


def with_values(view: querying.View, query: QueryDict, column: str, values: Sequence[str]) -> str:
    """The address with these values of a column alone, whether it was asked for in the panel or in the search box."""
    in_text = any(f.column == column and f.operator == "is" for part in view.parts for f in part.filters)
    text = view.text or None
    if in_text:
        text = text_without(view, lambda part: any(f.column == column and f.operator == "is" for f in part.filters))
    return changed(query, **{column: list(values) or None, "q": text})
