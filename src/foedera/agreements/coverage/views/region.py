"""The coverage of one own region, or of the state itself: partner states, gaps, formats, subjects."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from foedera.directory.models import MembershipStanding
from foedera.platform.access.middleware import actor_of
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page
from foedera.platform.pages.wording import day_words

from .. import files, wording
from ..queries import Coverage, FormatCover, Place, coverage_of_own
from ..rules import Counts, Force, Standing

NAMED = 12


def region(request: HttpRequest, code: str) -> HttpResponse | StreamingHttpResponse:
    """The coverage of the own territory of that code; with `format` its partner states as a file. Raises NotFound."""
    actor = actor_of(request)
    kind = files.asked_for(request)
    found, own = coverage_of_own(actor, code)
    partners = files.partners_of(found, own)
    if kind:
        rows = (files.pair_row(own, partner, counts) for partner, counts in partners)
        return files.file_response(
            kind, files.PAIR_COLUMNS, rows, name=f"coverage-{own.code}", title=own.name, actor=actor
        )
    chips = [shapes.Chip(_("Contested"), "violet")] if own.contested else []
    page = shapes.TablePage(
        title=_("Coverage: %(name)s") % {"name": own.name},
        number=own.code,
        chips=tuple(chips),
        lead=_(
            "With which partner states, in which formats and on which subjects it has agreements, and with which none."
        ),
        blocks=(
            _figures(request, found, own),
            _map(request, found, own, partners),
            _partners(request, own, partners),
            _gaps(request, found, own),
            _formats(request, found, own),
            _subjects(request, found, own),
            _links(request, own),
        ),
        exports=wording.exports(request),
        warnings=wording.limits(actor),
        breadcrumbs=(wording.overview_link(request),),
        as_of=wording.past(actor),
        source=_("%(source)s. Day: %(day)s.") % {"source": wording.source(), "day": day_words(actor.as_of)},
    )
    return render_page(request, page)


def _figures(request: HttpRequest, found: Coverage, own: Place) -> shapes.Figures:
    tally = found.tally(own.id)
    formats = found.formats(own.id)
    areas = files.subject_rows(found, own.id)
    # Between the two stands what is neither in force nor over; it is told only where there is such.
    between = (
        (
            shapes.Figure(
                _("Suspended, to come, or not known"),
                tally.pending + tally.unknown,
                href=wording.agreements_url(request, region=own.code),
            ),
        )
        if tally.pending or tally.unknown
        else ()
    )
    return shapes.Figures(
        (
            shapes.Figure(
                _("Partner states with an agreement in force"),
                tally.in_force,
                href=wording.agreements_url(request, Force.IN_FORCE, region=own.code),
            ),
            *between,
            shapes.Figure(
                _("Lapsed, nothing after it"),
                tally.lapsed,
                href=wording.agreements_url(request, Force.LAPSED, region=own.code),
            ),
            shapes.Figure(_("Only ties"), tally.ties, href=wording.ties_url(request, region=own.code)),
            shapes.Figure(_("States with nothing"), tally.never),
            shapes.Figure(
                _("Formats with an agreement in force"),
                sum(1 for f in formats if f.standing is Standing.IN_FORCE),
                href="#formats",
                note=_("of %(n)s") % {"n": len(formats)},
            ),
            shapes.Figure(
                _("Subject areas in force"),
                sum(1 for _code, _label, counts, _others in areas if counts.in_force),
                href="#subjects",
                note=_("of %(n)s") % {"n": len(areas)},
            ),
        )
    )


def _map(request: HttpRequest, found: Coverage, own: Place, partners: list[tuple[Place, Counts]]) -> shapes.MapPicture:
    values = [
        shapes.MapValue(
            p.code,
            p.name,
            int(counts.standing),
            text=f"{wording.STANDING_LABELS[counts.standing]}"
            + (f" ({wording.counts_words(counts)})" if counts.standing is not Standing.NEVER else ""),
            url=wording.partner_url(request, p.code),
        )
        for p, counts in partners
    ]
    state = found.places.get(found.profile.state or 0)
    if state is not None:
        values.append(shapes.MapValue(state.code, state.name, int(Standing.NEVER), text=_("the own state")))
    return wording.world_map(
        actor_of(request),
        title=_("The world as it stands with %(name)s") % {"name": own.name},
        unit=_("the best that there is with each state"),
        values=tuple(values),
        legend=wording.standing_legend(),
        table=shapes.Table(
            columns=(shapes.Column("partner", _("Partner state")), shapes.Column("standing", _("Standing"))),
            rows=tuple(
                shapes.Row((shapes.Cell(p.name), shapes.Cell(wording.STANDING_LABELS[counts.standing])))
                for p, counts in partners
            ),
        ),
    )


def _partners(request: HttpRequest, own: Place, partners: list[tuple[Place, Counts]]) -> shapes.Table:
    return shapes.Table(
        title=_("Partner states"),
        columns=(
            shapes.Column("partner", _("Partner state")),
            shapes.Column("standing", _("Standing")),
            *wording.counts_columns(),
        ),
        rows=tuple(
            shapes.Row(
                (
                    wording.place_cell(p, wording.partner_url(request, p.code)),
                    shapes.Cell(chip=wording.standing_chip(counts.standing)),
                    *wording.counts_cells(request, counts, region=own.code, partner=p.code),
                )
            )
            for p, counts in partners
            if counts.standing is not Standing.NEVER
        ),
        empty_text=_("Neither an agreement nor a tie is recorded."),
        identifier="partners",
    )


def _gaps(request: HttpRequest, found: Coverage, own: Place) -> shapes.Table:
    return shapes.Table(
        title=_("Gaps: states with which other regions have an agreement in force, and this one none"),
        lead=_("The state with which most other regions have one comes first. A gap is a fact, not advice."),
        columns=(
            shapes.Column("partner", _("Partner state")),
            shapes.Column("others", _("Other regions in force"), numeric=True),
            shapes.Column("standing", _("Standing here")),
        ),
        rows=tuple(
            shapes.Row(
                (
                    wording.place_cell(
                        found.places[gap.partner], wording.partner_url(request, found.places[gap.partner].code)
                    ),
                    shapes.Cell(number=gap.others),
                    shapes.Cell(chip=wording.standing_chip(gap.standing)),
                )
            )
            for gap in found.gaps(own.id)
        ),
        empty_text=_("There is no state with which only other regions have an agreement in force."),
        identifier="gaps",
    )


def _formats(request: HttpRequest, found: Coverage, own: Place) -> shapes.Table:
    return shapes.Table(
        title=_("Formats"),
        lead=_(
            "Formats to which the region or its state belongs, and whether it has an agreement with another member."
        ),
        columns=(
            shapes.Column("name", _("Format")),
            shapes.Column("standing", _("With members")),
            shapes.Column("members", _("Other members"), numeric=True),
            shapes.Column("in_force", _("In force"), numeric=True),
            shapes.Column("lapsed", _("Lapsed"), numeric=True),
            shapes.Column("ties", _("Only ties"), numeric=True),
            shapes.Column("missing", _("Nothing")),
        ),
        rows=tuple(_format_row(request, found, own, cover) for cover in found.formats(own.id)),
        empty_text=_("No format is recorded for this day."),
        identifier="formats",
    )


def _format_row(request: HttpRequest, found: Coverage, own: Place, cover: FormatCover) -> shapes.Row:
    missing = sorted(
        found.places[p].name for p, s in cover.standings.items() if s is Standing.NEVER and p in found.places
    )
    # A long list says nothing; the partners stand in the table above.
    words = shapes.Cell(number=len(missing)) if len(missing) > NAMED else shapes.Cell(", ".join(missing))
    belongs = _("the region") if cover.by_itself and own.id != found.profile.state else _("the state")
    return shapes.Row(
        (
            shapes.Cell(
                cover.name,
                href=wording.address(request, reverse("directory:format", args=[cover.number])),
                note=_("%(who)s: %(standing)s")
                % {"who": belongs, "standing": MembershipStanding(cover.own_standing).label},
            ),
            shapes.Cell(chip=wording.standing_chip(cover.standing)),
            wording.number_cell(len(cover.standings)),
            wording.number_cell(cover.number_of(Standing.IN_FORCE)),
            wording.number_cell(cover.number_of(Standing.LAPSED)),
            wording.number_cell(cover.number_of(Standing.TIES)),
            words,
        )
    )


def _subjects(request: HttpRequest, found: Coverage, own: Place) -> shapes.Table:
    return shapes.Table(
        title=_("Subject areas"),
        columns=(
            shapes.Column("area", _("Subject area")),
            shapes.Column("standing", _("Standing")),
            shapes.Column("in_force", _("In force"), numeric=True),
            shapes.Column("other", _("Suspended, to come, or not known"), numeric=True),
            shapes.Column("lapsed", _("Lapsed"), numeric=True),
            shapes.Column("others", _("Other regions in force"), numeric=True),
        ),
        rows=tuple(
            shapes.Row(
                (
                    shapes.Cell(label),
                    shapes.Cell(chip=wording.standing_chip(counts.standing)),
                    wording.number_cell(
                        counts.in_force,
                        wording.agreements_url(request, Force.IN_FORCE, region=own.code, subject_areas=code),
                    ),
                    wording.number_cell(
                        counts.pending + counts.unknown,
                        wording.agreements_url(request, region=own.code, subject_areas=code),
                    ),
                    wording.number_cell(
                        counts.lapsed,
                        wording.agreements_url(request, Force.LAPSED, region=own.code, subject_areas=code),
                    ),
                    wording.number_cell(others),
                )
            )
            for code, label, counts, others in files.subject_rows(found, own.id)
        ),
        identifier="subjects",
    )


def _links(request: HttpRequest, own: Place) -> shapes.Words:
    return shapes.Words(
        paragraphs=(),
        links=(
            shapes.Link(
                _("The territory in the directory"),
                wording.address(request, reverse("directory:territory", args=[own.code])),
            ),
            shapes.Link(_("All its agreements"), wording.agreements_url(request, region=own.code)),
            shapes.Link(_("All its ties"), wording.ties_url(request, region=own.code)),
        ),
    )
