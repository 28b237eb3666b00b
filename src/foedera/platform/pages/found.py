"""The shape of the page that shows what a search over everything found."""

import datetime
from dataclasses import dataclass
from typing import ClassVar

from foedera.platform.pages.shapes import Facet, FilterChip, Link, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """A record that was found. `title` and `words` are pieces of text, each with whether it was asked for; `file` and `page`
    say where the words stand, if not in the record itself."""

    title: tuple[tuple[str, bool], ...]
    url: str
    number: str
    kind: Text
    words: tuple[tuple[str, bool], ...] = ()
    file: str = ""
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """What was found over everything: hits, ways to narrow them, and what the words should perhaps have been.

    `note` says how the hits are ordered when not by how well they fit. `proposal` is a link under other words; `instead` says
    that its hits are already shown.
    """

    template: ClassVar[str] = "pages/search.html"

    title: Text
    url: str
    words: str = ""
    hits: tuple[SearchHit, ...] = ()
    count: int | None = None
    count_is_exact: bool = True
    note: Text = ""
    proposal: Link | None = None
    instead: bool = False
    facets: tuple[Facet, ...] = ()
    filters: tuple[FilterChip, ...] = ()
    clear_filters_url: str = ""
    previous_url: str = ""
    next_url: str = ""
    empty_text: Text = ""
    as_of: datetime.date | None = None
