"""The shapes of the review's pages: those of the house with findings, forms of steps and a picture of a merge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.forms import BaseForm

from foedera.platform.pages import shapes

from .items import FindingItem


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPage(shapes.TablePage):
    """Findings with facets and filters; each is decided in its place, several together."""

    template: ClassVar[str] = "agreements/review/desk.html"

    items: tuple[FindingItem, ...]
    url: str
    count: int
    facets: tuple[shapes.Facet, ...] = ()
    filters: tuple[shapes.FilterChip, ...] = ()
    clear_filters_url: str = ""
    first_url: str = ""
    next_url: str = ""
    empty_text: shapes.Text = ""
    may_decide: bool = False
    bulk_url: str = ""
    decisions: tuple[tuple[str, shapes.Text], ...] = ()
    open_sessions: tuple[tuple[str, str], ...] = ()
    session: str = ""
    position_names: tuple[str, ...] = ("after",)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPage(shapes.TablePage):
    """A next step: its draft, which may be changed, and the form that finishes it."""

    template: ClassVar[str] = "agreements/review/step.html"

    key: int
    draft: str = ""
    draft_seen: str = ""
    draft_fault: shapes.Text = ""
    draft_theirs: str = ""
    finish_form: BaseForm | None = None
    enabled: bool = False
    why_not: shapes.Text = ""
    merge_choices: tuple[MergeChoice, ...] = ()
    merge_fault: shapes.Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeChoice:
    """One of the two ways to merge: which entry stays, and what follows."""

    stays: str
    version: int
    other_version: int
    comparison: shapes.Comparison
    moves: tuple[str, ...]
    obstacle: str
    active: bool
    url: str
