"""What the pages of the directory share: their sections, a page that asks, addresses and words of cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django.forms import BaseForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.pages import shapes
from foedera.platform.pages.navigation import at_day

from ..actions.dated import function_choices
from ..lists import CONFIDENCE_COLOURS
from ..models import BodyKind, Confidence
from ..rules import Holding

SECTIONS = (
    "bodies",
    "territories",
    "formats",
    "responsible",
    "uncovered",
    "jurisdictions",
    "world",
    "missions",
    "contacts",
    "precedence",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections(shapes.Words):
    """The sections of the directory as a block above a list."""

    template: ClassVar[str] = "directory/sections.html"

    tabs: tuple[shapes.Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingPage(shapes.TablePage):
    """A page of blocks with a form above that asks by GET."""

    template: ClassVar[str] = "directory/asking.html"

    form: BaseForm
    submit: shapes.Text


def tabs(request: HttpRequest, active: str) -> tuple[shapes.Link, ...]:
    """The sections of the directory, the present one marked; the day that is looked at goes along."""
    labels = {
        "bodies": _("Bodies"),
        "territories": _("Territories"),
        "formats": _("Formats"),
        "responsible": _("Who is responsible"),
        "uncovered": _("Pairs nobody covers"),
        "jurisdictions": _("Gaps and overlaps"),
        "world": _("Missions abroad"),
        "missions": _("Foreign missions here"),
        "contacts": _("Contact list"),
        "precedence": _("Precedence"),
    }
    return tuple(
        shapes.Link(labels[name], at_day(request, reverse(f"directory:{name}")), active=name == active)
        for name in SECTIONS
    )


def sections(request: HttpRequest, active: str) -> Sections:
    """The sections as a block for a list."""
    return Sections(paragraphs=(), tabs=tabs(request, active))


def past(actor: Actor) -> Any:
    """The day looked at where it is not today."""
    return actor.as_of if actor.is_past else None


def directory_link() -> shapes.Link:
    """The way back to the directory."""
    return shapes.Link(_("Directory"), reverse("directory:bodies"))


def body_cell(number: str, name: str, note: shapes.Text = "") -> shapes.Cell:
    """A body with its address."""
    return shapes.Cell(name, href=reverse("directory:body", args=[number]), note=note)


def territory_cell(code: str, name: str, contested: bool = False) -> shapes.Cell:
    """A territory with its address, marked when it is contested."""
    if not code:
        return shapes.Cell(name)
    chip = shapes.Chip(_("Contested"), "violet") if contested else None
    return shapes.Cell(name, href=reverse("directory:territory", args=[code]), chip=chip)


def kind_cell(kind: str) -> shapes.Cell:
    """The kind of a body in words."""
    return shapes.Cell(BodyKind(kind).label)


def confidence_chip(confidence: str) -> shapes.Chip:
    """How sure a fact is."""
    return shapes.Chip(Confidence(confidence).label, CONFIDENCE_COLOURS[confidence])  # type: ignore[arg-type]  # colours of the shapes


def holding_words(holding: Holding) -> str:
    """How surely a fact held in the time asked for."""
    return {
        Holding.WHOLE: _("all the time"),
        Holding.PART: _("part of the time"),
        Holding.POSSIBLE: _("perhaps: its dates are too coarse"),
        Holding.NEVER: _("not then"),
    }[holding]


def period_cells(valid_from: str, valid_until: str) -> tuple[shapes.Cell, shapes.Cell]:
    """From and until; an end that is not known is until further notice."""
    return shapes.Cell(date=valid_from), shapes.Cell(date=valid_until)


def function_names() -> list[tuple[str, Any]]:
    """The functions as choices of a form."""
    return [(choice.code, choice.label) for choice in function_choices()]


def columns(*heads: tuple[str, shapes.Text]) -> tuple[shapes.Column, ...]:
    """Columns of a table from names and labels."""
    return tuple(shapes.Column(name, label) for name, label in heads)
