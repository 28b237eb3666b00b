"""Shapes that only a list has: what may be chosen, kept, exported and done with its rows, and what is not understood."""

from dataclasses import dataclass

from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    name: str
    label: Text
    shown: bool


@dataclass(frozen=True, slots=True)
class SaveView:
    """Where to keep the present view under a name, and for whom (value, label); `query` is what is kept."""

    url: str
    audiences: tuple[tuple[str, Text], ...] = ()
    query: str = ""


@dataclass(frozen=True, slots=True)
class ExportOffer:
    """Where the present view is exported in the background (value and label of the formats), and where repeatedly."""

    url: str
    repeat_url: str
    kind: str
    query: str
    formats: tuple[tuple[str, Text], ...]


@dataclass(frozen=True, slots=True)
class BulkOffer:
    """Steps of which one may be chosen for the selected rows (value, label), sent to `url` as `step`."""

    url: str
    choices: tuple[tuple[str, Text], ...]


@dataclass(frozen=True, slots=True)
class QueryFault:
    """Why the text of the search box is not understood, and the text around the place: before it, the place, behind it."""

    message: Text
    before: str
    place: str
    behind: str
