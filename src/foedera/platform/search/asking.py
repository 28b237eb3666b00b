"""A question as it stands in an address: `q`, and what narrows it, the same for the page and the API."""

from __future__ import annotations

from django.http import QueryDict
from django.utils.translation import gettext as _

from foedera.platform.actions.errors import Invalid, Problem

from .queries import LARGEST_PAGE, MOST, PAGE, Asked
from .visibility import indexed_types


def parse(query: QueryDict, *, limit: int = PAGE) -> Asked:
    """The question of an address. Raises Invalid naming each parameter that is not understood."""
    problems: list[Problem] = []
    words = query.get("q", "")
    if "\x00" in words:
        problems.append(Problem("q", _("The text holds a character that cannot be stored.")))
    known = {t.name for t in indexed_types()}
    types = tuple(t for t in query.getlist("type") if t)
    problems.extend(
        Problem("type", _("“%(value)s” is not one of the values offered.") % {"value": t})
        for t in types
        if t not in known
    )
    years = tuple(y for y in query.getlist("year") if y)
    problems.extend(
        Problem("year", _("Enter a year such as 1994."))
        for y in years
        if not (y.isascii() and y.isdigit() and len(y) == 4)
    )
    size = _whole(query.get("limit", ""), limit, LARGEST_PAGE, "limit", problems)
    page = _whole(query.get("page", ""), 1, MOST // size if size else 1, "page", problems)
    states = tuple(s for s in query.getlist("state") if s)
    partners = tuple(p for p in query.getlist("partner") if p)
    problems.extend(
        Problem(name, _("The text holds a character that cannot be stored."))
        for name, values in (("state", states), ("partner", partners))
        if any("\x00" in v for v in values)
    )
    if problems:
        raise Invalid(problems)
    return Asked(
        words=words,
        types=types,
        states=states,
        years=tuple(int(y) for y in years),
        partners=partners,
        page=page,
        limit=size,
    )


def _whole(text: str, default: int, most: int, name: str, problems: list[Problem]) -> int:
    if not text:
        return default
    if text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= most:
        return int(text)
    problems.append(Problem(name, _("Enter a whole number from 1 to %(most)d.") % {"most": most}))
    return default
